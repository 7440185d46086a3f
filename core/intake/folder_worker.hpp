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
  // Why nothing may be taken in at the moment ("" where it may): asked before each look.
  using Hold = std::function<std::string()>;

  // `sealed` is told after each document that was accepted. Borrows what the target points to.
  FolderWorker(DropFolderOptions options, DropTarget target, std::function<void()> sealed, Hold hold);
  ~FolderWorker() { stop(); }
  FolderWorker(const FolderWorker&) = delete;
  FolderWorker& operator=(const FolderWorker&) = delete;

  void start();
  void stop();  // the document being read stays staged

  // True when the last look found nothing to wait for or to do. Thread: any.
  [[nodiscard]] bool idle() const { return idle_.load(); }

 private:
  void loop(const std::stop_token& stop);
  Result<ScanReport> look();
  void tell_health(const Result<ScanReport>& scan);

  const std::string instance_;
  DropFolder folder_;
  const std::function<void()> sealed_;
  const Hold hold_;
  bool degraded_ = false;
  std::atomic<bool> idle_{false};
  std::jthread thread_;
};

}  // namespace vestitel
