// What wards makes of the register of parents, guardians and trustees.
#include "tests/plugins/csv/csv_rig.hpp"
#include "tests/plugins/csv/table_schema.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_READER;
const std::string kSamples = VESTITEL_SAMPLES;
const std::string kFormats = std::string(VESTITEL_SOURCE_DIR) + "/docs/formats/";

const std::string kHeader = "region;record;ward_type;ward;carer_type;carer;kind;from;to;revision\n";
const std::string kChild = "egn;9126011265", kMother = "egn;6223041217", kFather = "egn;6427151333";

// One row whose cells are those of a mother and her child but for the ones that the test is about.
std::string row(const std::string& region, const std::string& record, const std::string& ward, const std::string& carer,
                const std::string& rest) {
  return region + ";" + record + ";" + ward + ";" + carer + ";" + rest + "\n";
}
const std::string kGood = row("22", "A-1", kChild, kMother, "parent;2026-01-15;;");

Parsed parse(const std::string& rows, const Delivered& delivered = {}) {
  return SourceRig(kLibrary).parse(kHeader + rows, delivered);
}

Delivered vouched_for() {
  Delivered complete;
  complete.complete = true;
  return complete;
}

}  // namespace

TEST_CASE("the samples give their golden events at any cut, in any encoding and with any end of line", "[wards]") {
  SourceRig rig(kLibrary);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  for (const char* name : {"register", "corners", "repeats", "bad-rows"}) {
    const std::string sample = file_text(kSamples + name + ".csv");
    const Texts expected = golden_by_kind(kSamples + name + ".events");
    CHECK(lines_of(rig.parse(sample, delivered)) == expected);
    CHECK(lines_of(rig.parse("\xEF\xBB\xBF" + sample, delivered)) == expected);
    std::string crlf;
    for (const char c : sample) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(lines_of(rig.parse(crlf, delivered)) == expected);
    CHECK(lines_of(rig.parse(sample.substr(0, sample.size() - 1), delivered)) == expected);
  }
  CHECK(rig.host.logs.back() == "2 register_read rows=16 quarantined=14");
}

TEST_CASE("two parents of a child and two children of a parent are registrations of their own", "[wards]") {
  const auto parsed = parse(kGood + row("22", "A-2", kChild, kFather, "parent;2026-01-15;;") +
                            row("22", "A-3", "egn;9329121371", kMother, "parent;2026-01-15;;"));
  REQUIRE(parsed.events.size() == 3);
  const std::string same = " facility.region=22 period.from=2026-01-15 wards.kind=parent wards.carer-type=egn ";
  CHECK(parsed.events ==
        Texts{"guardianship.changed new egn:9126011265 2026-01-15 key=22|A-1 @2:1" + same + "wards.carer=6223041217",
              "guardianship.changed new egn:9126011265 2026-01-15 key=22|A-2 @3:1" + same + "wards.carer=6427151333",
              "guardianship.changed new egn:9329121371 2026-01-15 key=22|A-3 @4:1" + same + "wards.carer=6223041217"});
}

TEST_CASE("an end, a correction and an annulment come under the key of the registration", "[wards]") {
  struct Case {
    const char *name, *rest, *begin, *end;
  };
  const auto c = GENERATE(values<Case>({
      {"open", "parent;2026-01-15;;", "guardianship.changed new ", "wards.carer=6223041217"},
      {"ended", "parent;2026-01-15;2026-10-01;", "guardianship.changed new ", "wards.carer=6223041217"},
      {"ends later", "trustee;2026-01-15;2099-12-31;", "guardianship.changed new ", "wards.carer=6223041217"},
      {"annulled", "parent;2026-01-15;;annulled", "guardianship.changed annulled ", "wards.carer=6223041217"},
  }));
  CAPTURE(c.name);
  const auto parsed = parse(row("22", "A-1", kChild, kMother, c.rest));
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].find(c.begin + std::string("egn:9126011265 2026-01-15 key=22|A-1 ")) == 0);
  const std::string to = split_line(c.rest, ';')[2];
  const bool has_end = parsed.events[0].find(" period.to=") != std::string::npos;
  CHECK(has_end == !to.empty());
  if (has_end) CHECK(parsed.events[0].find(" period.to=" + to + " ") != std::string::npos);
}

