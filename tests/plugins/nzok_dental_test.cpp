// What nzok-dental makes of reports, good and bad.
#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;

struct Dental : ReaderRig {
  explicit Dental(const std::string& settings = "{}") : ReaderRig(VESTITEL_READER, settings) {}
};

// Line 1 is the head, line 2 the first sheet.
std::string report(const std::string& sheets, const std::string& ns = "http://nhif.bg/xsd/dental") {
  return "<report xmlns='" + ns +
         "' practiceName='АИППДМ Пример' RCZCode='1622999003' dentistName='Пример' dentistSpec='64' "
         "dentistPersonalCode='1699000033' RHIF='16' startFrom='2026-10-01' endTo='2026-10-31'><dentalCareServices>\n" +
         sheets + "</dentalCareServices></report>";
}

const std::string kService = "<service date='2026-10-08' diagnosis='' toothCode='99' activityCode='101'/>";

std::string sheet(const std::string& services = kService,
                  const std::string& person = "personType='1' personIdentifier='9932319981'",
                  const std::string& number = "26281D0000C3", const std::string& rest = "") {
  return "<dentalCareService " + person + " ambulatorySheetNo='" + number + "'><services>" + services + "</services>" +
         rest + "</dentalCareService>\n";
}

// What a sheet with this one service says of it.
std::string said(const std::string& service) {
  const Lines events = Dental().events(report(sheet(service)));
  REQUIRE(events.size() == 1);
  const std::size_t from = events[0].find("nzok-dental.service-date");
  return events[0].substr(from, events[0].find(" payer") - from);
}

}  // namespace

TEST_CASE("the samples give the expected events", "[nzok-dental]") {
  for (const std::string name : {"nhif_dental_report", "cases"}) {
    CAPTURE(name);
    CHECK(Dental().events(data_file(kSamples + name + ".xml")) == lines_of(kSamples + name + ".events"));
  }
}

TEST_CASE("corner cases are read as the golden file says", "[nzok-dental]") {
  Dental rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing to a dental report", "[nzok-dental]") {
  Dental rig;
  check_any_cut(rig, data_file(kSamples + "nhif_dental_report.xml"));
  check_any_cut(rig, report(sheet() + sheet(kService, "personType='1' personIdentifier='9932319982'") + sheet()));
}

TEST_CASE("a dental report that is cut off or hostile is refused", "[nzok-dental]") {
  Dental rig;
  check_cut_off(rig, report(sheet()), "</report>");
  const auto why = [&](const std::string& bytes) { return rig.parse(bytes).message; };
  CHECK_THAT(why(""), Contains("the document is empty"));
  CHECK_THAT(why("<report RCZCode='1622999003'/>"), Contains("stands in another namespace, or in none"));
  CHECK_THAT(why("<report xmlns='http://nhif.bg/xsd/dental'/>"), Contains("RCZCode: is missing, or not a facility's"));
  CHECK_THAT(why("<!DOCTYPE report [<!ENTITY a 'b'>]>" + report(sheet())), Contains("has a DOCTYPE"));
  CHECK_THAT(why(replaced(report(sheet()), "1622999003", "622999003")), Contains("RCZCode: is missing, or not a"));
  CHECK_THAT(why(replaced(report(sheet()), "1699000033", "9999000033")),
             Contains("dentistPersonalCode: is not a practit"));
  CHECK_THAT(why(replaced(report(sheet()), "2026-10-01", "01.10.2026")),
             Contains("startFrom: is missing, or not a day"));
  CHECK_THAT(why(replaced(report(sheet()), "2026-10-31", "2026-09-30")), Contains("endTo: lies before startFrom"));
}

TEST_CASE("a dental report without sheets is accepted", "[nzok-dental]") { CHECK(Dental().events(report("")).empty()); }

TEST_CASE("the namespace before October 2022 is read alike", "[nzok-dental]") {
  CHECK(Dental().events(report(sheet(), "http://localhost")) == Dental().events(report(sheet())));
}

