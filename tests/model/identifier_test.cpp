#include <catch2/catch.hpp>

#include "core/model/identifier_checks.hpp"

namespace vestitel::test {
namespace {

constexpr Date kToday{std::chrono::year{2026} / 11 / 3};

std::string fault(IdentifierType type, std::string_view value) {
  return std::string(identifier_fault(type, value, kToday).value_or(""));
}

}  // namespace

TEST_CASE("an ЕГН has ten digits, a birth date that exists and its check digit", "[identifier]") {
  struct Case {
    const char *egn, *fault, *birth;
  };
  const auto c = GENERATE(values<Case>({
      {"9932319981", "", "1899-12-31"},
      {"9622299980", "", "1896-02-29"},  // remainder 10 counts as 0
      {"3102289972", "", "1931-02-28"},
      {"5811079941", "", "1958-11-07"},
      {"8503179850", "", "1985-03-17"},
      {"0442299954", "", "2004-02-29"},
      {"1246019927", "", "2012-06-01"},
      {"6101047500", "", "1961-01-04"},
      {"9932319982", "wrong check digit", "1899-12-31"},
      {"0442319958", "no such birth date", ""},
      {"0342299950", "no such birth date", ""},
      {"0002299987", "no such birth date", ""},
      {"1902299981", "no such birth date", ""},
      {"8513039958", "no such birth date", ""},
      {"8533039947", "no such birth date", ""},
      {"8553039936", "no such birth date", ""},
      {"8500039920", "no such birth date", ""},
      {"8504009919", "no such birth date", ""},
      {"0000000000", "no such birth date", ""},
      {"581107994", "ten digits expected", ""},
      {"58110799411", "ten digits expected", ""},
      {"58110 79941", "ten digits expected", ""},
      {"581107994l", "ten digits expected", ""},
      {"５８１１０７９９４１", "ten digits expected", ""},
      {"", "ten digits expected", ""},
  }));
  CAPTURE(c.egn);
  CHECK(fault(IdentifierType::kEgn, c.egn) == c.fault);
  const auto birth = egn_birth(c.egn);
  CHECK((birth ? to_text(*birth) : "") == c.birth);
}

TEST_CASE("a birth date in the future of the clock is refused", "[identifier]") {
  // 2080-01-01, and the same once the clock has reached it.
  CHECK(identifier_fault(IdentifierType::kEgn, "8041019982", kToday).has_value());
  const Date birth = *egn_birth("8041019982");
  const auto later = identifier_fault(IdentifierType::kEgn, "8041019982", birth);
  CHECK(std::string(later.value_or("")) == "");
  CHECK(std::string(*identifier_fault(IdentifierType::kEgn, "8041019982", birth - std::chrono::days{1})) ==
        "birth date in the future");
}

TEST_CASE("the other identifiers by their own rules", "[identifier]") {
  struct Case {
    IdentifierType type;
    const char *value, *fault;
  };
  const auto c = GENERATE(values<Case>({
      {IdentifierType::kLnch, "1000009990", ""},
      {IdentifierType::kLnch, "1001239981", ""},
      {IdentifierType::kLnch, "1007779979", ""},
      {IdentifierType::kLnch, "1009009964", ""},
      {IdentifierType::kLnch, "1009999953", ""},
      {IdentifierType::kLnch, "1000009991", "wrong check digit"},
      {IdentifierType::kLnch, "0000000000", "all zeros"},
      {IdentifierType::kLnch, "100000999", "ten digits expected"},
      {IdentifierType::kLnch, "9932319600", ""},  // an ЕГН that passes as a ЛНЧ: only the declared type tells
      {IdentifierType::kEgn, "9932319600", ""},
      {IdentifierType::kNap, "9990000011", ""},
      {IdentifierType::kNap, "", "one to 20 digits expected"},
      {IdentifierType::kNap, "99900000A1", "one to 20 digits expected"},
      {IdentifierType::kNap, "999000001199900000119", "one to 20 digits expected"},
      {IdentifierType::kEhic, "AB-123/4", ""},
      {IdentifierType::kEhic, "AB\n1", "a character that a card number cannot hold"},
      {IdentifierType::kEhic, "", "one to 20 characters expected"},
      {IdentifierType::kUin, "2299000011", ""},
      {IdentifierType::kUin, "229900001", ""},
      {IdentifierType::kUin, "2999000011", "region from 01 to 28 expected"},
      {IdentifierType::kUin, "22990000", "nine or ten digits expected"},
  }));
  CAPTURE(c.value);
  CHECK(fault(c.type, c.value) == c.fault);
}

TEST_CASE("a date is year, month and day that exist, with dashes", "[identifier]") {
  struct Case {
    const char* text;
    bool good;
  };
  const auto c = GENERATE(values<Case>({{"2026-10-06", true},
                                        {"2024-02-29", true},
                                        {"2026-02-29", false},
                                        {"2026-02-30", false},
                                        {"2026-13-01", false},
                                        {"06.10.2026", false},
                                        {"2026-10-6", false},
                                        {"", false}}));
  CAPTURE(c.text);
  CHECK(iso_date(c.text).has_value() == c.good);
}

}  // namespace vestitel::test
