// What nzok-pl makes of a patient list: choices, their ends, and rows that cannot be read exactly.
#include "tests/plugins/csv/csv_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_NZOK_PL;
const std::string kSamples = VESTITEL_NZOK_PL_SAMPLES;

std::string utf8(const std::string& bytes) {
  std::string out;
  append_windows_1251(out, bytes);
  return out;
}

std::string sample() { return file_text(kSamples + "/pl.csv"); }

const std::string kHeader = "EGN,LNC,UIN,RCZ_NUMBER,FROM_DATE,TO_DATE,REASON_OTP,CHOICE_TYPE,NAME_OPL\n";
const std::string kKey = " key=2201999002:2299000022|2026-03-01:";

std::string replaced_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// One person's row with these last five cells.
Parsed read(const std::string& rest, const std::string& settings = "{}") {
  return SourceRig(kLibrary, settings).parse(kHeader + "9932319981,,2299000022,2201999002," + rest + "\n");
}

}  // namespace

TEST_CASE("the sample gives its golden events at any cut, in any encoding, with any end of line", "[nzok-pl]") {
  SourceRig rig(kLibrary);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  const Texts expected = golden(kSamples + "/pl.events");
  const std::string in_utf8 = utf8(sample());
  CHECK(lines_of(rig.parse(sample(), delivered)) == expected);
  CHECK(lines_of(rig.parse(in_utf8, delivered)) == expected);
  CHECK(lines_of(rig.parse("\xEF\xBB\xBF" + in_utf8, delivered)) == expected);
  const std::string lf = replaced_all(sample(), "\r\n", "\n");
  CHECK(lines_of(rig.parse(lf, delivered)) == expected);
  CHECK(lines_of(rig.parse(lf.substr(0, lf.size() - 1), delivered)) == expected);
  CHECK(rig.host.logs.front() == "2 list_read rows=17 quarantined=8");
}

TEST_CASE("corner cases are read as the golden file says, at any cut", "[nzok-pl]") {
  SourceRig rig(kLibrary);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  for (const std::string name : {"/corners", "/repeats"}) {
    const std::string bytes = file_text(kSamples + name + ".csv");
    CHECK(lines_of(rig.parse(bytes, delivered)) == golden(kSamples + name + ".events"));
  }
}

TEST_CASE("no name of a person and no kind of registration leaves the reader", "[nzok-pl]") {
  SourceRig rig(kLibrary);
  std::string all;
  for (const std::string& line : lines_of(rig.parse(sample()))) all += line + "\n";
  for (const char* hidden : {"Тестов", "Образка", "Двойников", "REG_TYPE"}) {
    CAPTURE(hidden);
    CHECK(all.find(hidden) == std::string::npos);
  }
}

TEST_CASE("columns are bound by name: 14 of them, in another order, and empty lines between", "[nzok-pl]") {
  SourceRig rig(kLibrary);
  const auto parsed = rig.parse(
      "NAME_OPL,TO_DATE,FROM_DATE,RCZ_NUMBER,UIN,EGN\n\nДжипиев,,2026-03-01,2201999002,2299000022,"
      "9932319981\n");
  CHECK(parsed.events == Texts{"gp.choice-changed new egn:9932319981 2026-03-01" + kKey +
                               "from facility=2201999002 practitioner=2299000022 @3:1 facility.region=22 "
                               "practitioner.name=Джипиев"});
  std::string fourteen = utf8(sample());
  fourteen = replaced_all(replaced_all(fourteen, "CHOICE_TYPE,", ""), "постоянен,", "");
  CHECK(rig.parse(fourteen).events.size() == 6);  // without the rows of a first or temporary choice
}

TEST_CASE("what an end means is said by its reason and by the kind of the choice", "[nzok-pl]") {
  struct Case {
    const char *name, *rest, *type, *when;
  };
  const auto c = GENERATE(values<Case>({
      {"open", "2026-03-01,,,постоянен,", "gp.choice-changed", "2026-03-01"},
      {"the contract", "2026-03-01,2026-09-30,закрита практика,постоянен,", "gp.contract-terminated", "2026-09-30"},
      {"another GP", "2026-03-01,2026-09-30,друг избор,постоянен,", "gp.choice-changed", "2026-09-30"},
      {"no reason", "2026-03-01,2026-09-30,,постоянен,", "gp.choice-changed", "2026-09-30"},
      {"temporary", "2026-03-01,2026-08-01,,временен,", "gp.temporary-ending", "2026-08-01"},
      {"temporary and the contract", "2026-03-01,2026-08-01,закрита практика,временен,", "gp.contract-terminated",
       "2026-08-01"},
      {"ends today", "2026-03-01,2026-11-25,,временен,", "gp.temporary-ending", "2026-11-25"},
      {"ends later", "2026-03-01,2026-12-31,закрита практика,временен,", "gp.choice-changed", "2026-03-01"},
  }));
  CAPTURE(c.name);
  const auto parsed = read(c.rest);
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].substr(0, parsed.events[0].find(" key=")) ==
        std::string(c.type) + " new egn:9932319981 " + c.when);
  const bool ended = std::string(c.when) != "2026-03-01";
  CHECK(parsed.events[0].find(kKey + (ended ? "to " : "from ")) != std::string::npos);
  CHECK((parsed.events[0].find("valid.until=2026-12-31") != std::string::npos) ==
        (std::string(c.name) == "ends later"));
}

