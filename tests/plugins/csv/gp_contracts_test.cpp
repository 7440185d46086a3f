// What gp-contracts makes of the changes of GPs' contracts, as CSV and as XML.
#include <array>

#include "tests/plugins/csv/csv_rig.hpp"
#include "tests/plugins/csv/table_schema.hpp"
#include "tests/support/xml_schema.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_READER;
const std::string kSamples = VESTITEL_SAMPLES;
const std::string kFormats = std::string(VESTITEL_SOURCE_DIR) + "/docs/formats/";
const Texts kColumns = {"record", "contract", "practice", "practice_name", "uin",         "gp_name",
                        "change", "effect",   "date",     "until",         "choice_from", "revision"};

// A record as a list of cells, in the order of the columns: the end of a contract, with these cells exchanged.
struct Cell {
  const char *column, *text;
};
Texts record(const std::vector<Cell>& exchanged = {}) {
  Texts cells = {"R-1", "220101", "2201999002", "", "2299000022", "", "ended", "", "2026-09-30", "", "2026-10-01", ""};
  for (const Cell& cell : exchanged) {
    const auto at = std::find(kColumns.begin(), kColumns.end(), cell.column);
    cells[static_cast<std::size_t>(at - kColumns.begin())] = cell.text;
  }
  return cells;
}

std::string csv(const std::vector<Texts>& records) {
  std::string all;
  const auto line = [&](const Texts& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) all += (i == 0 ? "" : ";") + cells[i];
    all += "\n";
  };
  line(kColumns);
  for (const Texts& cells : records) line(cells);
  return all;
}

const std::string kBegin = "<gp-contracts xmlns='urn:vestitel:gp-contracts:1'", kEnd = "</gp-contracts>";

std::string entry(const Texts& cells) {
  std::string all = "<entry>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!cells[i].empty()) all += "<" + kColumns[i] + ">" + cells[i] + "</" + kColumns[i] + ">";
  return all + "</entry>\n";
}
std::string xml(const std::vector<Texts>& records, const std::string& attributes = "") {
  std::string all = kBegin + attributes + ">\n";
  for (const Texts& cells : records) all += entry(cells);
  return all + kEnd;
}

// What both forms give, without the places, which differ.
Texts without_places(const Parsed& parsed) {
  Texts all;
  for (std::string line : parsed.events) {
    const std::size_t at = line.find(" @");
    all.push_back(line.erase(at, line.find(' ', at + 1) - at));
  }
  for (const std::string& line : parsed.quarantined) all.push_back(line.substr(line.find(' ')));
  return all;
}

Delivered vouched_for() {
  Delivered complete;
  complete.complete = true;
  return complete;
}

}  // namespace

TEST_CASE("the samples give their golden events at any cut", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 511, 512, 513, 65536}));
  for (const std::string name :
       {"changes.csv", "entries.xml", "corners.csv", "repeats.csv", "bad-rows.csv", "bad-entries.xml"}) {
    CAPTURE(name);
    const std::string golden_file = kSamples + name.substr(0, name.find('.')) + ".events";
    CHECK(lines_of(rig.parse(file_text(kSamples + name), delivered)) == golden_by_kind(golden_file));
  }
}

TEST_CASE("the CSV may be windows-1251, and the XML may declare it", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  const std::string rows = file_text(kSamples + "changes.csv"), entries = file_text(kSamples + "entries.xml");
  CHECK(rig.parse(to_windows_1251(rows)).events == rig.parse(rows).events);
  CHECK(rig.parse("\xEF\xBB\xBF" + rows).events == rig.parse(rows).events);
  const std::string declared = with(entries, "UTF-8", "windows-1251");
  CHECK(rig.parse(to_windows_1251(declared)).events == rig.parse(entries).events);
  CHECK(rig.parse("\xEF\xBB\xBF" + entries).events == rig.parse(entries).events);
  CHECK_FALSE(rig.parse(declared).ok());
}

