#include "core/base/schedule.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {
namespace {

using namespace std::chrono_literals;

// "2026-10-25T01:00Z"
Instant at(const std::string& text) {
  const auto number = [&](std::size_t from, std::size_t n) { return std::stoi(text.substr(from, n)); };
  return Instant{Date{std::chrono::year{number(0, 4)} / number(5, 2) / number(8, 2)}} +
         std::chrono::hours(number(11, 2)) + std::chrono::minutes(number(14, 2));
}

std::string minute(Instant t) { return to_text(t).substr(0, 16) + "Z"; }

// The next `count` times, each behind the one before.
std::string next(const std::string& schedule, const std::string& after, int count, Micros offset = Micros{0}) {
  const auto parsed = Schedule::parse(schedule);
  REQUIRE(parsed);
  std::string text;
  Instant from = at(after);
  for (int i = 0; i < count; ++i) text += (i > 0 ? " " : "") + minute(from = parsed->next(from, offset));
  return text;
}

}  // namespace

TEST_CASE("a schedule says when the next time comes, in civil time", "[schedule]") {
  struct Case {
    const char *schedule, *after, *next;
  };
  const auto c = GENERATE(values<Case>({
      {"@hourly", "2026-07-01T10:00Z", "2026-07-01T11:00Z 2026-07-01T12:00Z"},
      {"@daily", "2026-07-01T10:00Z", "2026-07-01T21:00Z 2026-07-02T21:00Z"},  // midnight in Sofia
      {"@daily", "2026-01-01T10:00Z", "2026-01-01T22:00Z 2026-01-02T22:00Z"},
      {"@every 15m", "2026-07-01T10:07Z", "2026-07-01T10:22Z 2026-07-01T10:37Z"},
      {"30 6 * * *", "2026-07-01T03:29Z", "2026-07-01T03:30Z 2026-07-02T03:30Z"},
      {"*/20 6-7 * * *", "2026-07-01T03:30Z", "2026-07-01T03:40Z 2026-07-01T04:00Z 2026-07-01T04:20Z"},
      {"5/20 0 * * *", "2026-07-01T00:00Z", "2026-07-01T21:05Z 2026-07-01T21:25Z 2026-07-01T21:45Z"},
      {"0 8 * * mon-fri", "2026-07-03T06:00Z", "2026-07-06T05:00Z 2026-07-07T05:00Z"},  // behind a weekend
      {"0 8 * * 7", "2026-07-03T06:00Z", "2026-07-05T05:00Z 2026-07-12T05:00Z"},
      {"0 8 1,15 * *", "2026-07-03T06:00Z", "2026-07-15T05:00Z 2026-08-01T05:00Z"},
      {"0 8 1 * mon", "2026-07-03T06:00Z", "2026-07-06T05:00Z 2026-07-13T05:00Z"},  // one of the two days is enough
      {"0 8 29 feb *", "2026-07-03T06:00Z", "2028-02-29T06:00Z 2032-02-29T06:00Z"},
  }));
  CAPTURE(c.schedule);
  CHECK(next(c.schedule, c.after, static_cast<int>((std::string(c.next).size() + 1) / 18)) == c.next);
}

TEST_CASE("a time that a change of the clocks skips comes at the next minute that there is", "[schedule]") {
  // 29 March 2026: 03:00 becomes 04:00, at 01:00 UTC.
  CHECK(next("30 3 * * *", "2026-03-28T12:00Z", 2) == "2026-03-29T01:00Z 2026-03-30T00:30Z");
  CHECK(next("0 4 * * *", "2026-03-28T12:00Z", 1) == "2026-03-29T01:00Z");
  CHECK(next("0,30 3,4 * * *", "2026-03-28T12:00Z", 3) ==
        "2026-03-29T01:00Z 2026-03-29T01:30Z 2026-03-30T00:00Z");  // four times, of which three are one
}

TEST_CASE("a time that comes twice counts once, but every hour is every hour", "[schedule]") {
  // 25 October 2026: 04:00 becomes 03:00, at 01:00 UTC.
  CHECK(next("30 3 * * *", "2026-10-24T12:00Z", 2) == "2026-10-25T00:30Z 2026-10-26T01:30Z");
  CHECK(next("0 3,4 * * *", "2026-10-24T12:00Z", 3) == "2026-10-25T00:00Z 2026-10-25T02:00Z 2026-10-26T01:00Z");
  CHECK(next("@hourly", "2026-10-24T23:30Z", 4) ==
        "2026-10-25T00:00Z 2026-10-25T01:00Z 2026-10-25T02:00Z 2026-10-25T03:00Z");
}

TEST_CASE("a year of a schedule has no hole and no doubled time", "[schedule]") {
  for (const std::string text : {"*/30 * * * *", "@hourly", "0 5 * * *", "15 3 * * *"}) {
    CAPTURE(text);
    const auto schedule = Schedule::parse(text);
    int count = 0;
    Instant last = at("2025-12-31T21:59Z");
    while ((last = schedule->next(last)) < at("2026-12-31T21:59Z")) ++count;
    CHECK(count == (text == "*/30 * * * *" ? 365 * 48 : text == "@hourly" ? 365 * 24 : 365));
  }
}

TEST_CASE("an offset puts every time off by as much, and never two into one", "[schedule]") {
  CHECK(next("0 8 * * *", "2026-07-01T05:03Z", 2, 5min) == "2026-07-01T05:05Z 2026-07-02T05:05Z");
  CHECK(next("*/2 * * * *", "2026-07-01T05:03Z", 3, 5min) == "2026-07-01T05:05Z 2026-07-01T05:07Z 2026-07-01T05:09Z");
  CHECK(next("@every 15m", "2026-07-01T05:00Z", 2, 5min) == "2026-07-01T05:20Z 2026-07-01T05:40Z");
}

TEST_CASE("what is no schedule is refused with the field at fault", "[schedule]") {
  struct Case {
    const char *text, *said;
  };
  const auto c = GENERATE(values<Case>({
      {"", "five fields"},
      {"* * * *", "five fields"},
      {"@weekly", "five fields"},
      {"60 * * * *", "the minute takes 0 to 59"},
      {"* 24 * * *", "the hour takes 0 to 23"},
      {"* * 0 * *", "the day of the month takes 1 to 31"},
      {"* * * 13 *", "the month takes 1 to 12"},
      {"* * * * 8", "the day of the week takes 0 to 7"},
      {"5-1 * * * *", "the minute takes"},
      {"*/0 * * * *", "the minute takes"},
      {"1,,2 * * * *", "the minute takes"},
      {"a * * * *", "the minute takes"},
      {"-1 * * * *", "the minute takes"},
      {"0 0 31 2 *", "never comes"},
      {"@every 0s", "1s to 30d"},
      {"@every 15", "1s to 30d"},
      {"@every 31d", "1s to 30d"},
      {"@every m", "1s to 30d"},
  }));
  CAPTURE(c.text);
  const auto parsed = Schedule::parse(c.text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().failure == Failure::kInvalid);
  CHECK_THAT(parsed.error().message, Catch::Contains(c.said));
}

}  // namespace vestitel::test
