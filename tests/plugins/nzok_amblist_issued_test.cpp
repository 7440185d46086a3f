// What a sheet gives beside the visit: referrals issued at it, immunizations, how often a procedure was done.
#include "tests/plugins/amblist_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;
using Lines = std::vector<std::string>;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A sheet with `parts` where its visit is told.
std::string sheet_with(const std::string& parts) { return replaced(kSheet, "<SIMPList/>", parts); }

Parsed parsed_with(const std::string& parts, const std::string& settings = "{}") {
  const auto parsed = AmblistRig(settings).parse(report(sheet_with(parts)));
  CAPTURE(parsed.message);
  REQUIRE(parsed.ok());
  return parsed;
}

// Without the head that all events of a sheet share, and the place.
Lines referrals_of(const Parsed& parsed) {
  Lines shown;
  for (const std::string& event : parsed.events) {
    if (!holds(event, "document.referral ")) continue;
    const std::size_t number = event.find(" number=") + 8;
    const std::size_t sheet = event.find(" ref.sheet=");
    shown.push_back(event.substr(number, event.find(' ', number) - number) + event.substr(event.find(' ', sheet + 1)));
  }
  return shown;
}

const std::string kFirst = "<kodSp>14</kodSp><SpFor>1</SpFor><NoN>26279B0000B1</NoN><SIMPMKB>H52.1</SIMPMKB>";
const std::string kSecond = "<kodSp>05</kodSp><SpFor>1</SpFor><NoN>26279B0000B2</NoN><SIMPMKB>I10</SIMPMKB>";

}  // namespace

TEST_CASE("the sample of the older dialect gives the expected events", "[nzok-amblist]") {
  const std::string samples = VESTITEL_AMBLIST_SAMPLES;
  AmblistRig rig;
  const std::string bytes = data_file(samples + "/nhif_amb_gp.xml");
  CHECK(rig.events(bytes) == lines_of(samples + "/nhif_amb_gp.events"));
  CHECK(rig.host.logs == Lines{"2 report_read sheets=2 quarantined=0 unknown_elements=0"});
}

TEST_CASE("a referral that was issued at the visit is an event of its own", "[nzok-amblist]") {
  const auto parsed = parsed_with(kFirst);
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].rfind("activity.outpatient ", 0) == 0);
  CHECK(holds(parsed.events[1],
              "document.referral new egn:9622299980 2026-10-06 key=2203999001:2299000011:08:2026-10|"
              "26279A0000A1:ref:26279B0000B1 number=26279B0000B1 facility=2203999001 practitioner=2299000011 @3:"));
  CHECK(holds(parsed.events[1],
              " facility.name=МЦ Пример facility.region=22 practitioner.name=Докторов practitioner.specialty=08 "
              "ref.sheet=26279A0000A1 nzok-amblist.referral-specialty=14 code.icd10=H52.1 "
              "nzok-amblist.referral-kind=specialist"));
}

TEST_CASE("referrals are told apart by their order, with or without an element around them", "[nzok-amblist]") {
  const Lines both = {
      "26279B0000B1 nzok-amblist.referral-specialty=14 code.icd10=H52.1 nzok-amblist.referral-kind=specialist",
      "26279B0000B2 nzok-amblist.referral-specialty=05 code.icd10=I10 nzok-amblist.referral-kind=specialist"};
  CHECK(referrals_of(parsed_with(kFirst + kSecond)) == both);
  CHECK(referrals_of(parsed_with("<Napr>" + kFirst + kSecond + "</Napr>")) == both);
  CHECK(referrals_of(parsed_with("<Napr>" + kFirst + "</Napr><Napr>" + kSecond + "</Napr>")) == both);
  // What one has not does not come from its neighbour.
  const std::string bare = "<NoN>26279B0000B3</NoN>";
  CHECK(referrals_of(parsed_with(bare + kFirst)) ==
        Lines{"26279B0000B3 nzok-amblist.referral-kind=specialist", both[0]});
  CHECK(referrals_of(parsed_with("<Napr><kodSp>14</kodSp></Napr><Napr>" + bare + "</Napr>")) ==
        Lines{"26279B0000B3 nzok-amblist.referral-kind=specialist"});
}

