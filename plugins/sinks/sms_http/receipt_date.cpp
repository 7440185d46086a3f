// Dates of receipts.
#include <algorithm>
#include <charconv>

#include <vestitel/time.hpp>

#include "plugins/sinks/sms_http/receipt.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct Clock {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  bool has_second = false;
};

struct Mark {
  std::string_view name;
  int Clock::*part;
};
constexpr Mark kMarks[] = {{"YYYY", &Clock::year}, {"YY", &Clock::year},   {"MM", &Clock::month}, {"DD", &Clock::day},
                           {"hh", &Clock::hour},   {"mm", &Clock::minute}, {"ss", &Clock::second}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Takes one mark or character of the pattern off both. False: they differ.
bool take(std::string_view& pattern, std::string_view& text, Clock& out) {
  const auto* mark = std::find_if(std::begin(kMarks), std::end(kMarks),
                                  [&](const Mark& one) { return pattern.substr(0, one.name.size()) == one.name; });
  if (mark == std::end(kMarks)) {
    if (text.empty() || text.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
    return true;
  }
  const std::size_t size = mark->name.size();
  const std::string_view digits = text.substr(0, size);
  if (digits.size() != size || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  out.*mark->part = static_cast<int>(*number(digits)) + (mark->name == "YY" ? 2000 : 0);
  out.has_second = out.has_second || mark->name == "ss";
  pattern.remove_prefix(size);
  text.remove_prefix(size);
  return true;
}

// The text may end before the seconds.
std::optional<Clock> read(std::string_view text, std::string_view pattern) {
  Clock out;
  while (!pattern.empty()) {
    if (text.empty() && out.day != 0) break;
    if (!take(pattern, text, out)) return std::nullopt;
  }
  if (!text.empty() && is_digit(text.front())) return std::nullopt;
  return out;
}

bool exists(const Clock& c) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (c.year < 2000 || c.year > 2200 || c.month < 1 || c.month > 12 || c.day < 1) return false;
  const bool leap = c.month == 2 && c.year % 4 == 0 && (c.year % 100 != 0 || c.year % 400 == 0);
  return c.day <= kDays[c.month - 1] + int{leap} && c.hour < 24 && c.minute < 60 && c.second <= 60;
}

}  // namespace

std::optional<std::int64_t> date_us(std::string_view text, std::string_view pattern, int utc_offset_minutes) {
  if (pattern == "unix" || pattern == "unix_ms") {
    const auto value = number(text);
    if (!value || *value > 10'000'000'000'000) return std::nullopt;
    return pattern == "unix" ? *value > 10'000'000'000 ? std::nullopt : std::optional((*value + 1) * kSecond - 1)
                             : std::optional(*value * 1000 + 999);
  }
  const auto clock = read(text, pattern);
  if (!clock || !exists(*clock)) return std::nullopt;
  const std::int64_t minutes = (midnight_us({clock->year, clock->month, clock->day}) / kSecond) / 60 +
                               std::int64_t{60} * clock->hour + clock->minute - utc_offset_minutes;
  return (minutes * 60 + clock->second + (clock->has_second ? 1 : 60)) * kSecond - 1;
}

}  // namespace vestitel::sms_http
