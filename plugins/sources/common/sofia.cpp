#include "plugins/sources/common/sofia.hpp"

#include <cstdio>

namespace sources {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;

std::int64_t floor_days(std::int64_t us) {
  return (us >= 0 ? us : us - (vestitel::kUsPerDay - 1)) / vestitel::kUsPerDay;
}

// One in the morning, UTC, of the last Sunday of the month: the hour at which the clocks of the Union change.
std::int64_t change_of_clocks(int year, int month) {
  const std::int64_t last = vestitel::days_from_epoch({year, month, 31});
  const std::int64_t weekday = (last + 4) % 7;  // 1970-01-01 was a Thursday; 0: Sunday
  return (last - weekday) * vestitel::kUsPerDay + kHour;
}

std::int64_t local(std::int64_t us) {
  const int year = vestitel::date_from_days(floor_days(us)).year;
  const bool summer = us >= change_of_clocks(year, 3) && us < change_of_clocks(year, 10);
  return us + (summer ? 3 : 2) * kHour;
}

}  // namespace

vestitel::Date date_in_sofia(std::int64_t us) { return vestitel::date_from_days(floor_days(local(us))); }

std::string time_in_sofia(std::int64_t us) {
  const std::int64_t at = local(us), days = floor_days(at);
  const auto seconds = static_cast<int>((at - days * vestitel::kUsPerDay) / 1'000'000);
  char time[16];
  std::snprintf(time, sizeof time, "T%02d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return to_text(vestitel::date_from_days(days)) + time;
}

std::string to_text(const vestitel::Date& date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

}  // namespace sources
