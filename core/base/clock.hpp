// Time as an argument. Nothing below the host asks the system for the time; tests pass a ManualClock.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace vestitel {

using Micros = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Micros>;  // UTC
using Date = std::chrono::sys_days;             // a civil date, Europe/Sofia, without a time

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;       // wall clock; may step
  virtual Micros monotonic() const = 0;  // never steps back; its zero means nothing
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()); }
  Micros monotonic() const override {
    return std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

inline std::int64_t to_micros(Instant t) { return t.time_since_epoch().count(); }
inline Instant from_micros(std::int64_t us) { return Instant{Micros{us}}; }

// "2026-10-06T09:40:00.000000Z" and "2026-10-06".
std::string to_text(Instant t);
std::string to_text(Date d);

// How far the clocks of Europe/Sofia are ahead of UTC at an instant.
Micros sofia_offset(Instant t);
// The civil date in Europe/Sofia at an instant, and the instant at which that day begins there.
Date sofia_date(Instant t);
Instant sofia_midnight(Date d);

}  // namespace vestitel
