#include <catch2/catch.hpp>

#include <string>
#include <vestitel/identifiers.hpp>

using namespace vestitel;

namespace {

struct Valid {
  const char* number;
  Date birth;
  Sex sex;
};

static_assert(parse_egn("9932319981").has_value(), "the check is usable at compile time");
static_assert(!is_lnch("0000000000"), "ten zeros are nobody");

}  // namespace

TEST_CASE("a correct EGN tells birth and sex", "[identifiers]") {
  const auto c = GENERATE(values<Valid>({
      {"9932319981", {1899, 12, 31}, Sex::male},
      {"9622299980", {1896, 2, 29}, Sex::male},
      {"3102289972", {1931, 2, 28}, Sex::female},
      {"5811079941", {1958, 11, 7}, Sex::male},
      {"8503179850", {1985, 3, 17}, Sex::female},
      {"0442299954", {2004, 2, 29}, Sex::female},
      {"1246019927", {2012, 6, 1}, Sex::male},
      {"6101047500", {1961, 1, 4}, Sex::male},
  }));
  CAPTURE(c.number);
  const auto egn = parse_egn(c.number);
  REQUIRE(egn.has_value());
  CHECK(egn->birth == c.birth);
  CHECK(egn->sex == c.sex);
}

TEST_CASE("a wrong EGN is refused for the right reason", "[identifiers]") {
  struct Case {
    std::string number;
    EgnFault fault;
  };
  const auto c = GENERATE(values<Case>({
      {"9932319982", EgnFault::check_digit},
      {"0442319958", EgnFault::no_such_day},
      {"0342299950", EgnFault::no_such_day},
      {"0002299987", EgnFault::no_such_day},
      {"1902299981", EgnFault::no_such_day},
      {"8513039958", EgnFault::no_such_day},
      {"8533039947", EgnFault::no_such_day},
      {"8553039936", EgnFault::no_such_day},
      {"8500039920", EgnFault::no_such_day},
      {"8504009919", EgnFault::no_such_day},
      {"0000000000", EgnFault::no_such_day},
      {"581107994", EgnFault::not_ten_digits},
      {"58110799411", EgnFault::not_ten_digits},
      {"58110 79941", EgnFault::not_ten_digits},
      {"581107994l", EgnFault::not_ten_digits},
      {"５８１１０７９９４１", EgnFault::not_ten_digits},
      {"٥٨١١٠٧٩٩٤١", EgnFault::not_ten_digits},
      {std::string("581107994\0", 10), EgnFault::not_ten_digits},
      {"", EgnFault::not_ten_digits},
  }));
  CAPTURE(c.number);
  Egn egn;
  CHECK(check_egn(c.number, egn) == c.fault);
}

TEST_CASE("each wrong digit of an EGN is noticed or names another day", "[identifiers]") {
  const std::string right = "5811079941";
  const auto position = GENERATE(range(std::size_t{0}, std::size_t{9}));
  std::string wrong = right;
  wrong[position] = static_cast<char>(wrong[position] == '9' ? '8' : wrong[position] + 1);
  CHECK_FALSE(parse_egn(wrong).has_value());
}

TEST_CASE("a LNCH passes by its own weights", "[identifiers]") {
  CHECK(is_lnch(GENERATE("1000009990", "1001239981", "1007779979", "1009009964", "1009999953", "9932319600")));
}

TEST_CASE("a wrong LNCH is refused", "[identifiers]") {
  CHECK_FALSE(is_lnch(GENERATE("1000009991", "0000000000", "100000999", "10000099900", "100000999x", "")));
}

TEST_CASE("a number that passes both checks stays what it was declared", "[identifiers]") {
  CHECK(parse_egn("9932319600").has_value());
  CHECK(is_lnch("9932319600"));
}

TEST_CASE("the region of a facility comes from its prefix", "[identifiers]") {
  struct Case {
    const char* code;
    int region;
  };
  const auto c = GENERATE(values<Case>({{"2203999001", 22},
                                        {"0108999001", 1},
                                        {"3122999005", 1},
                                        {"5822999005", 28},
                                        {"2903999001", 0},
                                        {"5903999001", 0},
                                        {"0003999001", 0},
                                        {"108999001", 0},
                                        {"220399900A", 0}}));
  CAPTURE(c.code);
  CHECK(facility_region(c.code) == c.region);
}

TEST_CASE("a practitioner's number has nine or ten digits and the prefix of a region", "[identifiers]") {
  CHECK(is_uin(GENERATE("2299000011", "1699000033", "0199000011", "2899000077", "039900022")));
}

TEST_CASE("what is no practitioner's number is refused", "[identifiers]") {
  CHECK_FALSE(is_uin(GENERATE("2999000011", "0099000011", "22990000", "22990000111", "229900001a", "")));
}

TEST_CASE("a date is a real day written YYYY-MM-DD", "[identifiers]") {
  CHECK(parse_date(GENERATE("2026-10-06", "2024-02-29", "1899-12-31", "2026-12-31")).has_value());
}

TEST_CASE("what is not a real day written YYYY-MM-DD is refused", "[identifiers]") {
  CHECK_FALSE(parse_date(GENERATE("2026-02-30", "2026-02-29", "0001-01-01", "06.10.2026", "2026-13-01", "2026-00-10",
                                  "2026-10-00", "2026-1-06", "2026-10-6", "2026/10/06", "2026-10-06 ", "", "२०२६"))
                  .has_value());
}

TEST_CASE("days count both ways and meet again", "[identifiers]") {
  const auto days = GENERATE(values<std::int64_t>({-719162, -25567, -1, 0, 1, 59, 60, 19782, 20751, 47482}));
  CHECK(days_from_epoch(date_from_days(days)) == days);
  CHECK(days_from_epoch(Date{1970, 1, 1}) == 0);
  CHECK(days_from_epoch(Date{2026, 11, 25}) == 20782);
}
