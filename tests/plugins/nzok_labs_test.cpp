// What nzok-labs makes of the claims of laboratories, good and bad.
#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;

struct Labs : ReaderRig {
  Labs() : ReaderRig(VESTITEL_READER) {}
};

std::string claim(const std::string& forms) {
  return "<LABS_CLAIM><RHIF>22</RHIF><LABS_HEREGISTRATIONNUMBER>2204999006</LABS_HEREGISTRATIONNUMBER><LABS_NAME>СМДЛ</"
         "LABS_NAME>"
         "<CLAIM_DATE_FROM>2026-10-01</CLAIM_DATE_FROM><CLAIM_DATE_TO>2026-10-31</CLAIM_DATE_TO>\n" +
         forms + "</LABS_CLAIM>";
}

std::string test(const std::string& code, const std::string& executed = "1") {
  return "<PROCS><PROCEDURE>" + code + "</PROCEDURE><EXECUTE>" + executed + "</EXECUTE></PROCS>";
}

const std::string kNumbers = "<SHEET_NUMBER>999123</SHEET_NUMBER><AMB_SHEET_NUMBER>999045</AMB_SHEET_NUMBER>";
const std::string kPatient = "<RHIF>22</RHIF><GRAONO>9932319981</GRAONO><FIRSTNAME>СКРИТО</FIRSTNAME>";
const std::string kReferrer =
    "<HEREGISTRATION_NUMBER>2201999002</HEREGISTRATION_NUMBER><DOCTOR_UIN>2299000022</DOCTOR_UIN>";
const std::string kExecutor =
    "<DOCTOR_UIN>2299000066</DOCTOR_UIN><DOCTOR_NAME>Пример</DOCTOR_NAME><DOCTOR_SPEC>09</DOCTOR_SPEC>";
const std::string kDates = "<ICD>I10</ICD><CREATION_DATE>2026-10-02</CREATION_DATE>";
const std::string kDone = "<EXECUTION_DATE>2026-10-05</EXECUTION_DATE>";

std::string form(const std::string& tests = test("01.01")) {
  return "<LABS_FORMS>" + kNumbers + kPatient + kReferrer + kDates + kExecutor + kDone + tests + "</LABS_FORMS>\n";
}

std::string why(const std::string& bad) {
  const auto parsed = Labs().parse(claim(form() + bad + form()));
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 2);
  REQUIRE(parsed.bytes.size() == 1);
  CHECK(parsed.bytes[0] + "\n" == bad);
  return parsed.quarantined[0].substr(parsed.quarantined[0].find(' ') + 1);
}

}  // namespace

TEST_CASE("the samples give the expected events", "[nzok-labs]") {
  for (const std::string name : {"nhif_labs_claim", "cases"}) {
    CAPTURE(name);
    CHECK(Labs().events(data_file(kSamples + name + ".xml")) == lines_of(kSamples + name + ".events"));
  }
}

TEST_CASE("corner cases are read as the golden file says", "[nzok-labs]") {
  Labs rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing to a claim", "[nzok-labs]") {
  Labs rig;
  check_any_cut(rig, data_file(kSamples + "nhif_labs_claim.xml"));
  check_any_cut(rig, claim(form() + form("") + form()));
}

TEST_CASE("a claim that is cut off or hostile is refused", "[nzok-labs]") {
  Labs rig;
  check_hostile_xml(rig, "LABS_CLAIM");
  check_cut_off(rig, claim(form()), "</LABS_CLAIM>");
  CHECK_THAT(rig.parse("<LABS_CLAIM/>").message,
             Contains("LABS_HEREGISTRATIONNUMBER: is missing, or not a facility's"));
  CHECK_THAT(rig.parse(replaced(claim(""), "2026-10-31", "31.10.2026")).message,
             Contains("CLAIM_DATE_TO: is not a day"));
  CHECK(rig.events(claim("")).empty());
}

