#include "core/intake/folder_worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenLooks{250};
constexpr int kIdleShare = 20, kBusyShare = 4;         // looking takes at most one part in so many of the time
constexpr std::chrono::milliseconds kTurnsUntil{500};  // then what has come meanwhile joins the turns

}  // namespace

void FolderWorker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

void FolderWorker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

// Without room all folders are left alone, and it is said once.
bool FolderWorker::has_room() {
  const auto room = hooks_.room();
  if (!room && !crowded_) log::error("folder_degraded", {{"instance", instance_}, {"reason", room.error().message}});
  if (room && crowded_) log::info("folder_recovered", {{"instance", instance_}});
  crowded_ = !room;
  return room.ok();
}

void FolderWorker::tell_health(Watched& watched, const Result<ScanReport>& scan) const {
  if (!scan && !watched.degraded)
    log::error("folder_degraded",
               {{"instance", instance_}, {"partner", watched.partner}, {"reason", scan.error().message}});
  if (scan && watched.degraded) log::info("folder_recovered", {{"instance", instance_}, {"partner", watched.partner}});
  watched.degraded = !scan;
}

// A folder that is no longer listed is let go of between two documents.
void FolderWorker::follow_places() {
  for (auto& [path, watched] : watched_) watched.listed = false;
  for (FolderPlace& place : hooks_.places()) {
    const auto [at, added] = watched_.try_emplace(place.options.path);
    at->second.listed = true;
    if (!added && at->second.partner == place.target.partner) continue;
    at->second.partner = place.target.partner;
    at->second.folder = std::make_unique<DropFolder>(std::move(place.options), std::move(place.target));
  }
  std::erase_if(watched_, [](const auto& entry) { return !entry.second.listed; });
}

// True: there is nothing to wait for in it.
bool FolderWorker::scan(Watched& watched) {
  const auto scanned = watched.folder->scan();
  tell_health(watched, scanned);
  return scanned && scanned->waiting == 0 && scanned->claimed == 0;
}

// Each folder in turn has one document read, again and again, until no folder has more or it is time to look again.
void FolderWorker::take_turns(const IntakeControl& control) {
  const auto until = Monotonic::now() + kTurnsUntil;
  for (bool more = true; more && Monotonic::now() < until;) {
    more = false;
    for (auto& [path, watched] : watched_) {
      if (control.stop.stop_requested()) return;
      if (!watched.folder->has_work()) continue;
      if (watched.folder->work(control, 1).accepted > 0) hooks_.sealed();
      more = more || watched.folder->has_work();
    }
  }
}

// Looks at every folder, and works. True: there was nothing to do, and nothing is waited for.
bool FolderWorker::look(const IntakeControl& control) {
  if (!has_room()) return false;
  bool quiet = true;
  for (auto& [path, watched] : watched_) {
    if (control.stop.stop_requested()) return false;
    quiet = scan(watched) && quiet;
    // What was put off is tried once a look; this also finds out whether there is something to take turns with.
    const WorkReport work = watched.folder->has_claimed() ? watched.folder->work(control, 1) : WorkReport{};
    if (work.accepted > 0) hooks_.sealed();
    quiet = quiet && work.put_off == 0 && work.accepted + work.repeated + work.rejected == 0;
  }
  take_turns(control);
  return quiet;
}

void FolderWorker::loop(const std::stop_token& stop) {
  name_thread("vst-folder");
  std::mutex mutex;
  std::condition_variable_any wake;
  IntakeControl control;
  control.stop = stop;
  while (!stop.stop_requested()) {
    const auto began = Monotonic::now();
    follow_places();
    const bool quiet = look(control);
    idle_ = quiet;
    const auto has_work = [](const auto& entry) { return entry.second.folder->has_work(); };
    if (std::any_of(watched_.begin(), watched_.end(), has_work)) continue;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Monotonic::now() - began);
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, std::max(kBetweenLooks, took * (quiet ? kIdleShare : kBusyShare)), [] { return false; });
  }
}

}  // namespace vestitel
