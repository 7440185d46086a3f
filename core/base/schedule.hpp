// When something is due, in the civil time of Europe/Sofia.
//
//   @every 15m                  so long after the last time
//   @hourly  @daily             0 * * * *  and  0 0 * * *
//   30 6-22/2 1,15 jan-jun mon  minute, hour, day of the month, month, day of the week (0 and 7: Sunday)
//
// A field is *, a number, a range, a list of them, each with a step behind / where one is wanted. Where both days are
// given one of them is enough, as everywhere with this form. A time that a change of the clocks skips is due at the
// next minute that there is. One that comes twice is due once, unless the hours are *: every hour is every hour.
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vestitel {

class Schedule {
 public:
  // kInvalid: what is wrong, in words; also where no such day ever comes.
  static Result<Schedule> parse(std::string_view text);
  static Schedule every(Micros interval);

  // The first time behind `after`, which is the last time or the end of the last run, with everything put off by
  // `offset`.
  [[nodiscard]] Instant next(Instant after, Micros offset = Micros{0}) const;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Schedule() = default;
  static Result<Schedule> parse_fields(std::string_view text);
  [[nodiscard]] bool due_on(Date day) const;
  [[nodiscard]] std::optional<Instant> first(Instant after, bool second_pass) const;

  std::string text_;
  Micros interval_{0};  // 0: the fields below
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_hour_ = false, any_day_ = false, any_weekday_ = false;
};

}  // namespace vestitel
