// What nzok-cpfile makes of the daily files of hospitals, good and bad.
#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;

struct CpFile : ReaderRig {
  CpFile() : ReaderRig(VESTITEL_READER) {}
};

const std::string kPractice = "<Practice><branch>22</branch><no>2299999004</no><name>МБАЛ</name></Practice>";

std::string file(const std::string& records) { return "<cpFile>" + kPractice + "\n" + records + "</cpFile>"; }

const std::string kPerson = "<Patient><EGN>9932319981</EGN><Given>СКРИТО</Given><Address/></Patient>";

std::string in(const std::string& patient = kPerson, const std::string& rest = "") {
  return "<In>" + patient +
         "<uin>2299000044</uin><diagnose><primary>I50.0</primary></diagnose><clinicalPath>4.1</clinicalPath>"
         "<inMedicalWard>1.10</inMedicalWard><entryDate>2026-10-08T23:59:59</entryDate><IZYear>2026</IZYear>"
         "<IZNo>70000</IZNo>" +
         rest + "</In>\n";
}

std::string out(const std::string& rest = "") {
  return "<Out>" + kPerson +
         "<entryDate>2026-10-08T09:00:00</entryDate><outDate>2026-10-12T00:10:00</outDate><IZYear>2026</IZYear>"
         "<IZNo>70000</IZNo><outUin>2299000055</outUin>" +
         rest + "</Out>\n";
}

}  // namespace

TEST_CASE("the samples give the expected events", "[nzok-cpfile]") {
  for (const std::string name : {"nhif_cpfile", "cases"}) {
    CAPTURE(name);
    CHECK(CpFile().events(data_file(kSamples + name + ".xml")) == lines_of(kSamples + name + ".events"));
  }
}

TEST_CASE("corner cases are read as the golden file says", "[nzok-cpfile]") {
  CpFile rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing to a daily file", "[nzok-cpfile]") {
  CpFile rig;
  check_any_cut(rig, data_file(kSamples + "nhif_cpfile.xml"));
  check_any_cut(rig, file(in() + in("<Patient><EGN>1</EGN></Patient>") + out()));
}

TEST_CASE("a daily file that is cut off or hostile is refused", "[nzok-cpfile]") {
  CpFile rig;
  check_hostile_xml(rig, "cpFile");
  check_cut_off(rig, file(in()), "</cpFile>");
  CHECK_THAT(rig.parse("<cpFile/>").message, Contains("Practice: is missing or empty"));
  CHECK_THAT(rig.parse(replaced(file(in()), "2299999004", "299999004")).message, Contains("no: is missing, or not a"));
  CHECK_THAT(rig.parse("<cpFile>" + kPractice + kPractice + "</cpFile>").message, Contains("Practice: stands twice"));
  CHECK_THAT(rig.parse(replaced(file(in() + kPractice), kPractice, "")).message,
             Contains("Practice: is missing or empty"));
  CHECK_THAT(rig.parse(file(in() + kPractice)).message, Contains("Practice: stands after the first record"));
}

TEST_CASE("windows-1251 as declared is read with its marks", "[nzok-cpfile]") {
  const std::string text = replaced(file(in()), "МБАЛ", "МБАЛ „Пример“ № 1 – АД");
  const std::string declared = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>" + to_windows1251(text);
  CHECK(CpFile().events(declared) == CpFile().events("<?xml version=\"1.0\" encoding=\"utf-8\"?>       " + text));
  CHECK_THAT(CpFile().events(declared).at(0), Contains("facility.name=МБАЛ „Пример“ № 1 – АД "));
}

TEST_CASE("a file without admissions and discharges is accepted", "[nzok-cpfile]") {
  CHECK(CpFile().events(file("")).empty());
}

TEST_CASE("admission and discharge of a stay share its number, in any order and file", "[nzok-cpfile]") {
  CpFile rig;
  const Lines both = rig.events(file(out() + in()));
  REQUIRE(both.size() == 2);
  CHECK_THAT(both[0],
             Contains("activity.hospital.discharge new egn:9932319981 2026-10-12 "
                      "key=2299999004:2026|70000:out number=70000/2026 facility=2299999004 practitioner=2299000055"));
  CHECK_THAT(both[1],
             Contains("activity.hospital.admission new egn:9932319981 2026-10-08 "
                      "key=2299999004:2026|70000:in number=70000/2026 facility=2299999004 practitioner=2299000044"));
  for (const std::string& event : both) CHECK_THAT(event, Contains(" ref.stay=2299999004:2026:70000"));
  CHECK(rig.events(file(out())).size() == 1);  // no admission is made up
}