TEST_CASE("both forms say the same", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  CHECK(without_places(rig.parse(file_text(kSamples + "changes.csv"))) ==
        without_places(rig.parse(file_text(kSamples + "entries.xml"))));
  auto rows = without_places(rig.parse(file_text(kSamples + "bad-rows.csv")));
  rows.push_back(" record: stands twice");  // what a row cannot
  CHECK(rows == without_places(rig.parse(file_text(kSamples + "bad-entries.xml"))));
}

TEST_CASE("what a change means is said by it and its effect", "[gp-contracts]") {
  struct Case {
    const char *change, *effect, *until, *expected;
  };
  const auto c = GENERATE(values<Case>({
      {"ended", "", "", "gp.contract-terminated period.to=2026-09-30"},
      {"changed", "leaves", "", "gp.contract-terminated period.to=2026-09-30"},
      {"suspended", "", "", "gp.unavailable period.from=2026-09-30"},
      {"suspended", "", "2027-03-31", "gp.unavailable period.from=2026-09-30 period.to=2027-03-31"},
      {"suspended", "", "2026-09-30", "gp.unavailable period.from=2026-09-30 period.to=2026-09-30"},
      {"changed", "unavailable", "", "gp.unavailable period.from=2026-09-30"},
      {"changed", "stays", "", ""},
  }));
  CAPTURE(c.change, c.effect, c.until);
  const Texts cells = record({{"change", c.change}, {"effect", c.effect}, {"until", c.until}});
  SourceRig rig(kLibrary);
  const auto parsed = rig.parse(csv({cells}));
  CHECK(parsed.quarantined == Texts{});
  CHECK(without_places(parsed) == without_places(rig.parse(xml({cells}))));
  const std::string expected = c.expected;
  REQUIRE(parsed.events.size() == (expected.empty() ? 0 : 1));
  if (expected.empty()) return;
  const std::size_t space = expected.find(' ');
  CHECK(parsed.events[0] == expected.substr(0, space) +
                                " new uin:2299000022 2026-09-30 key=22|R-1 facility=2201999002 "
                                "practitioner=2299000022 @2:1 facility.region=22 ref.contract=220101" +
                                expected.substr(space) + " gp-contracts.change=" + c.change +
                                " gp-contracts.choice-from=2026-10-01");
}

TEST_CASE("a change taken back is annulled under its key, and one order may name several doctors", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  const auto parsed = rig.parse(csv({record({{"revision", "annulled"}}), record({{"uin", "229900003"}})}));
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].find("gp.contract-terminated annulled uin:2299000022 2026-09-30 key=22|R-1 ") == 0);
  CHECK(parsed.events[1].find("gp.contract-terminated new uin:229900003 2026-09-30 key=22|R-1 ") == 0);
}

TEST_CASE("a record that is not exactly right is set aside alone, in both forms", "[gp-contracts]") {
  struct Case {
    const char *column, *text, *reason;
  };
  const auto c = GENERATE(values<Case>({
      {"record", "R 1", "holds white space or a control character"},
      {"record", "РД-1", "holds Cyrillic or other letters beyond A to Z"},
      {"record", "22-2299000022", "holds the number of a person"},
      {"contract", "22010", "is not a contract's number of six digits"},
      {"contract", "000101", "is not a contract's number of six digits"},
      {"practice", "", "is not a facility's number of ten digits"},
      {"practice", "2901999002", "is not a facility's number of ten digits"},
      {"uin", "22990000", "is not a practitioner's number"},
      {"change", "", "is none of ended, suspended and changed"},
      {"change", "changed", ""},
      {"effect", "stays", "does not belong to this change"},
      {"date", "", "is missing or empty"},
      {"date", "2026-09-31", "is not a day written YYYY-MM-DD"},
      {"date", "2026-11-26", "lies in the future"},
      {"until", "2026-12-31", "stands beside a change that has no end"},
      {"choice_from", "", "is missing or empty"},
      {"choice_from", "soon", "is not a day written YYYY-MM-DD"},
      {"revision", "corrected", "is neither empty nor annulled"},
  }));
  CAPTURE(c.column, c.text);
  const Texts bad = record({{c.column, c.text}});
  const bool of_another = *c.reason == '\0';
  const std::string expected =
      of_another ? " effect: does not belong to this change" : std::string(" ") + c.column + ": " + c.reason;
  SourceRig rig(kLibrary);
  for (const std::string& document : {csv({bad, record()}), xml({bad, record()})}) {
    const auto parsed = rig.parse(document);
    CHECK(parsed.events.size() == 1);
    REQUIRE(parsed.quarantined.size() == 1);
    CHECK(parsed.quarantined[0].substr(0, 2) == "2:");
    CHECK(parsed.quarantined[0].substr(parsed.quarantined[0].find(' ')) == expected);
    CHECK(parsed.bytes.size() == 1);
  }
}

