#include "core/model/partner.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {

TEST_CASE("a grant is a facility, a whole РЗОК or any, and nothing else", "[partner]") {
  for (const char* good : {"2203999001", "3122999005", "01", "28", "any"}) CHECK(is_facility_grant(good));
  for (const char* bad : {"", "0", "00", "29", "31", "220399900", "22039990011", "2903999001", "5903999001", "ANY",
                          "22*", "220399900x", " 22"})
    CHECK_FALSE(is_facility_grant(bad));
}

TEST_CASE("the РЗОК of a facility is in its number", "[partner]") {
  CHECK(region_of_facility("2203999001") == "22");
  CHECK(region_of_facility("0108999001") == "01");
  CHECK(region_of_facility("3122999005") == "01");
  CHECK(region_of_facility("5803999001") == "28");
  for (const char* none : {"0003999001", "2903999001", "3003999001", "5903999001", "22039990", ""})
    CHECK(region_of_facility(none).empty());
}

TEST_CASE("a partner reports for what it was granted, and for records that name no facility", "[partner]") {
  Partner partner;
  CHECK(partner.may_report_for(""));
  CHECK_FALSE(partner.may_report_for("2203999001"));
  partner.facilities = {"2203999001", "01"};
  CHECK(partner.may_report_for("2203999001"));
  CHECK_FALSE(partner.may_report_for("2203999002"));
  CHECK(partner.may_report_for("0108999001"));
  CHECK(partner.may_report_for("3122999005"));
  CHECK_FALSE(partner.may_report_for("220399900"));
  CHECK_FALSE(partner.may_report_for("22"));
  partner.facilities = {"any"};
  CHECK(partner.may_report_for("no number at all"));
}

}  // namespace vestitel::test