TEST_CASE("highly specialised activities and examinations have referrals of their own", "[nzok-amblist]") {
  const std::string activity =
      "<kodSpVSD>20</kodSpVSD><VSDFor>1</VSDFor><NoNVSD>26279b0000c1</NoNVSD><kodVSD>01.02</kodVSD>"
      "<HospVSD>0</HospVSD><VSDMKB>I10   H35.0</VSDMKB><VSDMKB>I10+H35.0</VSDMKB>";
  const std::string examinations =
      "<MDD><NoMDD>26279B0000D1</NoMDD><MDDFor>1</MDDFor><kodMDD>01.01</kodMDD><kodMDD>01.12</kodMDD>"
      "<MDDMKB>E11.9</MDDMKB><kodP>99</kodP></MDD>";
  CHECK(referrals_of(parsed_with(activity + examinations)) ==
        Lines{"26279B0000C1 nzok-amblist.referral-specialty=20 nzok-amblist.referral-activity=01.02 "
              "code.icd10=I10   H35.0 code.icd10=I10 code.icd10=H35.0 nzok-amblist.referral-kind=highly-specialised",
              "26279B0000D1 code.nzok-mdd=01.01 code.nzok-mdd=01.12 code.icd10=E11.9 "
              "nzok-amblist.referral-kind=laboratory"});
}

TEST_CASE("a number that stands again for more codes is the same referral", "[nzok-amblist]") {
  const std::string mdd = "<MDD><NoMDD>26279B0000D1</NoMDD><kodMDD>01.01</kodMDD></MDD>";
  const auto parsed = parsed_with(mdd + replaced(mdd, "01.01", "01.12"));
  CHECK(referrals_of(parsed) == Lines{"26279B0000D1 code.nzok-mdd=01.01 code.nzok-mdd=01.12 "
                                      "nzok-amblist.referral-kind=laboratory"});
  CHECK(parsed.quarantined.empty());
}

TEST_CASE("a number that stands for referrals of two kinds costs the sheet, and nothing of it is told",
          "[nzok-amblist]") {
  const auto parsed = parsed_with(kFirst + "<MDD><NoMDD>26279B0000B1</NoMDD></MDD>");
  CHECK(parsed.events.empty());
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK(holds(parsed.quarantined[0], " NoMDD: stands for referrals of two kinds"));
}

TEST_CASE("a referral without a national number is told of as a warning alone", "[nzok-amblist]") {
  const std::string number = GENERATE("", "000123", "26279B0000B", "26279B0000B12", "26279В0000B1", "26279-0000B1");
  CAPTURE(number);
  const auto parsed = parsed_with(replaced(kFirst, "26279B0000B1", number));
  CHECK(parsed.quarantined.empty());
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], " nzok-amblist.warning=referral-without-national-number"));
}

TEST_CASE("a code of a referral that cannot be one is left out, with a warning at the visit", "[nzok-amblist]") {
  const std::string code = GENERATE("1Ж", "14\n", "12345678901234");
  CAPTURE(code);
  const auto parsed = parsed_with(replaced(kFirst, "<kodSp>14", "<kodSp>1" + code + "4"));
  REQUIRE(parsed.events.size() == 2);
  CHECK(holds(parsed.events[0], " nzok-amblist.warning=unusual-referral-code"));
  CHECK_FALSE(holds(parsed.events[1], "referral-specialty"));
}

TEST_CASE("the same referral of two sheets has two keys", "[nzok-amblist]") {
  const std::string other = replaced(sheet_with(kFirst), "26279A0000A1", "26279A0000A2");
  const auto parsed = AmblistRig().parse(report(sheet_with(kFirst) + other));
  REQUIRE(parsed.events.size() == 4);
  CHECK(holds(parsed.events[1], "|26279A0000A1:ref:26279B0000B1 "));
  CHECK(holds(parsed.events[3], "|26279A0000A2:ref:26279B0000B1 "));
}

TEST_CASE("a referral of a sheet with an old number is told apart by its day", "[nzok-amblist]") {
  const auto parsed = AmblistRig().parse(report(replaced(sheet_with(kFirst), "26279A0000A1", "000123")));
  REQUIRE(parsed.events.size() == 2);
  CHECK(holds(parsed.events[1], "|2026-10-06:000123:ref:26279B0000B1 number=26279B0000B1 "));
}

TEST_CASE("a referral names the substitute who issued it, and the person as the visit does", "[nzok-amblist]") {
  const std::string sheet = replaced(sheet_with(kFirst + "<UINH_S>2299000033</UINH_S>"), "<EGN>9622299980</EGN>",
                                     "<EHIC_No>80359000000123</EHIC_No><dateBirth>1896-02-29</dateBirth>");
  const auto parsed = AmblistRig().parse(report(sheet));
  REQUIRE(parsed.events.size() == 2);
  CHECK(holds(parsed.events[1], " ehic:80359000000123 "));
  CHECK(holds(parsed.events[1], " practitioner=2299000033 "));
  CHECK(holds(parsed.events[1], " subject.birth-date=1896-02-29"));
}

