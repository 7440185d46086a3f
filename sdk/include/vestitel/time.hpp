// Civil dates, as reports write them. No time zone tables: a date stays a date, marked as such.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace vestitel {
inline namespace v1 {

// A day of the Gregorian calendar; only real days exist.
struct Date {
  int year = 0, month = 0, day = 0;
};

constexpr bool operator==(const Date& a, const Date& b) {
  return a.year == b.year && a.month == b.month && a.day == b.day;
}
constexpr bool operator<(const Date& a, const Date& b) {
  return a.year != b.year ? a.year < b.year : a.month != b.month ? a.month < b.month : a.day < b.day;
}

constexpr bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

// 0 for a month that does not exist.
constexpr int days_in_month(int year, int month) {
  if (month < 1 || month > 12) return 0;
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

constexpr bool is_real(const Date& date) {
  return date.year >= 1 && date.year <= 9999 && date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

// Days since 1970-01-01, negative before. The date must be real.
constexpr std::int64_t days_from_epoch(const Date& date) {
  const std::int64_t y = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr Date date_from_days(std::int64_t days) {
  const std::int64_t z = days + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const std::int64_t day_of_era = z - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(from_march < 10 ? from_march + 3 : from_march - 9);
  const int day = static_cast<int>(day_of_year - (153 * from_march + 2) / 5 + 1);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

inline constexpr std::int64_t kUsPerDay = 86'400'000'000;

// Midnight UTC of the date, in microseconds since 1970: how the ABI writes a civil date.
constexpr std::int64_t midnight_us(const Date& date) { return days_from_epoch(date) * kUsPerDay; }

// The civil date in Sofia at an instant, never too early: summer time is taken for granted, so that for one hour a
// day in winter "today" is already tomorrow. Good for refusing dates in the future, for nothing else.
constexpr Date latest_date_in_sofia(std::int64_t now_us) {
  const std::int64_t local = now_us + 3 * 3'600'000'000;
  return date_from_days((local >= 0 ? local : local - (kUsPerDay - 1)) / kUsPerDay);
}

namespace detail {
constexpr int two_digits(std::string_view text, std::size_t at) {
  const unsigned tens = static_cast<unsigned char>(text[at]) - unsigned{'0'};
  const unsigned ones = static_cast<unsigned char>(text[at + 1]) - unsigned{'0'};
  return tens > 9 || ones > 9 ? -1 : static_cast<int>(tens * 10 + ones);
}
}  // namespace detail

// Exactly YYYY-MM-DD and a real day of the years 1000 to 9999; anything else is empty.
constexpr std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int century = detail::two_digits(text, 0), year = detail::two_digits(text, 2);
  const Date date{century * 100 + year, detail::two_digits(text, 5), detail::two_digits(text, 8)};
  if (century < 10 || year < 0 || !is_real(date)) return std::nullopt;
  return date;
}

namespace detail {
// Takes `least` to `most` digits off the front; -1: they are not there.
constexpr int take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  int value = 0;
  std::size_t n = 0;
  for (; n < most && n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) value = value * 10 + (text[n] - '0');
  text.remove_prefix(n);
  return n < least ? -1 : value;
}
constexpr bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}
}  // namespace detail

// A date written after `pattern`: YYYY is the year, MM and DD two digits, M and D one or two, every other character
// stands for itself: "DD.MM.YYYY", "YYYYMMDD", "D/M/YYYY". Empty unless the whole text is a real day of the years 1000
// to 9999.
constexpr std::optional<Date> parse_date(std::string_view text, std::string_view pattern) {
  Date date;
  while (!pattern.empty()) {
    if (detail::take(pattern, "YYYY")) {
      date.year = detail::take_digits(text, 4, 4);
    } else if (detail::take(pattern, "MM")) {
      date.month = detail::take_digits(text, 2, 2);
    } else if (detail::take(pattern, "DD")) {
      date.day = detail::take_digits(text, 2, 2);
    } else if (detail::take(pattern, "M")) {
      date.month = detail::take_digits(text, 1, 2);
    } else if (detail::take(pattern, "D")) {
      date.day = detail::take_digits(text, 1, 2);
    } else if (detail::take(text, pattern.substr(0, 1))) {
      pattern.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  if (!text.empty() || date.year < 1000 || !is_real(date)) return std::nullopt;
  return date;
}

// True for HH:MM:SS of a day.
constexpr bool is_time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return false;
  const int h = detail::two_digits(text, 0), m = detail::two_digits(text, 3), s = detail::two_digits(text, 6);
  return h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s < 60;
}

}  // namespace v1
}  // namespace vestitel