TEST_CASE("paths and wards are text, and the order of elements means nothing", "[nzok-cpfile]") {
  CpFile rig;
  const std::string event = rig.events(file(in())).at(0);
  CHECK_THAT(event, Contains(" code.kp=4.1 ") && Contains(" nzok-cpfile.ward=1.10"));
  std::string moved = replaced(in(), "<clinicalPath>4.1</clinicalPath>", "");
  moved = replaced(moved, "<In>", "<In><clinicalPath>4.1</clinicalPath>");
  CHECK(rig.events(file(moved)).at(0) == event);
}

TEST_CASE("the codes of a discharge are those of its end", "[nzok-cpfile]") {
  const std::string event =
      CpFile()
          .events(file(out(
              "<clinicalPath>1</clinicalPath><outAPr>19</outAPr><outMainDiag><primary>I10</primary><secondary>Е11.9</"
              "secondary>"
              "</outMainDiag><outDiags><primary>J18.0</primary></outDiags><outDiags><primary>J19</primary></outDiags>"
              "<Procedures><code>89.52</code><ACHIcode>11700-00</ACHIcode></Procedures><UsedDrug><code>CF999</code></"
              "UsedDrug>")))
          .at(0);
  CHECK_THAT(event, Contains(" code.apr=19 code.icd10=I10 code.icd10=E11.9 code.icd10=J18.0 code.icd10=J19 "
                             "code.ksmp=89.52 code.achi=11700-00 code.nzok-drug=CF999 ref.stay"));
  CHECK_THAT(event, Contains("nzok-cpfile.warning=cyrillic-diagnosis-letter"));
  CHECK_THAT(event, !Contains("code.kp"));
}

TEST_CASE("a death is told to the hub, whatever the type of discharge", "[nzok-cpfile]") {
  CpFile rig;
  CHECK_THAT(rig.events(file(out("<dead><primary>I50.0</primary></dead><outType>1</outType>"))).at(0),
             Contains("subject.deceased=1"));
  CHECK_THAT(rig.events(file(out("<dead> </dead>"))).at(0),
             !Contains("deceased") && Contains("nzok-cpfile.warning=empty-dead"));
  CHECK_THAT(rig.events(file(out())).at(0), !Contains("dead") && !Contains("deceased"));
}

TEST_CASE("leaving against advice, and who pays, are told", "[nzok-cpfile]") {
  const std::string event = CpFile()
                                .events(file(out("<resign><OutRefuse>1</OutRefuse><Notes>СКРИТО</Notes></resign>"
                                                 "<NZOKPay>0</NZOKPay><bedDays>200</bedDays>")))
                                .at(0);
  CHECK_THAT(event, Contains("payer=other payment=reported") && Contains("nzok-cpfile.resigned=1") &&
                        Contains("nzok-cpfile.bed-days=200"));
  CHECK_THAT(event, Contains("hospital.discharge new") && !Contains("СКРИТО"));
  CHECK_THAT(CpFile().events(file(in(kPerson, "<NZOKPay>1</NZOKPay>"))).at(0), Contains("payer=nzok payment=reported"));
}

TEST_CASE("plans, protocols and transfers are no events", "[nzok-cpfile]") {
  CHECK(CpFile()
            .events(file("<Planned>" + kPerson + "<plannedNo>15</plannedNo></Planned><Protocol_DrugTherapy>" + kPerson +
                         "</Protocol_DrugTherapy><PatientTransfers><In/><Transfer><IZNo>1</IZNo></Transfer>"
                         "</PatientTransfers><Drug_Packs/>"))
            .empty());
  CHECK_THAT(CpFile().events(file(in(kPerson, "<plannedNo>15</plannedNo>"))).at(0),
             Contains("nzok-cpfile.planned-number=15"));
}