TEST_CASE("foreigners and persons with a number of the revenue agency are told by the declared kind", "[wards]") {
  const auto parsed = parse(row("22", "A-1", "lnch;1000009990", "ehic;TEST-1840-000017", "guardian;2026-03-02;;") +
                            row("22", "A-2", "nap;9990000011", "lnch;1001239981", "guardian;2026-03-02;;") +
                            row("22", "A-3", "egn;9932319981", "nap;9932319981", "guardian;2026-03-02;;"));
  CHECK(parsed.quarantined == Texts{});
  REQUIRE(parsed.events.size() == 3);
  CHECK(parsed.events[0].find(" lnch:1000009990 ") != std::string::npos);
  CHECK(parsed.events[0].find("wards.carer-type=ehic wards.carer=TEST-1840-000017") != std::string::npos);
  CHECK(parsed.events[1].find(" nap:9990000011 ") != std::string::npos);
}

TEST_CASE("a row that is not exactly right is set aside alone", "[wards]") {
  struct Case {
    const char *name, *row, *quarantined;
  };
  const auto c = GENERATE(values<Case>({
      {"no such region", "00;A-1;egn;9126011265;egn;6223041217;parent;2026-01-15;;",
       "2:1 region: is not a region from 01 to 28"},
      {"a region without its zero", "2;A-1;egn;9126011265;egn;6223041217;parent;2026-01-15;;",
       "2:1 region: is not a region from 01 to 28"},
      {"a practitioner is no ward", "22;A-1;uin;2299000011;egn;6223041217;parent;2026-01-15;;",
       "2:8 ward_type: is none of egn, lnch, nap and ehic"},
      {"a newborn without a number", "22;A-1;egn;;egn;6223041217;parent;2026-01-15;;",
       "2:12 ward: is missing or empty"},
      {"an EGN of the future", "22;A-1;egn;9952319986;egn;6223041217;parent;2026-01-15;;",
       "2:12 ward: its date of birth lies in the future"},
      {"a wrong carer", "22;A-1;egn;9126011265;lnch;1000009991;parent;2026-01-15;;",
       "2:28 carer: its check digit is wrong"},
      {"itself", "22;A-1;egn;9126011265;egn;9126011265;parent;2026-01-15;;", "2:27 carer: is the ward's own"},
      {"a person in the key", "22;A9126011265;egn;9126011265;egn;6223041217;parent;2026-01-15;;",
       "2:4 record: holds the number of a person"},
      {"white space in the key", "22;A 1;egn;9126011265;egn;6223041217;parent;2026-01-15;;",
       "2:4 record: holds white space or a control character"},
      {"letters in the key", "22;А-1;egn;9126011265;egn;6223041217;parent;2026-01-15;;",
       "2:4 record: holds Cyrillic or other letters beyond A to Z"},
      {"another kind", "22;A-1;egn;9126011265;egn;6223041217;Parent;2026-01-15;;",
       "2:38 kind: is none of parent, guardian and trustee"},
      {"no beginning", "22;A-1;egn;9126011265;egn;6223041217;parent;;;", "2:45 from: is missing or empty"},
      {"tomorrow", "22;A-1;egn;9126011265;egn;6223041217;parent;2026-11-26;;", "2:45 from: lies in the future"},
      {"backwards", "22;A-1;egn;9126011265;egn;6223041217;parent;2026-01-15;2026-01-14;",
       "2:56 to: lies before the beginning"},
      {"a new word", "22;A-1;egn;9126011265;egn;6223041217;parent;2026-01-15;;corrected",
       "2:57 revision: is neither empty nor annulled"},
      {"too few cells", "22;A-1;egn;9126011265;egn;6223041217;parent;2026-01-15",
       "2:1 row: has 8 cells, other than the header"},
  }));
  CAPTURE(c.name);
  const auto parsed = parse(std::string(c.row) + "\n" + kGood);
  CHECK(parsed.quarantined == Texts{c.quarantined});
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.bytes == Texts{c.row});
}

