#include "core/base/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace vestitel {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::last;
using std::chrono::Sunday;
using std::chrono::year_month_day;

// The rule of the European Union since 1996: summer time from the last Sunday of March to the last Sunday of
// October, both changes at 01:00 UTC everywhere. Reports are younger than the rule.
bool summer_time(Instant t) {
  const auto year = year_month_day{floor<days>(t)}.year();
  const Instant begins = std::chrono::sys_days{year / 3 / Sunday[last]} + hours{1};
  const Instant ends = std::chrono::sys_days{year / 10 / Sunday[last]} + hours{1};
  return t >= begins && t < ends;
}

}  // namespace

Micros sofia_offset(Instant t) { return hours{summer_time(t) ? 3 : 2}; }

std::string to_text(Date d) {
  const year_month_day ymd{d};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

std::string to_text(Instant t) {
  const Date day = floor<days>(t);
  const std::int64_t us = (t - day).count();
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", to_text(day), us / 3'600'000'000, us / 60'000'000 % 60,
                     us / 1'000'000 % 60, us % 1'000'000);
}

Date sofia_date(Instant t) { return floor<days>(t + sofia_offset(t)); }

Instant sofia_midnight(Date d) {
  // Midnight is never inside the hour that a change skips or repeats (03:00 to 04:00 local).
  const Instant guess = Instant{d} - hours{2};
  return Instant{d} - sofia_offset(guess);
}

}  // namespace vestitel
