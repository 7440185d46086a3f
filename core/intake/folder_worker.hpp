// One drop folder, looked at again and again on a thread of its own.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/intake/drop_folder.hpp"

namespace vestitel {

class FolderWorker {
 public:
  // `room` says before each look whether there is space to take anything in; while there is not, nothing is touched.
  // `sealed` is told after each document that was accepted. Borrows what the target points to.
  FolderWorker(DropFolderOptions options, DropTarget target, std::function<Result<>()> room,
               std::function<void()> sealed);
  ~FolderWorker() { stop(); }
  FolderWorker(const FolderWorker&) = delete;
  FolderWorker& operator=(const FolderWorker&) = delete;

  void start();
  void stop();  // the document being read stays staged

  // True when the last look found nothing to wait for or to do. Thread: any.
  [[nodiscard]] bool idle() const { return idle_.load(); }

 private:
  void loop(const std::stop_token& stop);
  void tell_health(const Result<ScanReport>& scan);

  const std::string instance_;
  DropFolder folder_;
  const std::function<Result<>()> room_;
  const std::function<void()> sealed_;
  bool degraded_ = false;
  std::atomic<bool> idle_{false};
  std::jthread thread_;
};

}  // namespace vestitel