TEST_CASE("names are kept on one line, and not beyond their length", "[gp-contracts]") {
  std::string name = "a";
  for (char c = 1; c < 0x20; ++c) {
    if (c != '\n') name += c;
  }
  SourceRig rig(kLibrary);
  const Texts cells = record({{"practice_name", name.append("b").c_str()}, {"gp_name", "При\x1B[мер \xC2\xA0"}});
  const auto parsed = rig.parse(csv({cells}));
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].find("facility.name=a    b ") != std::string::npos);
  CHECK(parsed.events[0].find("practitioner.name=При[мер ref.") != std::string::npos);
  const std::string longest(500, 'x');
  CHECK(rig.parse(csv({record({{"gp_name", longest.c_str()}})})).events.size() == 1);
  CHECK(rig.parse(csv({record({{"gp_name", (longest + "x").c_str()}})})).quarantined ==
        Texts{"2:35 gp_name: is longer than it can be"});
}

TEST_CASE("a date ahead is read on its day", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  const std::string document = csv({record({{"date", "2026-12-31"}})});
  CHECK(rig.parse(document).events.empty());
  rig.host.now_us = midnight_us({2026, 12, 31});
  CHECK(rig.parse(document).events.size() == 1);
}

TEST_CASE("a region is complete where the document or its sender says so and every record was read", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  const Texts other = record({{"practice", "4622999003"}}), bad = record({{"uin", "x"}});
  CHECK(rig.parse(csv({record(), other})).completed == Texts{});
  CHECK(rig.parse(csv({record(), other}), vouched_for()).completed == Texts{"16", "22"});
  CHECK(rig.parse(csv({}), vouched_for()).completed == Texts{});
  CHECK(rig.parse(csv({record(), bad}), vouched_for()).completed == Texts{});
  CHECK(rig.parse(xml({record(), other})).completed == Texts{});
  CHECK(rig.parse(xml({record(), other}, " complete='22'")).completed == Texts{"22"});
  CHECK(rig.parse(xml({record(), other}, " complete=' 01 22\t16 '")).completed == Texts{"16", "22"});
  CHECK(rig.parse(xml({record(), other}, " complete='22'"), vouched_for()).completed == Texts{"16", "22"});
  CHECK(rig.parse(xml({record(), bad}, " complete='22'")).completed == Texts{});
  CHECK(rig.parse(xml({}, " complete='22'")).completed == Texts{});
  CHECK_THAT(rig.parse(xml({record()}, " complete='22 all'")).message,
             Catch::EndsWith(", complete: is not a list of regions from 01 to 28"));
}

