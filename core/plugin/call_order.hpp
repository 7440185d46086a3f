// The order of calls on one instance, as core/plugin/instance.hpp draws it: what is out of order never reaches the
// plugin. Thread: [control]; running() any.
#pragma once
#include <atomic>
#include <string>

#include "core/base/result.hpp"

namespace vestitel {

class CallOrder {
 public:
  explicit CallOrder(std::string instance) : instance_(std::move(instance)) {}

  [[nodiscard]] Result<> may_configure() const {
    return state_ == State::kRunning ? refused("configured", "while it is running") : Result<>(Done{});
  }
  [[nodiscard]] Result<> may_check() const {
    return state_ == State::kCreated ? refused("checked", "before it is configured") : Result<>(Done{});
  }
  [[nodiscard]] Result<> may_start() const {
    if (state_ == State::kCreated) return refused("started", "before it is configured");
    return state_ == State::kRunning ? refused("started", "twice") : Result<>(Done{});
  }
  [[nodiscard]] Result<> may_stop() const {
    return state_ != State::kRunning ? refused("stopped", "while it is not running") : Result<>(Done{});
  }

  void configured(bool well) {
    if (!well)
      state_ = State::kCreated;
    else if (state_ == State::kCreated)
      state_ = State::kConfigured;
  }
  void started() {
    state_ = State::kRunning;
    running_ = true;
  }
  void stopped() {
    running_ = false;
    state_ = State::kStopped;
  }
  [[nodiscard]] bool running() const { return running_.load(std::memory_order_acquire); }

 private:
  enum class State { kCreated, kConfigured, kRunning, kStopped };
  [[nodiscard]] Error refused(const std::string& verb, const std::string& when) const {
    return {Failure::kConflict, "instance " + instance_ + " cannot be " + verb + " " + when};
  }

  const std::string instance_;
  State state_ = State::kCreated;
  std::atomic<bool> running_{false};  // between start and stop
};

}  // namespace vestitel
