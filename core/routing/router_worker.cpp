#include "core/routing/router_worker.hpp"

#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

RouterWorker::RouterWorker(Router& router, std::function<void()> routed)
    : router_(router), routed_(std::move(routed)) {}

void RouterWorker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

void RouterWorker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void RouterWorker::wake() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
    idle_ = false;
  }
  wake_.notify_one();
}

void RouterWorker::loop(const std::stop_token& stop) {
  name_thread("vst-router");
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      poked_ = false;
    }
    const auto routed = router_.step();
    if (routed && *routed > 0) {
      routed_();
      continue;
    }
    if (!routed) log::error("routing_put_off", {{"reason", routed.error().message}});
    std::unique_lock lock(mutex_);
    idle_ = routed.ok() && !poked_;
    wake_.wait_for(lock, stop, kLookAgain, [this] { return poked_; });
  }
}

}  // namespace vestitel