TEST_CASE("a document is told by its first character", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  CHECK(rig.parse(" \r\n" + xml({record()})).events.size() == 1);
  CHECK(rig.parse("").message == "document: the document is empty");
  CHECK(rig.parse("record;contract\n").message == "line 1, column 1, practice: the header has no such column");
  CHECK(rig.parse("record;contract;practice;uin;change;date;choice_from\n"
                  "R-1;220101;2201999002;2299000022;ended;2026-09-30;2026-10-01\n")
            .events.size() == 1);
  CHECK_THAT(rig.parse("<other/>").message, Catch::Contains("the root is not of this format"));
  CHECK_THAT(rig.parse("<gp-contracts/>").message, Catch::Contains("stands in another namespace, or in none"));
  CHECK_THAT(rig.parse("<!DOCTYPE x><gp-contracts/>").message, Catch::Contains("has a DOCTYPE"));
  const std::string whole = xml({record(), record()});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(rig.parse(whole.substr(0, size)).ok());
  }
}

TEST_CASE("an unknown element is read past and counted, one that is known stands once and holds a text",
          "[gp-contracts]") {
  SourceRig rig(kLibrary);
  const std::string good = xml({record()});
  const Texts expected = rig.parse(good).events;
  CHECK(rig.parse(with(good, "<uin>", "<note>x</note><uin>")).events == expected);
  CHECK(rig.host.logs.back() == "2 list_read records=1 quarantined=0 unknown_elements=1");
  CHECK(rig.parse(with(good, "<uin>", "<uin/><uin>")).quarantined[0].find("uin: stands twice") != std::string::npos);
  const auto twice = rig.parse(with(good, "<uin>", "<uin>2299000033</uin><uin>"));
  CHECK(twice.events == Texts{});
  CHECK(twice.quarantined.size() == 1);
  CHECK(rig.parse(with(good, "ended", "<x>ended</x>")).quarantined[0].find("change: holds elements") !=
        std::string::npos);
}

TEST_CASE("the document is known by its beginning", "[gp-contracts]") {
  SourceRig rig(kLibrary);
  CHECK(rig.host.sniff("x", csv({})) == 95);
  CHECK(rig.host.sniff("x", xml({})) == 95);
  CHECK(rig.host.sniff("x", "record;contract;practice;uin\nchoice_from") == 0);
}

TEST_CASE("the schemas let the samples pass and stop what the reader stops at a field's form", "[gp-contracts]") {
  const TableSchema table(kFormats + "gp-contracts.schema.json");
  CHECK(table.columns() == kColumns);
  const Texts good = golden(kSamples + "changes.csv"), bad = golden(kSamples + "bad-rows.csv");
  for (std::size_t i = 1; i < good.size(); ++i)
    CHECK(table.faults(split_line(good[0], ';'), split_line(good[i], ';')) == Texts{});
  std::string found;
  for (std::size_t i = 1; i < bad.size(); ++i)
    for (const auto& fault : table.faults(split_line(bad[0], ';'), split_line(bad[i], ';')))
      found += std::to_string(i + 1) + " " + fault + "\n";
  CHECK(found == "3 record\n5 contract\n6 practice\n7 uin\n8 change\n11 date\n16 choice_from\n17 revision\n");

  const XmlSchema schema(kFormats + "gp-contracts.xsd");
  CHECK(schema.faults(file_text(kSamples + "entries.xml")) == std::vector<int>{});
  CHECK(schema.faults(file_text(kSamples + "bad-entries.xml")) ==
        std::vector<int>{14, 37, 49, 62, 75, 110, 167, 179, 194});
  CHECK(schema.faults(xml({record()}, " complete='22 29'")) == std::vector<int>{1});
}

TEST_CASE("the page names every field, and its examples are read without a fault", "[gp-contracts]") {
  const std::string page = file_text(kFormats + "gp-contracts.md");
  for (const auto& column : kColumns) CHECK(page.find("\n| `" + column + "`") != std::string::npos);
  SourceRig rig(kLibrary);
  for (const char* form : {"```csv\n", "```xml\n"}) {
    const std::size_t from = page.find(form) + 7;
    const auto parsed = rig.parse(page.substr(from, page.find("```", from) - from));
    CHECK(parsed.quarantined == Texts{});
    CHECK_FALSE(parsed.events.empty());
  }
}
