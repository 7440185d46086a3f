#include "values.hpp"

#include "plugins/sources/common/rules.hpp"

namespace nhis {
namespace {

using vestitel::Date;

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

bool digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  if (!vestitel::is_digits(text.substr(1, 2), 2) || !vestitel::is_digits(text.substr(4), 2)) return std::nullopt;
  const int hours = (text[1] - '0') * 10 + text[2] - '0', minutes = (text[4] - '0') * 10 + text[5] - '0';
  if (hours > 14 || minutes > 59) return std::nullopt;
  const std::int64_t offset = hours * kHour + minutes * kMinute;
  return text[0] == '+' ? offset : -offset;
}

// Takes ".f" to ".ffffff" from the front. Nothing: there is none.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (text.empty() || text[0] != '.') return 0;
  text.remove_prefix(1);
  std::int64_t us = 0;
  int digits = 0;
  for (; digits < 6 && !text.empty() && digit(text[0]); ++digits, text.remove_prefix(1)) us = us * 10 + text[0] - '0';
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) us *= 10;
  return us;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T') return std::nullopt;
  const auto date = vestitel::parse_date(text.substr(0, 10));
  const std::string_view time = text.substr(11, 8);
  if (!date || !vestitel::is_time_of_day(time)) return std::nullopt;
  text.remove_prefix(19);
  const auto fraction = take_fraction(text);
  const auto zone = parse_zone(text);
  if (!fraction || !zone) return std::nullopt;
  const auto two = [&](std::size_t at) { return (time[at] - '0') * 10 + time[at + 1] - '0'; };
  return vestitel::midnight_us(*date) + two(0) * kHour + two(3) * kMinute + two(6) * kSecond + *fraction - *zone;
}

std::string_view instant_fault(std::int64_t us) {
  constexpr std::int64_t kEarliest = vestitel::midnight_us({1900, 1, 1}), kLatest = vestitel::midnight_us({2200, 1, 1});
  if (us < kEarliest) return "lies before 1900";
  return us > kLatest ? "lies in the future" : "";
}

std::optional<Date> parse_day(std::string_view text) {
  if (text.size() == 10) return vestitel::parse_date(text);
  const auto instant = parse_instant(text);
  if (!instant) return std::nullopt;
  return date_in_sofia(*instant);
}

bool is_national_number(std::string_view text) {
  return text.size() == sources::kNationalNumber && sources::all_alnum(text);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !(digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return true;
}

}  // namespace nhis