TEST_CASE("the person is the first number that is filled, of its declared kind", "[nzok-cpfile]") {
  const auto of = [](const std::string& numbers, const std::string& rest = "") {
    const auto parsed = CpFile().parse(file(in("<Patient>" + numbers + "</Patient>", rest)));
    REQUIRE(parsed.ok());
    if (parsed.events.empty() && parsed.quarantined.empty()) return std::string("nobody");
    return parsed.events.empty() ? parsed.quarantined[0]
                                 : parsed.events[0].substr(32, parsed.events[0].find(" 2026") - 32);
  };
  CHECK(of("<EGN/><LNCH>1000009990</LNCH>") == "lnch:1000009990");
  CHECK(of("<SS_No>9990000011</SS_No>") == "nap:9990000011");
  CHECK(of("<EHIC_No>80100</EHIC_No><PersID_No>P1</PersID_No>") == "ehic:80100");
  CHECK(of("<PersID_No>P1</PersID_No>") == "ehic:P1");
  CHECK(of("<EGN>1000009990</EGN>") == "2:14 EGN: its check digit is wrong");
  CHECK(of("<LNCH>9932319981</LNCH>") == "2:14 LNCH: its check digit is wrong");
  CHECK(of("<Sex>1</Sex>") == "2:5 Patient: names nobody: no EGN, LNCH, SS_No, EHIC_No or PersID_No");
  CHECK(of("<Sex>1</Sex>", "<ageInDays>2</ageInDays><motherIZYear>2026</motherIZYear><motherIZNo>12</motherIZNo>") ==
        "nobody");
  CHECK(of("<EGN>9932319981</EGN>", "<motherIZNo>12</motherIZNo>") == "egn:9932319981");
  CHECK(of("<EGN>9932319981</EGN><EGN>9622299980</EGN>") == "2:35 EGN: stands twice");
  CHECK(of("<EGN>9932319981</EGN><dateBirth>2027-01-01</dateBirth>") == "2:35 dateBirth: lies in the future");
}

TEST_CASE("bad stays go to quarantine, their neighbours pass", "[nzok-cpfile]") {
  const auto why = [](const std::string& bad) {
    const auto parsed = CpFile().parse(file(in() + bad + out()));
    REQUIRE(parsed.ok());
    CHECK(parsed.events.size() == 2);
    REQUIRE(parsed.bytes.size() == 1);
    CHECK(parsed.bytes[0] + "\n" == bad);
    return parsed.quarantined[0].substr(parsed.quarantined[0].find(' ') + 1);
  };
  CHECK(why(replaced(in(), "<IZNo>70000</IZNo>", "")) == "IZNo: is missing or empty");
  CHECK(why(replaced(in(), "70000", "7-1")) == "IZNo: is not a number of at most 10 digits");
  CHECK(why(replaced(in(), "<IZYear>2026", "<IZYear>26")) == "IZYear: is not a year of four digits");
  CHECK(why(replaced(in(), "2026-10-08T23:59:59", "08.10.2026")) ==
        "entryDate: is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss");
  CHECK(why(replaced(in(), "2026-10-08T23:59:59", "2026-10-08T24:59:59")) ==
        "entryDate: is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss");
  CHECK(why(replaced(in(), "2026-10-08T23", "2026-12-08T23")) == "entryDate: lies in the future");
  CHECK(why(replaced(out(), "2026-10-12T00", "2026-10-07T00")) == "outDate: lies before entryDate");
  CHECK(why(replaced(out(), "<outDate>2026-10-12T00:10:00</outDate>", "")) == "outDate: is missing or empty");
  CHECK(why(replaced(in(), "2299000044", "9999000044")) == "uin: is not a practitioner's number");
  CHECK(why(replaced(in(), ">4.1<", ">четири<")) == "clinicalPath: holds Cyrillic or other letters beyond A to Z");
  std::string drugs;
  for (int i = 0; i < 801; ++i) drugs += "<UsedDrug><code>C1</code></UsedDrug>";
  CHECK(why(out(drugs)) == "Out: holds more than 800 codes");
}

TEST_CASE("an instant may have a fraction, and no zone", "[nzok-cpfile]") {
  CHECK(CpFile().events(file(replaced(in(), "23:59:59", "23:59:59.123"))).size() == 1);
  CHECK(CpFile().events(file(replaced(in(), "T23:59:59", ""))).size() == 1);
  CHECK(CpFile().quarantined(file(replaced(in(), "23:59:59", "23:59:59Z"))).size() == 1);
}

TEST_CASE("names of persons and narrative leave no trace, free text stays on one line", "[nzok-cpfile]") {
  const std::string event =
      CpFile()
          .events(replaced(file(out("<epicrisis><history>СКРИТО</history></"
                                    "epicrisis><outMedicalWard>а&#10;б&#9;в&#x7F;г&#x202E;д</outMedicalWard>")),
                           "МБАЛ", "а&#9;б&#10;в&#x85;г&#x7F;д"))
          .at(0);
  CHECK_THAT(event, !Contains("СКРИТО") && Contains("facility.name=а б в гд ") && Contains("nzok-cpfile.ward=а б вгд"));
}
