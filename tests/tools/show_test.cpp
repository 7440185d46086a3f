#include "sdk/tools/show.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {
namespace {

EventView event(std::string_view egn = "9932319981") {
  EventView e;
  e.type = "activity.laboratory";
  e.subject = egn;
  e.scope = "partner";
  e.record = "r1";
  e.occurred_us = 1'791'244'800'000'000;  // 2026-10-06
  e.occurred_date_only = true;
  e.place = {2, 1, 0};
  return e;
}

}  // namespace

TEST_CASE("the same person has the same number, and nothing else of the identifier is shown", "[show]") {
  Mask mask(false);
  CHECK(mask.subject(IdentifierType::kEgn, "9932319981") == "egn:person-1");
  CHECK(mask.subject(IdentifierType::kEgn, "5831079946") == "egn:person-2");
  CHECK(mask.subject(IdentifierType::kEgn, "9932319981") == "egn:person-1");
  CHECK(mask.text("key 9932319981/5831079946 x") == "key **********/********** x");
}

TEST_CASE("an identifier of nobody met yet is unreadable where it has ten digits", "[show]") {
  struct Case {
    const char *text, *shown;
  };
  const auto c = GENERATE(values<Case>({{"9932319981", "**********"},
                                        {"a9932319981b", "a**********b"},
                                        {"99323199811234", "**************"},
                                        {"123456789", "123456789"},
                                        {"2026-10-06 90.59", "2026-10-06 90.59"},
                                        {"", ""}}));
  CHECK(Mask(false).text(c.text) == c.shown);
  CHECK(Mask(true).text(c.text) == c.text);
}

TEST_CASE("an event is one line, as the golden files have it", "[show]") {
  Mask mask(true);
  const Attribute attributes[] = {{"code.ksmp", "90.59"}, {"x", "a\nb"}};
  EventView e = event();
  e.attributes = attributes;
  e.facility = "2203999001";
  const std::string line = show_event(e, {mask});
  CHECK(line.substr(0, line.find(" x=")) ==
        "activity.laboratory new egn:9932319981 2026-10-06 key=partner|r1 facility=2203999001 @2:1 code.ksmp=90.59");
  CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("a golden line has a space for each control character, and nothing else is changed", "[show]") {
  Mask mask(true);
  const Attribute attributes[] = {{"x", "a\r\nb\x7F\xC2\x85"}};
  EventView e = event();
  e.attributes = attributes;
  const std::string line = show_event(e, {mask, {}, false, true});
  CHECK(line.substr(line.find(" x=")) == " x=a  b \xC2\x85");
}

TEST_CASE("when a record was reported is shown only where it said so itself", "[show]") {
  Mask mask(true);
  EventView e = event();
  e.reported_us = 86'400'000'001;
  CHECK(show_event(e, {mask, from_micros(86'400'000'001)}).find("reported=") == std::string::npos);
  CHECK(show_event(e, {mask, from_micros(0)}).find(" reported=1970-01-02+1 ") != std::string::npos);
}

TEST_CASE("JSON hides what the line hides", "[show]") {
  Mask mask(false);
  EventView e = event();
  e.record = "9932319981-7";
  CHECK(show_event(e, {mask, {}, true}).find("9932319981") == std::string::npos);
  const QuarantinedView record{{3, 1, 40}, "row", "no date", "9932319981;bytes"};
  CHECK(show_quarantined(record, {mask, {}, true}) ==
        R"({"quarantined":{"place":{"line":3,"column":1},"element":"row","reason":"no date"}})");
  Mask open(true);
  CHECK(show_quarantined(record, {open, {}, true}).find("bytes") != std::string::npos);
}

TEST_CASE("a verdict shows what it carries", "[show]") {
  Verdict v;
  v.kind = VerdictKind::kRetry;
  v.scope = RetryScope::kLink;
  v.after = std::chrono::milliseconds(30'000);
  v.reason = "busy";
  CHECK(show_verdict(v) == "retry(link,30000): busy");
  v.kind = VerdictKind::kAccepted;
  v.provider_id = "p-17";
  v.reason = "";
  CHECK(show_verdict(v) == "accepted(p-17)");
  v.kind = VerdictKind::kContactDead;
  CHECK(show_verdict(v) == "contact_dead(0)");
}

}  // namespace vestitel::test
