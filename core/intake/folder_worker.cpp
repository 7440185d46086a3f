#include "core/intake/folder_worker.hpp"

#include <condition_variable>
#include <mutex>

#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{250};

}  // namespace

FolderWorker::FolderWorker(DropFolderOptions options, DropTarget target, std::function<Result<>()> room,
                           std::function<void()> sealed)
    : instance_(target.instance),
      folder_(std::move(options), std::move(target)),
      room_(std::move(room)),
      sealed_(std::move(sealed)) {}

void FolderWorker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

void FolderWorker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FolderWorker::tell_health(const Result<ScanReport>& scan) {
  if (!scan && !degraded_) log::error("folder_degraded", {{"instance", instance_}, {"reason", scan.error().message}});
  if (scan && degraded_) log::info("folder_recovered", {{"instance", instance_}});
  degraded_ = !scan;
}

void FolderWorker::loop(const std::stop_token& stop) {
  name_thread("vst-folder");
  std::mutex mutex;
  std::condition_variable_any wake;
  IntakeControl control;
  control.stop = stop;
  while (!stop.stop_requested()) {
    const auto room = room_();
    const Result<ScanReport> scan = room ? folder_.scan() : Result<ScanReport>(room.error());
    tell_health(scan);
    const WorkReport work = room ? folder_.work(control) : WorkReport{};
    if (work.accepted > 0) sealed_();
    idle_ = scan && scan->waiting == 0 && scan->claimed == 0 && work.put_off == 0;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  }
}

}  // namespace vestitel
