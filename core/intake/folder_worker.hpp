// The drop folders of one source instance, looked at again and again on a thread of its own: the instance's own, and
// those of its partners. Each partner's folder has one document a turn, so that who delivers much keeps nobody waiting.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/intake/drop_folder.hpp"

namespace vestitel {

struct FolderPlace {
  DropFolderOptions options;
  DropTarget target;
};

struct FolderHooks {
  // Which folders there are now; asked before each look. Each path once.
  std::function<std::vector<FolderPlace>()> places;
  // Whether there is space to take anything in; while there is not, nothing is touched.
  std::function<Result<>()> room;
  // Something was accepted.
  std::function<void()> sealed;
};

class FolderWorker {
 public:
  // Borrows what the targets point to.
  FolderWorker(std::string instance, FolderHooks hooks) : instance_(std::move(instance)), hooks_(std::move(hooks)) {}
  ~FolderWorker() { stop(); }
  FolderWorker(const FolderWorker&) = delete;
  FolderWorker& operator=(const FolderWorker&) = delete;

  void start();
  void stop();  // the document being read stays staged

  // True when the last look found nothing to wait for or to do. Thread: any.
  [[nodiscard]] bool idle() const { return idle_.load(); }

 private:
  struct Watched {
    std::unique_ptr<DropFolder> folder;
    std::string partner;
    bool degraded = false, listed = false;
  };

  void loop(const std::stop_token& stop);
  void follow_places();
  bool look(const IntakeControl& control);
  bool has_room();
  bool scan(Watched& watched);
  void take_turns(const IntakeControl& control);
  void tell_health(Watched& watched, const Result<ScanReport>& scan) const;

  const std::string instance_;
  const FolderHooks hooks_;
  std::map<std::string, Watched> watched_;  // by path
  bool crowded_ = false;                    // there was no room at the last look
  std::atomic<bool> idle_{false};
  std::jthread thread_;
};

}  // namespace vestitel
