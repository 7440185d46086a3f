#include "core/intake/feed_worker.hpp"

#include <algorithm>

#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

constexpr Micros kLongestWait = std::chrono::seconds(10);  // the wall clock may be set meanwhile

}  // namespace

void FeedWorker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

void FeedWorker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FeedWorker::steer() {
  {
    const std::lock_guard lock(mutex_);
    cycle_.steer();
    poked_ = true;
    idle_ = false;
  }
  wake_.notify_one();
}

void FeedWorker::loop(const std::stop_token& stop) {
  name_thread("vst-feed");
  while (!stop.stop_requested()) {
    const Micros wait = cycle_.step(stop);
    std::unique_lock lock(mutex_);
    idle_ = !poked_ && wait > Micros{0} && cycle_.standing().state == FeedState::kWaiting;
    if (wait > Micros{0}) wake_.wait_for(lock, stop, std::min(wait, kLongestWait), [this] { return poked_; });
    poked_ = false;
  }
}

}  // namespace vestitel
