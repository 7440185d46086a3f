#include "walk.hpp"

#include <cstdio>

#include <vestitel/plugin.hpp>

namespace nap {
namespace {

constexpr std::string_view kAfter = "after ", kRests = "rests since ";
constexpr std::int64_t kSecond = 1'000'000;

// YYYY-MM-DDThh:mm:ssZ
std::optional<std::int64_t> parse_utc(std::string_view text) {
  if (text.size() != 20 || text[10] != 'T' || text[19] != 'Z') return std::nullopt;
  const auto date = vestitel::parse_date(text.substr(0, 10));
  const std::string_view time = text.substr(11, 8);
  if (!date || !vestitel::is_time_of_day(time)) return std::nullopt;
  const auto two = [&](std::size_t at) { return (time[at] - '0') * 10 + time[at + 1] - '0'; };
  return vestitel::midnight_us(*date) + (two(0) * 3600 + two(3) * 60 + two(6)) * kSecond;
}

std::string utc(std::int64_t us) {
  const std::int64_t days = us / vestitel::kUsPerDay;
  const vestitel::Date date = vestitel::date_from_days(days);
  const auto seconds = static_cast<int>((us - days * vestitel::kUsPerDay) / kSecond);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day, seconds / 3600,
                seconds / 60 % 60, seconds % 60);
  return text;
}

}  // namespace

Walk::Walk(std::string_view cursor) {
  constexpr std::size_t kLongestPlace = 32;
  if (cursor.empty()) return;
  if (cursor.substr(0, kAfter.size()) == kAfter) {
    place_ = cursor.substr(kAfter.size());
    if (!place_.empty() && place_.size() <= kLongestPlace) return;
  } else if (cursor.substr(0, kRests.size()) == kRests) {
    ended_us_ = parse_utc(cursor.substr(kRests.size()));
    if (ended_us_) return;
  }
  throw vestitel::Error::data("going on from the cursor: it is none of this feed's");
}

bool Walk::rests(std::int64_t now_us, std::int64_t ask_every_us) {
  if (!ended_us_) return false;
  if (now_us - *ended_us_ < ask_every_us) return true;
  ended_us_.reset();
  place_.clear();
  return false;
}

std::string Walk::cursor() const {
  if (ended_us_) return std::string(kRests) + utc(*ended_us_);
  return place_.empty() ? std::string() : std::string(kAfter) + place_;
}

}  // namespace nap
