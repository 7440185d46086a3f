#include "core/base/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

namespace vestitel {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Micros kLeast = std::chrono::seconds(1), kMost = std::chrono::days(30);
constexpr int kYears = 9;  // between two 29ths of February lie at most eight

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> words;  // for least, least + 1 ...
};
const std::array<Field, 5> kFields{{{"minute", 0, 59, {}},
                                    {"hour", 0, 23, {}},
                                    {"day of the month", 1, 31, {}},
                                    {"month", 1, 12, kMonths},
                                    {"day of the week", 0, 7, kWeekdays}}};

Error wrong(std::string_view what) { return {Failure::kInvalid, std::string(what)}; }

Error wrong(const Field& field) {
  return wrong(fmt::format("the {} takes {} to {}, *, ranges, lists and steps", field.name, field.least, field.most));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> value_of(std::string_view text, const Field& field) {
  const auto word = std::find(field.words.begin(), field.words.end(), text);
  const auto value =
      word == field.words.end() ? number(text) : field.least + static_cast<int>(word - field.words.begin());
  return value && *value >= field.least && *value <= field.most ? value : std::nullopt;
}

// One part of a list: "*", "5", "5-9", each with "/2" behind it.
bool add_part(std::string_view part, const Field& field, std::bitset<64>& into) {
  int step = 1;
  bool stepped = false;
  if (const std::size_t slash = part.find('/'); slash != std::string_view::npos) {
    const auto given = number(part.substr(slash + 1));
    if (!given || *given < 1 || *given > field.most) return false;
    step = *given;
    stepped = true;
    part = part.substr(0, slash);
  }
  int from = field.least, to = field.most;
  if (part != "*") {
    const std::size_t dash = part.find('-');
    const auto first = value_of(part.substr(0, dash), field);
    const auto last = dash == std::string_view::npos ? (stepped ? std::optional(field.most) : first)
                                                     : value_of(part.substr(dash + 1), field);
    if (!first || !last || *first > *last) return false;
    from = *first;
    to = *last;
  }
  for (int i = from; i <= to; i += step) into.set(static_cast<std::size_t>(i));
  return true;
}

Result<std::bitset<64>> parse_field(std::string_view text, const Field& field) {
  std::bitset<64> values;
  for (const std::string_view part : split(text, ','))
    if (!add_part(part, field, values)) return wrong(field);
  return values;
}

template <std::size_t N>
void keep(const std::bitset<64>& from, std::bitset<N>& into) {
  for (std::size_t i = 0; i < N; ++i) into[i] = from[i];
}

// "15m": a number and s, m, h or d.
std::optional<Micros> interval_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto count = number(text.substr(0, text.size() - 1));
  if (!count || *count < 1 || *count > 1'000'000) return std::nullopt;
  switch (text.back()) {
    case 's': return std::chrono::seconds(*count);
    case 'm': return minutes(*count);
    case 'h': return hours(*count);
    case 'd': return days(*count);
    default: return std::nullopt;
  }
}

// The instants of a civil minute: the same, two where it comes twice; the end of the gap where it never comes.
struct Minute {
  Instant first, second;
};

Minute instants_of(Date day, int hour, int minute) {
  const Instant civil = Instant{day} + hours(hour) + minutes(minute);
  const auto stands = [&](Instant t) { return t + sofia_offset(t) == civil; };
  const Instant summer = civil - hours(3), winter = civil - hours(2);
  if (stands(summer)) return {summer, stands(winter) ? winter : summer};
  if (stands(winter)) return {winter, winter};
  return {floor<hours>(summer) + hours(1), floor<hours>(summer) + hours(1)};
}

}  // namespace

Schedule Schedule::every(Micros interval) {
  Schedule schedule;
  schedule.interval_ = interval;
  schedule.text_ = fmt::format("@every {}s", std::chrono::ceil<std::chrono::seconds>(interval).count());
  return schedule;
}

Result<Schedule> Schedule::parse(std::string_view text) {
  constexpr std::string_view kEvery = "@every ";
  if (text.starts_with(kEvery)) {
    const auto interval = interval_of(text.substr(kEvery.size()));
    if (!interval || *interval < kLeast || *interval > kMost)
      return wrong("behind @every stands a time from 1s to 30d, such as 15m");
    Schedule schedule = every(*interval);
    schedule.text_ = text;
    return schedule;
  }
  auto schedule = text == "@hourly"  ? parse_fields("0 * * * *")
                  : text == "@daily" ? parse_fields("0 0 * * *")
                                     : parse_fields(text);
  if (schedule) schedule->text_ = text;
  return schedule;
}

Result<Schedule> Schedule::parse_fields(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, "");
  if (words.size() != kFields.size())
    return wrong("five fields (minute, hour, day, month, weekday), @hourly, @daily or @every 15m expected");
  std::array<std::bitset<64>, 5> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    auto parsed = parse_field(words[i], kFields[i]);
    if (!parsed) return parsed.error();
    values[i] = *parsed;
  }
  values[4][0] = values[4][0] || values[4][7];  // Sunday
  Schedule schedule;
  keep(values[0], schedule.minutes_);
  keep(values[1], schedule.hours_);
  keep(values[2], schedule.days_);
  keep(values[3], schedule.months_);
  keep(values[4], schedule.weekdays_);
  schedule.any_hour_ = words[1].starts_with('*');
  schedule.any_day_ = words[2].starts_with('*');
  schedule.any_weekday_ = words[4].starts_with('*');
  if (!schedule.first(Instant{Date{std::chrono::year{2026} / 1 / 1}}, false)) return wrong("such a day never comes");
  return schedule;
}

bool Schedule::due_on(Date day) const {
  const std::chrono::year_month_day ymd{day};
  if (!months_[static_cast<unsigned>(ymd.month())]) return false;
  const bool of_month = days_[static_cast<unsigned>(ymd.day())];
  const bool of_week = weekdays_[std::chrono::weekday{day}.c_encoding()];
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

// The civil minutes in their order; their instants never go back. `second_pass`: those that come twice count the
// second time.
std::optional<Instant> Schedule::first(Instant after, bool second_pass) const {
  const Date begin = sofia_date(after);
  for (Date day = begin; day < begin + days(366 * kYears); day += days(1)) {
    if (!due_on(day)) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!minutes_[static_cast<std::size_t>(minute)]) continue;
        const Minute at = instants_of(day, hour, minute);
        const Instant due = second_pass ? at.second : at.first;
        if (due > after) return due;
      }
    }
  }
  return std::nullopt;
}

Instant Schedule::next(Instant after, Micros offset) const {
  if (interval_ > Micros{0}) return after + interval_ + offset;
  const Instant plain = after - offset;
  Instant due = first(plain, false).value_or(plain + kMost);
  if (any_hour_) due = std::min(due, first(plain, true).value_or(due));
  return due + offset;
}

}  // namespace vestitel
