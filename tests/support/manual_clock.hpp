// Time that moves when a test says so, from any thread. Wall clock and monotonic clock move together unless the wall
// clock is set.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/base/clock.hpp"

namespace vestitel::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}})
      : wall_(to_micros(start)) {}

  Instant now() const override { return from_micros(wall_.load()); }
  Micros monotonic() const override { return Micros{monotonic_.load()}; }

  void advance(Micros by) {
    wall_ += by.count();
    monotonic_ += by.count();
  }
  void set_wall(Instant to) { wall_ = to_micros(to); }  // a step of the wall clock alone

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> monotonic_{1'000'000};
};

}  // namespace vestitel::test
