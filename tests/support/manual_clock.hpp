<<<<<<< HEAD
// A clock that stands until it is told to move.
#pragma once
#include <atomic>
=======
// Time that moves when a test says so, from any thread. Wall clock and monotonic clock move together unless the wall
// clock is set.
#pragma once
#include <atomic>
#include <cstdint>
>>>>>>> intake

#include "core/base/clock.hpp"

namespace vestitel::test {

class ManualClock final : public Clock {
 public:
<<<<<<< HEAD
  // 2026-11-03T08:00:00Z: a working day on which October's reports arrive.
  explicit ManualClock(Instant start = from_micros(1'793'692'800'000'000)) : now_us_(to_micros(start)) {}
  Instant now() const override { return from_micros(now_us_.load()); }
  Micros monotonic() const override { return Micros{monotonic_us_.load()}; }
  void advance(Micros by) {
    now_us_ += by.count();
    monotonic_us_ += by.count();
  }
  void step_wall(Micros by) { now_us_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_us_, monotonic_us_{1'000'000};
=======
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
>>>>>>> intake
};

}  // namespace vestitel::test