TEST_CASE("a service says its code of either kind, its tooth and its diagnosis", "[nzok-dental]") {
  CHECK(said("<service date='2026-10-08' activityCode='301' toothCode='16'/>") ==
        "nzok-dental.service-date=2026-10-08 code.nzok-dental=301 code.tooth=16");
  CHECK(said("<service date='2026-10-08' activityCode='301' ACHIcode='97511-01' toothCode='A1'/>") ==
        "nzok-dental.service-date=2026-10-08 code.nzok-dental=301 code.achi=97511-01 code.tooth=A1");
  CHECK(said("<service date='2026-10-08' ACHIcode='97511-01' diagnosis='K02.1 - Кариес &quot;дълбок&quot;'/>") ==
        "nzok-dental.service-date=2026-10-08 code.achi=97511-01 code.icd10=K02.1 code.icd10.text=Кариес \"дълбок\"");
  CHECK(said("<service date='2026-10-08' activityCode='1' diagnosis='Без диагноза'/>") ==
        "nzok-dental.service-date=2026-10-08 code.nzok-dental=1");
  CHECK(said("<service date='2026-10-08' activityCode='1' toothCode='99' diagnosis='К02.1'/>") ==
        "nzok-dental.service-date=2026-10-08 code.nzok-dental=1 code.icd10=K02.1");  // with a Cyrillic letter
}

TEST_CASE("the event of a sheet lies on its earliest service", "[nzok-dental]") {
  const Lines events =
      Dental().events(report(sheet("<service date='2026-10-09' activityCode='1'/>"
                                   "<service date='2026-09-30' activityCode='2'/>")));
  REQUIRE(events.size() == 1);
  CHECK_THAT(events[0], Contains("egn:9932319981 2026-09-30 "));
  CHECK_THAT(events[0], Contains("nzok-dental.warning=date-outside-period"));
}

TEST_CASE("a sheet without services gives no activity, and its referrals all the same", "[nzok-dental]") {
  const Lines events = Dental().events(
      report(sheet("", "personType='2' personIdentifier='1000009990'", "000123",
                   "<medicalReferrals><medicalReferral pathwayNo='000077' date='2026-10-08' MRType='2' specCode='62' "
                   "HSACode='12' ICDCode='K04.0'/></medicalReferrals>")));
  REQUIRE(events.size() == 1);
  CHECK_THAT(events[0], Contains("document.referral new lnch:1000009990 2026-10-08 "
                                 "key=1622999003:1699000033:2026-10|000123:ref:000077 number=000077"));
  CHECK_THAT(events[0], Contains(" ref.sheet=000123 code.icd10=K04.0 nzok-dental.referral-specialty=62 "
                                 "nzok-dental.referral-activity=12"));
}

TEST_CASE("the person is taken as declared, or the sheet goes to quarantine", "[nzok-dental]") {
  const auto of = [](const std::string& person) {
    const auto parsed = Dental().parse(report(sheet(kService, person)));
    REQUIRE(parsed.ok());
    return parsed.events.size() == 1 ? parsed.events[0].substr(20, parsed.events[0].find(" 2026") - 20)
                                     : parsed.quarantined.at(0);
  };
  CHECK(of("personType='1' personIdentifier='9932319981'") == "egn:9932319981");
  CHECK(of("personType='1' personIdentifier='1000009990'") == "2:1 personIdentifier: its check digit is wrong");
  CHECK(of("personType='2' personIdentifier='1000009990'") == "lnch:1000009990");
  CHECK(of("personType='2' personIdentifier='1000009991'") == "2:1 personIdentifier: its check digit is wrong");
  CHECK(of("personType='3' personIdentifier='9990000011'") == "nap:9990000011");
  CHECK(of("personType='4' personIdentifier='0000000000' EHICNumber='80100'") == "ehic:80100");
  CHECK(of("personType='4' personIdentifier='0000000000' EHICNumber='80100' PICode='P7'") == "ehic:P7");
  CHECK(of("personType='4' personIdentifier='7654321'") == "ehic:7654321");
  CHECK(of("personType='4' personIdentifier='0000000000'") ==
        "2:1 personIdentifier: names nobody: no PICode, no EHICNumber, and zeros or nothing here");
  CHECK(of("personType='5' personIdentifier='9932319981'") == "2:1 personType: is not one of 1 to 4");
  CHECK(of("personIdentifier='9932319981'") == "2:1 personType: is not one of 1 to 4");
  CHECK(of("personType='2' personIdentifier='1000009990' birthDate='2026-02-30'") ==
        "2:1 birthDate: is not a day written YYYY-MM-DD");
}