TEST_CASE(
    "the longest number of a record passes, one more does not; short numbers of persons may stand in it by chance",
    "[wards]") {
  CHECK(parse(row("22", std::string(40, 'R'), kChild, kMother, "parent;2026-01-15;;")).events.size() == 1);
  CHECK(parse(row("22", std::string(41, 'R'), kChild, kMother, "parent;2026-01-15;;")).quarantined ==
        Texts{"2:4 record: is longer than it can be"});
  CHECK(parse(row("22", "2026-7", "nap;7", kMother, "guardian;2026-01-15;;")).events.size() == 1);
}

TEST_CASE("regions are complete where the sender vouches for it and every row was read", "[wards]") {
  const std::string two = kGood + row("01", "B-1", kChild, kFather, "parent;2026-01-15;;");
  CHECK(parse(two).completed == Texts{});
  CHECK(parse(two, vouched_for()).completed == Texts{"01", "22"});
  CHECK(parse(row("28", "C-1", kChild, kMother, "parent;2026-01-15;2026-01-15;"), vouched_for()).completed ==
        Texts{"28"});
  CHECK(parse("", vouched_for()).completed == Texts{});
  CHECK(parse(two + "22;broken\n", vouched_for()).completed == Texts{});
}

TEST_CASE("a document without the columns that are needed is refused", "[wards]") {
  SourceRig rig(kLibrary);
  CHECK(rig.parse("").message == "document: the document is empty");
  CHECK(rig.parse("region;record;ward_type;ward;carer_type;carer;kind\n").message ==
        "line 1, column 1, from: the header has no such column");
  CHECK(rig.parse("region;region;record;ward_type;ward;carer_type;carer;kind;from\n").message ==
        "line 1, column 1, region: stands twice in the header");
  const auto least = rig.parse(
      "kind;from;note;carer_type;carer;ward;ward_type;record;region\n"
      "parent;2026-01-15;x;egn;6223041217;9126011265;egn;A-1;22\n");
  CHECK(least.events.size() == 1);
  CHECK(rig.parse(kHeader).ok());
}

TEST_CASE("no control character makes another record of a row", "[wards]") {
  for (int code = 1; code < 0x20; ++code) {
    if (code == '\n') continue;
    CAPTURE(code);
    const auto parsed = parse(
        row("22", std::string("A") + static_cast<char>(code) + "1", kChild, kMother, "parent;2026-01-15;;") + kGood);
    CHECK(parsed.events.size() == 1);
    CHECK(parsed.quarantined.size() == 1);
  }
}

TEST_CASE("the register is known by its header", "[wards]") {
  SourceRig rig(kLibrary);
  CHECK(rig.host.sniff("x.csv", kHeader) == 95);
  CHECK(rig.host.sniff("x.csv", "region;record;ward\nward_type;carer_type;") == 0);
}

TEST_CASE("the schema lets the sample pass and stops what the reader stops at a cell's form", "[wards]") {
  const TableSchema schema(kFormats + "wards.schema.json");
  const Texts good = golden(kSamples + "register.csv"), bad = golden(kSamples + "bad-rows.csv");
  for (std::size_t i = 1; i < good.size(); ++i)
    CHECK(schema.faults(split_line(good[0], ';'), split_line(good[i], ';')) == Texts{});
  std::string found;
  for (std::size_t i = 1; i < bad.size(); ++i)
    for (const auto& fault : schema.faults(split_line(bad[0], ';'), split_line(bad[i], ';')))
      found += std::to_string(i + 1) + " " + fault + "\n";
  CHECK(found == "3 region\n4 kind\n7 carer_type\n8 carer\n11 record\n12 from\n15 to\n16 a row\n");
}

TEST_CASE("the page and the schema name the same columns, and the header of the sample has them", "[wards]") {
  const Texts columns = TableSchema(kFormats + "wards.schema.json").columns();
  CHECK(columns == split_line(golden(kSamples + "register.csv")[0], ';'));
  const std::string page = file_text(kFormats + "wards.md");
  for (const auto& column : columns) CHECK(page.find("\n| `" + column + "`") != std::string::npos);
}