TEST_CASE("which texts mean an end of the contract or a temporary choice is configured", "[nzok-pl]") {
  const std::string settings = R"({"ended_reasons":" 7 | 9","temporary_types":"T"})";
  CHECK(read("2026-03-01,2026-09-30,9,P,", settings).events[0].find("gp.contract-terminated") == 0);
  CHECK(read("2026-03-01,2026-09-30,закрита практика,T,", settings).events[0].find("gp.temporary-ending") == 0);
}

TEST_CASE("a row that is not exactly right is set aside alone", "[nzok-pl]") {
  struct Case {
    const char *name, *row, *quarantined;
  };
  const auto c = GENERATE(values<Case>({
      {"nobody", ",,2299000022,2201999002,2026-03-01,,,,", "2:1 EGN: names nobody"},
      {"an LNCH for an EGN", "1000009990,,2299000022,2201999002,2026-03-01,,,,", "2:1 EGN: its check digit is wrong"},
      {"a wrong LNCH", ",1000009991,2299000022,2201999002,2026-03-01,,,,", "2:2 LNC: its check digit is wrong"},
      {"a lost zero", "9932319981,,2299000022,108999001,2026-03-01,,,,",
       "2:24 RCZ_NUMBER: is not a facility's number of ten digits"},
      {"no date", "9932319981,,2299000022,2201999002,,,,,", "2:35 FROM_DATE: is missing or empty"},
      {"no such day", "9932319981,,2299000022,2201999002,30.02.2026,,,,",
       "2:35 FROM_DATE: is not a day of the calendar"},
      {"a short year", "9932319981,,2299000022,2201999002,1.3.26,,,,", "2:35 FROM_DATE: is not a day of the calendar"},
      {"the future", "9932319981,,2299000022,2201999002,2026-11-26,,,,", "2:35 FROM_DATE: lies in the future"},
      {"backwards", "9932319981,,2299000022,2201999002,2026-03-01,2026-02-28,,,",
       "2:46 TO_DATE: lies before FROM_DATE"},
      {"a comma in a name", "9932319981,,2299000022,2201999002,2026-03-01,,,,Дж, Пи",
       "2:1 row: has 10 cells, other than the header"},
  }));
  CAPTURE(c.name);
  const auto parsed =
      SourceRig(kLibrary).parse(kHeader + c.row + "\n9932319981,,2299000022,2201999002,2026-03-01,,,,\n");
  CHECK(parsed.quarantined == Texts{c.quarantined});
  CHECK(parsed.events.size() == 1);
}

TEST_CASE("the list never claims to be complete, and a header alone says nothing", "[nzok-pl]") {
  SourceRig rig(kLibrary);
  Delivered complete;
  complete.complete = true;
  CHECK(rig.parse(sample(), complete).completed.empty());
  const auto parsed = rig.parse(kHeader, complete);
  CHECK(parsed.ok());
  CHECK(lines_of(parsed).empty());
  CHECK(rig.parse("EGN,UIN\n").message == "line 1, column 1, RCZ_NUMBER: the header has no such column");
  CHECK(rig.parse("").message == "document: the document is empty");
}

TEST_CASE("texts with control characters stay on one line, and the list is known by its header", "[nzok-pl]") {
  std::string name = "a";
  for (char c = 1; c < 0x20; ++c) {
    if (c != '\n') name += c;
  }
  const auto parsed = read("2026-03-01,,,," + name + "b");
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].find("practitioner.name=a    b") != std::string::npos);
  SourceRig rig(kLibrary);
  CHECK(rig.host.sniff("pl.csv", kHeader) == 95);
  CHECK(rig.host.sniff("pl.csv", "EGN,UIN\n") == 0);
}
