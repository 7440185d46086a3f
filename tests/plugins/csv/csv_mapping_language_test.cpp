// What is wrong with a mapping is said with line, column and key, before any document is read.
#include "tests/plugins/csv/csv_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_CSV_MAPPING;
const std::string kSamples = VESTITEL_CSV_MAPPING_SAMPLES;
const std::string kSource = VESTITEL_SOURCE_DIR;

const std::string kGood =
    "mapping: 1\n"
    "columns:\n"
    "  No: {type: token}\n"
    "  EGN: {type: egn}\n"
    "  Date: {type: date}\n"
    "tables:\n"
    "  kinds: {a: activity.dental}\n"
    "event:\n"
    "  type: activity.laboratory\n"
    "  scope: '{Date:YYYY}'\n"
    "  record: '{No}'\n"
    "  subject: [EGN]\n"
    "  occurred: '{Date}'\n";

// What configuring with this mapping says.
Outcome configured(const std::string& yaml) {
  FakeHost host(load(kLibrary));
  REQUIRE(host.create().ok());
  return host.configure(settings_of("mapping", yaml));
}

}  // namespace

TEST_CASE("a mapping is refused where it is wrong", "[csv-mapping]") {
  struct Case {
    std::string from, to, message;
  };
  const auto c = GENERATE(values<Case>({
      {"mapping: 1", "mapping: 2", "line 1, column 10: mapping: 1, the version of the language, is expected"},
      {"mapping: 1\n", "", "line 1, column 1: the mapping: mapping is missing"},
      {"mapping: 1\n", "mapping: 1\nformat: tsv\n", "line 2, column 9: format: csv or fixed is expected"},
      {"mapping: 1\n", "mapping: 1\nencoding: koi8\n",
       "line 2, column 11: encoding: utf-8, windows-1251 or automatic is expected"},
      {"mapping: 1\n", "mapping: 1\nseparator: '||'\n",
       "line 2, column 12: separator: one character of ASCII is expected for csv, and none for fixed"},
      {"mapping: 1\n", "mapping: 1\nmapping: 1\n", "line 2, column 1: mapping: stands twice"},
      {"mapping: 1\n", "mapping: 1\nfoo: 1\n", "line 2, column 1: foo: there is no such key in the mapping"},
      {"mapping: 1\n", "mapping: 1\n\tfoo\n", "line 2, column 1: not well-formed YAML"},
      {"type: token", "type: number",
       "line 3, column 14: type: is none of text, token, digits, date, egn, lnch, nap, ehic, uin, facility, amount"},
      {"type: token", "typ: token", "line 3, column 8: typ: there is no such key in No"},
      {"type: token", "at: 1", "line 3, column 7: No: at and width are for files without a header"},
      {"type: date", "type: date, pattern: DD.MM.YY",
       "line 5, column 31: pattern: YYYY, MM or M, and DD or D are expected, once each"},
      {"type: activity.laboratory", "type: activity.lab", "line 9, column 9: type: is no word of the vocabulary"},
      {"{a: activity.dental}", "{a: dental}", ""},
      {"'{No}'", "'{Nr}'", "line 11, column 11: Nr: there is no such column"},
      {"'{No}'", "'{No|kind}'", "line 11, column 11: kind: there is no such table"},
      {"'{No}'", "'{No'", "line 11, column 11: record: a { has no }"},
      {"'{No}'", "'{EGN}'", "line 11, column 11: record: must not hold the number of a person"},
      {"'{No}'", "'same'", "line 11, column 11: record: is the same for every row"},
      {"'{Date:YYYY}'", "'{No:YYYY}'", "line 10, column 10: No:YYYY: only a date has parts"},
      {"subject: [EGN]", "subject: [No]",
       "line 12, column 12: No: must be of type egn, lnch, nap, ehic or uin to be the subject"},
      {"  subject: [EGN]\n", "", "line 9, column 3: event: subject is missing"},
      {"'{Date}'", "'{No}'", "line 13, column 13: occurred: one column of type date is expected"},
      {"  subject:", "  attr.x: a\n  subject:", "line 12, column 3: attr.x: there is no such field of an event"},
      {"  subject:", "  code.a.text: a\n  subject:", "line 12, column 16: code.a.text: has no code that it belongs to"},
      {"  subject:", "  amount: '{No}'\n  subject:",
       "line 12, column 11: amount: one column of type amount is expected"},
      {"  type: activity.laboratory", "  type: '{No|kinds}'", ""},
  }));
  CAPTURE(c.from, c.to);
  const Outcome outcome = configured(with(kGood, c.from, c.to));
  CHECK(outcome.message == c.message);
  CHECK(outcome.rc == (c.message.empty() ? VESTITEL_OK : VESTITEL_E_CONFIG));
  if (!outcome.ok()) CHECK(outcome.field_path == "/mapping");
}