TEST_CASE("immunizations are told with the visit, and by themselves where the operator says so", "[nzok-amblist]") {
  const std::string codes = "<CodeImun>07</CodeImun><CodeImun>11</CodeImun><CodeImun>07</CodeImun><Mantu>05</Mantu>";
  const auto with_visit = parsed_with(codes);
  REQUIRE(with_visit.events.size() == 1);
  CHECK(holds(with_visit.events[0], " code.nzok-immunization=07 code.nzok-immunization=11"));
  const auto apart = parsed_with(codes, R"({"immunizations":true})");
  REQUIRE(apart.events.size() == 3);
  CHECK(apart.events[0] == with_visit.events[0]);
  CHECK(holds(apart.events[1], "document.immunization new egn:9622299980 2026-10-06 "));
  CHECK(holds(apart.events[1], "|26279A0000A1:imm:07 facility=2203999001 "));
  CHECK(holds(apart.events[1], " ref.sheet=26279A0000A1 code.nzok-immunization=07"));
  CHECK(holds(apart.events[2], "|26279A0000A1:imm:11 "));
  const auto odd = parsed_with("<CodeImun>Ж</CodeImun>", R"({"immunizations":true})");
  REQUIRE(odd.events.size() == 1);
  CHECK(holds(odd.events[0], " nzok-amblist.warning=unusual-immunization"));
}

TEST_CASE("a procedure says how often it was done", "[nzok-amblist]") {
  const auto counted = [](const std::string& procedures) {
    return AmblistRig().parse(report(replaced(kSheet, "<SIMPList/>", procedures))).events.at(0);
  };
  const std::string twice = counted(
      "<Procedure><imeP>А</imeP><kodP>93.39</kodP><CountP>3</CountP></Procedure><kodP>93.40</kodP><CountP>12</CountP>");
  CHECK(holds(twice,
              " code.ksmp=93.39 code.ksmp.text=А nzok-amblist.procedure-count=93.39:3 code.ksmp=93.40 "
              "nzok-amblist.procedure-count=93.40:12 "));
  const std::string odd = counted("<Procedure><kodP>93.39</kodP><CountP>many</CountP></Procedure>");
  CHECK(holds(odd, " nzok-amblist.warning=unusual-count"));
  CHECK_FALSE(holds(odd, "procedure-count"));
}

TEST_CASE("more referrals than a sheet can hold cost the sheet alone", "[nzok-amblist]") {
  struct Case {
    std::string unit, element;
    int times;
  };
  const auto c = GENERATE(values<Case>({{"<NoN>26279B0000B1</NoN>", "NoN", 33},
                                        {"<SIMPMKB>I10</SIMPMKB>", "SIMPMKB", 129},
                                        {"<CodeImun>07</CodeImun>", "CodeImun", 17}}));
  std::string parts;
  for (int i = 0; i < c.times; ++i) parts += c.unit;
  const auto parsed = AmblistRig().parse(report(sheet_with(parts) + kSheet));
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 1);
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK(holds(parsed.quarantined[0], " " + c.element + ": stands more often than a sheet can hold"));
  CHECK(AmblistRig().parse(report(sheet_with(parts.substr(c.unit.size())))).quarantined.empty());
}

TEST_CASE("a sheet with more text than an event can hold leaves its scope incomplete", "[nzok-amblist]") {
  const auto read = [](int codes) {
    std::string parts;
    for (int i = 0; i < codes; ++i) {
      parts += "<Procedure><imeP>" + std::string(1999, 'x') + "</imeP><kodP>89.03</kodP></Procedure>";
    }
    Delivered delivered;
    delivered.complete = true;
    AmblistRig rig(R"({"full_reports":true})");
    const auto parsed =
        rig.parse(report(sheet_with(parts) + replaced(kSheet, "26279A0000A1", "26279A0000A2")), delivered);
    REQUIRE(parsed.ok());
    return parsed;
  };
  for (const int codes : {26, 30, 34, 60}) {  // around 64 KiB as well
    CAPTURE(codes);
    const auto parsed = read(codes);
    CHECK(parsed.events.size() == 1);
    CHECK(parsed.quarantined == Lines{"3:1 AmbList: holds more text than an event can"});
    CHECK(parsed.bytes.size() == 1);
    CHECK(parsed.completed.empty());
  }
  const auto fits = read(24);
  CHECK(fits.events.size() == 2);
  CHECK(fits.completed.size() == 1);
}

TEST_CASE("a sheet with all that it can give is read alike at any cut", "[nzok-amblist]") {
  AmblistRig rig(R"({"immunizations":true})");
  check_any_cut(rig, report(sheet_with(kFirst + kSecond +
                                       "<MDD><NoMDD>26279B0000D1</NoMDD><kodMDD>01.01</kodMDD></MDD>"
                                       "<CodeImun>07</CodeImun>")));
}