TEST_CASE("bad sheets go to quarantine with their bytes, their neighbours pass", "[nzok-dental]") {
  Dental rig;
  const auto why = [&](const std::string& bad) {
    const auto parsed = rig.parse(report(sheet() + bad + sheet()));
    REQUIRE(parsed.ok());
    CHECK(parsed.events.size() == 2);
    REQUIRE(parsed.bytes.size() == 1);
    CHECK(parsed.bytes[0] + "\n" == bad);
    return parsed.quarantined[0];
  };
  const std::string person = "personType='1' personIdentifier='9932319981'";
  for (const std::string number : {"12345", "1234567", "26281D0000C", "26281D0000C34", "26281D0000-3"}) {
    CHECK(why(sheet(kService, person, number)) ==
          "3:1 ambulatorySheetNo: has neither 6 digits nor 12 letters and digits");
  }
  CHECK(why(sheet(kService, person, "")) == "3:1 ambulatorySheetNo: is missing or empty");
  CHECK(why(sheet(kService, person, "26281D0000С3")) ==  // a Cyrillic letter
        "3:1 ambulatorySheetNo: holds Cyrillic or other letters beyond A to Z");
  CHECK(why(sheet("<service date='08.10.2026' activityCode='1'/>")).find("date: is not a day written YYYY-MM-DD") !=
        std::string::npos);
  CHECK(why(sheet("<service activityCode='1'/>")).find("date: is missing or empty") != std::string::npos);
  CHECK(why(sheet("<service date='2026-12-24' activityCode='1'/>")).find("date: lies in the future") !=
        std::string::npos);
  CHECK(why(sheet("<service date='2026-10-08' toothCode='11'/>")).find("service: names no activity") !=
        std::string::npos);
  CHECK(why(sheet("<service date='2026-10-08' activityCode='12345678901234'/>"))
            .find("activityCode: is longer than a code") != std::string::npos);
  std::string many;
  for (int i = 0; i < 151; ++i) many += kService;
  CHECK(why(sheet(many)).find("service: stands more than 150 times") != std::string::npos);
  CHECK(why(sheet("<service date='2026-10-08' activityCode='1' diagnosis='" + std::string(2001, 'x') + "'/>"))
            .find("is longer than 2,000 bytes") != std::string::npos);
}

TEST_CASE("an ЕГН of a birth to come is refused", "[nzok-dental]") {
  Dental rig;
  rig.host.now_us = -2'208'988'800'000'000 + 86'400'000'000;  // 1900-01-02: before most births
  const auto parsed = rig.parse(report(sheet(kService, "personType='1' personIdentifier='0442299954'")));
  CHECK(parsed.quarantined == Lines{"2:1 personIdentifier: its date of birth lies in the future"});
}

TEST_CASE("both spellings of the unfavourable condition, and the substitute, are kept", "[nzok-dental]") {
  Dental rig;
  for (const std::string name : {"unfavorableCondition", "unfavourableCondition"}) {
    const auto events = rig.events(
        report(replaced(sheet(), "<dentalCareService ", "<dentalCareService substitute='1' " + name + "='1' ")));
    CHECK_THAT(events[0], Contains(" nzok-dental.unfavourable-condition=1 nzok-dental.substitute=1"));
  }
  CHECK_THAT(rig.events(report(sheet()))[0], !Contains("unfavourable"));
}

TEST_CASE("free text is shown on one line, and names of persons never", "[nzok-dental]") {
  const std::string controls = "а&#9;б&#10;в&#13;г&#x7F;д&#x85;е&#x202E;ж";
  const auto events = Dental().events(replaced(
      report(sheet("<service date='2026-10-08' activityCode='1' diagnosis='K02 - " + controls + "'/>",
                   "personFirstName='СКРИТО' personLastName='СКРИТО' personType='1' personIdentifier='9932319981'")),
      "АИППДМ Пример", controls));
  REQUIRE(events.size() == 1);
  CHECK_THAT(events[0], Contains("facility.name=а б в гд еж "));
  CHECK_THAT(events[0], Contains("code.icd10.text=а б в гд еж "));
  CHECK_THAT(events[0], !Contains("СКРИТО"));
}

TEST_CASE("completeness of a dental report is claimed only where all is believed and read", "[nzok-dental]") {
  Delivered complete;
  complete.complete = true;
  const std::string bad = sheet(kService, "personType='9' personIdentifier='1'");
  Dental believing(R"({"full_reports":true})");
  CHECK(believing.parse(report(sheet()), complete).completed == Lines{"1622999003:1699000033:2026-10"});
  CHECK(believing.parse(report(sheet())).completed.empty());
  CHECK(believing.parse(report(sheet() + bad), complete).completed.empty());
  CHECK(believing.parse(report(""), complete).completed.empty());
  CHECK(Dental().parse(report(sheet()), complete).completed.empty());
}