TEST_CASE("a table that gives what is no word is refused where it is used", "[csv-mapping]") {
  const std::string yaml = with(with(kGood, "activity.dental", "dental"), "activity.laboratory", "'{No|kinds}'");
  CHECK(configured(yaml).message == "line 9, column 9: type: its table gives what is no word of the vocabulary");
}

TEST_CASE("a failing test of the mapping is shown with line and column, and stops the instance", "[csv-mapping]") {
  struct Case {
    std::string from, to, message;
  };
  const std::string test =
      "tests:\n"
      "  - name: one\n"
      "    document: |\n"
      "      No,EGN,Date\n"
      "      r1,9932319981,2026-10-06\n"
      "      r2,9932319981,2026-02-30\n"
      "    expect: |\n"
      "      activity.laboratory new egn:9932319981 2026-10-06 key=2026|r1 @2:1\n"
      "      quarantined 3:15 Date: is not a day of the calendar, written as the mapping says\n";
  const auto c = GENERATE(values<Case>({
      {"r1", "r1", ""},
      {"egn:9932319981 2026-10-06", "egn:9932319981 2026-10-07",
       "line 21, column 55: test one: another value came of the document, at `2026-10-07`"},
      {"key=2026|r1", "key=2026|r9", "line 21, column 67: test one: another value came of the document, at `key`"},
      {"\n      quarantined 3:15 Date: is not a day of the calendar, written as the mapping says", "",
       "line 22, column 1: test one: more came of the document than is expected, from here on"},
      {"mapping says\n", "mapping says\n      more\n",
       "line 23, column 7: test one: nothing came of the document that is this line"},
      {"r1,9932319981", "r1,9932319982",
       "line 21, column 7: test one: the row was quarantined 2:4 EGN: its check digit is wrong"},
      {"No,EGN,Date", "No,EGN,Day",
       "line 21, column 7: test one: the row was refused: line 1, column 1, Date: the header has no such column"},
  }));
  CAPTURE(c.from, c.to);
  FakeHost host(load(kLibrary));
  REQUIRE(host.create().ok());
  REQUIRE(host.configure(settings_of("mapping", with(kGood + test, c.from, c.to))).ok());
  const Outcome checked = host.check();
  CHECK(checked.message == c.message);
  CHECK(host.start().message == c.message);
  // What was expected and what came may be a person's: neither is told.
  if (!c.message.empty()) CHECK(checked.message.find("99323") == std::string::npos);
}

TEST_CASE("the kit's settings hold the mapping that is tested", "[csv-mapping]") {
  const std::string yaml = file_text(kSamples + "/lab.yaml");
  CHECK(file_text(kSource + "/tests/contract/samples/csv-mapping/settings.json") ==
        settings_of("mapping", yaml) + "\n");
}

TEST_CASE("every mapping that we show passes its own tests", "[csv-mapping]") {
  const std::string page = file_text(kSource + "/docs/formats/csv-mapping.md");
  const std::size_t fence = page.find("```yaml\n") + 8;
  std::string shipped = file_text(kSource + "/config/plugins.d/csv-mapping.yaml");
  const std::string mark = "  mapping: |\n";
  shipped = shipped.substr(shipped.rfind(mark) + mark.size());
  shipped = shipped.substr(0, shipped.find("\nreader:"));
  std::string outdented;
  for (std::size_t at = 0; at < shipped.size();) {
    const std::size_t end = std::min(shipped.find('\n', at), shipped.size());
    outdented += shipped.substr(at, end - at).substr(std::min<std::size_t>(4, end - at)) + "\n";
    at = end + 1;
  }
  FakeHost host(load(kLibrary));
  REQUIRE(host.create().ok());
  for (const std::string& yaml :
       {file_text(kSamples + "/lab.yaml"), file_text(kSamples + "/fixed.yaml"), file_text(kSamples + "/corners.yaml"),
        page.substr(fence, page.find("```\n", fence) - fence), outdented}) {
    CAPTURE(yaml);
    CHECK(yaml.find("tests:") != std::string::npos);
    CHECK(host.configure(settings_of("mapping", yaml)).message.empty());
    CHECK(host.check().message.empty());
  }
}