TEST_CASE("flat forms and wrapped forms give the same events", "[nzok-labs]") {
  Labs rig;
  const std::string flat = rig.events(claim(form())).at(0);
  CHECK(rig.events(claim("<LABS_FORMS><A>" + kNumbers + "</A><PATIENT>" + kPatient + "</PATIENT><X><SENDER>" +
                         kReferrer + "</SENDER></X>" + kDates + "<EXECUTOR>" + kExecutor + "</EXECUTOR>" + kDone +
                         "<LIST>" + test("01.01") + "</LIST></LABS_FORMS>"))
            .at(0) == flat);
  CHECK_THAT(
      flat,
      Contains("activity.laboratory new egn:9932319981 2026-10-05 key=2204999006:2026-10|999123:999045:2026-10-05 "
               "facility=2204999006 practitioner=2299000066"));
  CHECK_THAT(
      flat,
      Contains(
          "practitioner.name=Пример practitioner.specialty=09 code.nzok-mdd=01.01 code.icd10=I10 ref.referral=999123 "
          "ref.sheet=999045 payer=nzok payment=reported") &&
          !Contains("СКРИТО"));
}

TEST_CASE("only what was executed is told; a form of which nothing was done takes back what was told", "[nzok-labs]") {
  Labs rig;
  CHECK_THAT(rig.events(claim(form(test("01.01", "0") + test("01.12", "true")))).at(0),
             Contains("laboratory new") && Contains("code.nzok-mdd=01.12 ") && !Contains("01.01"));
  CHECK_THAT(
      rig.events(claim(form(test("01.01", "0")))).at(0),
      Contains("laboratory annulled egn:9932319981 2026-10-05 key=2204999006:2026-10|999123:999045:2026-10-05 ") &&
          !Contains("nzok-mdd"));
  CHECK(rig.events(claim(replaced(form(test("01.01", "0")), kDone, ""))).empty());
}

TEST_CASE("a test that stands twice is told once", "[nzok-labs]") {
  const std::string event =
      Labs().events(claim(form(test("01.01", "0") + test("01.01") + test("01.12") + test("01.01")))).at(0);
  CHECK_THAT(event, Contains("code.nzok-mdd=01.01 code.nzok-mdd=01.12 code.icd10") &&
                        Contains("nzok-labs.warning=repeated-test"));
}

TEST_CASE("the doctors are told by their order", "[nzok-labs]") {
  Labs rig;
  CHECK_THAT(rig.events(claim(replaced(form(), kExecutor, ""))).at(0), !Contains("practitioner"));
  CHECK(why(replaced(form(), kExecutor, kExecutor + "<DOCTOR_UIN>2299000077</DOCTOR_UIN>")) ==
        "DOCTOR_UIN: stands more than twice");
  CHECK(why(replaced(form(), "2299000066", "9999")) == "DOCTOR_UIN: is not a practitioner's number");
}

TEST_CASE("the one number of a person is an ЕГН, or a ЛНЧ with a warning", "[nzok-labs]") {
  Labs rig;
  CHECK_THAT(rig.events(claim(replaced(form(), "9932319981", "1000009990"))).at(0),
             Contains("new lnch:1000009990 ") && Contains("nzok-labs.warning=lnch-in-graono"));
  CHECK(why(replaced(form(), "9932319981", "9932319982")) == "GRAONO: its check digit is wrong");
  CHECK(why(replaced(form(), "<GRAONO>9932319981</GRAONO>", "")) == "GRAONO: is missing or empty");
}

TEST_CASE("dates and numbers that cannot be are not told", "[nzok-labs]") {
  Labs rig;
  CHECK_THAT(rig.events(claim(replaced(form(), "2026-10-02", "2026-10-06"))).at(0),
             Contains("nzok-labs.warning=executed-before-requested"));
  CHECK_THAT(rig.events(claim(replaced(form(), "999123", "26275l0000b3"))).at(0),
             Contains("ref.referral=26275L0000B3"));
  CHECK(why(replaced(form(), "999123", "99912")) == "SHEET_NUMBER: has neither 6 digits nor 12 letters and digits");
  CHECK(why(replaced(form(), "2026-10-05", "2027-10-05")) == "EXECUTION_DATE: lies in the future");
  CHECK(why(replaced(form(), kDone, "")) == "EXECUTION_DATE: is missing or empty");
  CHECK(why(replaced(form(), kDone, kDone + kDone)) == "EXECUTION_DATE: stands twice");
  CHECK(why(form("")) == "PROCS: is missing or empty");
  CHECK(why(form(test("", "1"))) == "PROCEDURE: is missing or empty");
  CHECK(why(form(test("01.01", ""))) == "EXECUTE: is neither yes nor no");
  std::string many;
  for (int i = 0; i < 401; ++i) many += test("01.01");
  CHECK(why(form(many)) == "PROCS: holds more than 400 codes");
}
