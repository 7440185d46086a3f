#include "core/pipeline/validate.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/pipeline/rules.hpp"

namespace vestitel::test {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
const Date kToday = sofia_date(kNow);

EventView good_view() {
  EventView view;
  view.type = "activity.outpatient";
  view.subject = "9932319981";
  view.scope = "2203999001:2026-10";
  view.record = "2299000011:08:26279A0000A1";
  view.occurred_us = kToday.time_since_epoch().count() * kDay - 3 * kDay;
  view.occurred_date_only = true;
  view.reported_us = to_micros(kNow);
  return view;
}

std::string judged(const EventView& view) {
  const auto rejection = validate(view, kNow, kToday);
  return rejection ? std::string(rejection->element) + ": " + std::string(rejection->reason) : "taken";
}

}  // namespace

TEST_CASE("an event is taken only when each of its parts can be", "[validate]") {
  static const std::string long_key(129, 'x');
  static const std::string long_text(4097, 'x');
  static const std::vector<Attribute> many(65, Attribute{"code.icd10", "I10"});
  static const std::vector<Attribute> unborn{{"subject.birth-date", "2027-01-01"}};
  static const std::vector<Attribute> no_date{{"subject.birth-date", "2026-02-30"}};
  static const std::vector<Attribute> born{{"subject.birth-date", "1899-12-31"}, {"facility.name", "МЦ Пример ЕООД"}};
  static const std::vector<Attribute> broken{{"facility.name", "a\xff"}};
  static const std::vector<Attribute> longest{{"facility.name", long_text}};
  static const std::vector<Attribute> nameless{{"", "x"}};
  struct Case {
    const char* name;
    std::function<void(EventView&)> change;
    const char* judged;
  };
  const auto c = GENERATE(values<Case>({
      {"as it is", [](EventView&) {}, "taken"},
      {"with attributes", [](EventView& e) { e.attributes = born; }, "taken"},
      {"an unknown type", [](EventView& e) { e.type = "activity.unknown"; }, "type: unknown"},
      {"an unknown revision", [](EventView& e) { e.revision = Revision{9}; }, "revision: unknown"},
      {"a wrong check digit", [](EventView& e) { e.subject = "9932319982"; }, "subject: wrong check digit"},
      {"an ЕГН under ЛНЧ", [](EventView& e) { e.subject_type = IdentifierType::kLnch; }, "subject: wrong check digit"},
      {"a birth in the future", [](EventView& e) { e.subject = "8041019982"; }, "subject: birth date in the future"},
      {"no record key", [](EventView& e) { e.record = ""; }, "record key: empty"},
      {"a long record key", [](EventView& e) { e.record = long_key; }, "record key: too long"},
      {"a long scope", [](EventView& e) { e.scope = long_key; }, "scope: too long"},
      {"the person in the key", [](EventView& e) { e.record = "1:9932319981"; },
       "record key: holds the subject's identifier"},
      {"the person in the scope", [](EventView& e) { e.scope = "9932319981"; },
       "record key: holds the subject's identifier"},
      {"before 1900", [](EventView& e) { e.occurred_us = -25568 * kDay; }, "occurred: before 1900"},
      {"1900", [](EventView& e) { e.occurred_us = -25567 * kDay; }, "taken"},
      {"tomorrow", [](EventView& e) { e.occurred_us = (kToday.time_since_epoch().count() + 1) * kDay; }, "taken"},
      {"the day after", [](EventView& e) { e.occurred_us = (kToday.time_since_epoch().count() + 2) * kDay; },
       "occurred: after tomorrow"},
      {"a date with a time", [](EventView& e) { e.occurred_us += 1; }, "occurred: a date with a time of day"},
      {"reported in the future", [](EventView& e) { e.reported_us += kDay + 1; }, "reported: after tomorrow"},
      {"the least number there is", [](EventView& e) { e.reported_us = INT64_MIN; }, "reported: before 1900"},
      {"broken text", [](EventView& e) { e.attributes = broken; }, "attribute value: not UTF-8"},
      {"long text", [](EventView& e) { e.attributes = longest; }, "attribute value: too long"},
      {"long document number", [](EventView& e) { e.document_number = long_text; }, "document number: too long"},
      {"broken facility", [](EventView& e) { e.facility = "\xc3"; }, "facility: not UTF-8"},
      {"broken practitioner", [](EventView& e) { e.practitioner = "\xc3"; }, "practitioner: not UTF-8"},
      {"65 attributes", [](EventView& e) { e.attributes = many; }, "attributes: more than 64"},
      {"an attribute without key", [](EventView& e) { e.attributes = nameless; }, "attribute: without a key"},
      {"an unborn person", [](EventView& e) { e.attributes = unborn; }, "subject.birth-date: in the future"},
      {"a birth that is no date", [](EventView& e) { e.attributes = no_date; }, "subject.birth-date: no such date"},
  }));
  CAPTURE(c.name);
  EventView view = good_view();
  c.change(view);
  CHECK(judged(view) == c.judged);
}

}  // namespace vestitel::test
