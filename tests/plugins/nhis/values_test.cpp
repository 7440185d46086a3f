// Instants, days and numbers as they are written.
#include <catch2/catch.hpp>

#include "values.hpp"

using namespace nhis;

TEST_CASE("an instant has a zone, and a fraction of up to six digits", "[nhis]") {
  const std::int64_t seven = 1'791'270'000'000'000;  // 2026-10-06T07:00:00Z
  struct Case {
    const char* text;
    std::int64_t us;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"2026-10-06T07:00:00Z", seven},
      {"2026-10-06T07:00:00.5Z", seven + 500'000},
      {"2026-10-06T07:00:00.000Z", seven},
      {"2026-10-06T07:00:00.123456Z", seven + 123'456},
      {"2026-10-06T10:00:00+03:00", seven},
      {"2026-10-06T04:30:00.1-02:30", seven + 100'000},
      {"1969-12-31T23:59:59Z", -1'000'000},
  }));
  CAPTURE(c.text);
  CHECK(parse_instant(c.text) == c.us);
}

TEST_CASE("what is not exactly an instant is none", "[nhis]") {
  const char* text = GENERATE("", "2026-10-06", "2026-10-06T07:00:00", "2026-10-06 07:00:00Z", "2026-10-06T07:00:00z",
                              "2026-10-06T07:00:00.Z", "2026-10-06T07:00:00.1234567Z", "2026-10-06T07:00:00+0300",
                              "2026-10-06T07:00:00+15:00", "2026-10-06T07:00:00+03:60", "2026-10-06T24:00:00Z",
                              "2026-10-06T07:60:00Z", "2026-02-30T07:00:00Z", "2026-10-06T07:00:00Z ",
                              "2026-10-06T07:00:00+3a:00", "2026-10-06T07:00Z", "0001-01-01T00:00:00");
  CAPTURE(text);
  CHECK_FALSE(parse_instant(text));
}

TEST_CASE("the day of an instant is that of Sofia, in summer and in winter", "[nhis]") {
  struct Case {
    const char *text, *day;
  };
  const auto c = GENERATE(values<Case>({
      {"2026-10-05", "2026-10-05"},
      {"2026-10-05T20:59:59Z", "2026-10-05"},
      {"2026-10-05T21:00:00Z", "2026-10-06"},
      {"2026-10-05T22:30:00Z", "2026-10-06"},
      {"2026-01-05T21:30:00Z", "2026-01-05"},
      {"2026-01-05T22:00:00Z", "2026-01-06"},
      {"2026-12-31T22:00:00Z", "2027-01-01"},
      {"2026-03-28T21:30:00Z", "2026-03-28"},  // the clocks change in the night to the 29th
      {"2026-03-29T21:30:00Z", "2026-03-30"},
      {"2026-10-24T21:30:00Z", "2026-10-25"},  // and back in the night to the 25th
      {"2026-10-25T21:30:00Z", "2026-10-25"},
      {"2020-03-29T21:30:00Z", "2020-03-30"},  // a month that ends on a Tuesday
      {"2024-03-31T21:30:00Z", "2024-04-01"},  // one that ends on a Sunday
  }));
  CAPTURE(c.text);
  const auto day = parse_day(c.text);
  REQUIRE(day);
  CHECK(to_text(*day) == c.day);
}

TEST_CASE("numbers have their length and their letters", "[nhis]") {
  CHECK(is_national_number("26279A0000A1"));
  for (const char* no : {"", "26279A0000A", "26279A0000A12", "26279a0000a1", "26279-0000A1", "26279А0000A"}) {
    CHECK_FALSE(is_national_number(no));
  }
  CHECK(is_uuid("005a0000-0000-4040-8080-0000000000fF"));
  for (const char* no : {"", "005a0000-0000-4040-8080-0000000000f", "005a0000-0000-4040-8080-0000000000fff",
                         "005a0000x0000-4040-8080-0000000000ff", "005g0000-0000-4040-8080-0000000000ff"}) {
    CHECK_FALSE(is_uuid(no));
  }
}
