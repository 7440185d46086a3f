// What nzok-clpr makes of a hospital's file of procedures, good and bad.
#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;

struct Clpr : ReaderRig {
  Clpr() : ReaderRig(VESTITEL_READER) {}
};

std::string file(const std::string& records) {
  return "<HOSP_Practice><PracticeCode>2201999004</PracticeCode><PracticeName>МБАЛ</PracticeName>"
         "<DateFrom>2026-10-12</DateFrom><DateTo>2026-10-12</DateTo>\n" +
         records + "</HOSP_Practice>";
}

const std::string kPerson = "<Patient><EGN>9932319981</EGN><Given>СКРИТО</Given></Patient>";

std::string proc(const std::string& rest = "", const std::string& path = "<APr_Priem>19</APr_Priem>") {
  return "<Napr_Proc>" + kPerson + path +
         "<IZNum_Child>70000</IZNum_Child><IZYear_Child>2026</IZYear_Child>"
         "<UIN_PriemDoc>2299000055</UIN_PriemDoc><Date_Proc_Begin>2026-10-12T08:00:00</Date_Proc_Begin>" +
         rest + "</Napr_Proc>\n";
}

std::string observed(const std::string& rest = "") {
  return "<Disp_Observ>" + kPerson +
         "<Doctor><UIN_Doc>2299000066</UIN_Doc><Name_Doc>Пример</Name_Doc><CodeSpec>08</CodeSpec>"
         "</Doctor><Disp_Num>12</Disp_Num><Disp_Date>2026-10-11</Disp_Date><APr_Code>6</APr_Code>" +
         rest + "</Disp_Observ>\n";
}

std::string commission() {
  return "<APr_Commission>" + kPerson +
         "<APr_Priem>38</APr_Priem><No_Decision>7-1</No_Decision><date_Decision>2026-10-10"
         "</date_Decision><Chairman><Spec>12</Spec><UIN>2299000077</UIN><DoctorName>Пример</DoctorName></Chairman>"
         "<Members><UIN>2299000011</UIN></Members><MainDiag><MKB>C50.0</MKB></MainDiag></APr_Commission>\n";
}

std::string why(const std::string& bad) {
  const auto parsed = Clpr().parse(file(proc() + bad + observed()));
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 2);
  REQUIRE(parsed.bytes.size() == 1);
  CHECK(parsed.bytes[0] + "\n" == bad);
  return parsed.quarantined[0].substr(parsed.quarantined[0].find(' ') + 1);
}

}  // namespace

TEST_CASE("the samples give the expected events", "[nzok-clpr]") {
  for (const std::string name : {"nhif_clpr_hosp_practice", "cases"}) {
    CAPTURE(name);
    CHECK(Clpr().events(data_file(kSamples + name + ".xml")) == lines_of(kSamples + name + ".events"));
  }
}

TEST_CASE("corner cases are read as the golden file says", "[nzok-clpr]") {
  Clpr rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing to a file of procedures", "[nzok-clpr]") {
  Clpr rig;
  check_any_cut(rig, data_file(kSamples + "nhif_clpr_hosp_practice.xml"));
  check_any_cut(rig, file(proc() + proc("", "") + observed() + commission()));
}

TEST_CASE("a file of procedures that is cut off or hostile is refused", "[nzok-clpr]") {
  Clpr rig;
  check_hostile_xml(rig, "HOSP_Practice");
  check_cut_off(rig, file(proc()), "</HOSP_Practice>");
  CHECK_THAT(rig.parse("<HOSP_Practice/>").message, Contains("PracticeCode: is missing, or not a facility's number"));
  CHECK_THAT(rig.parse(replaced(file(""), "<DateTo>2026-10-12", "<DateTo>12.10.2026")).message,
             Contains("DateTo: is not a day"));
  CHECK_THAT(rig.parse(file(proc() + "<PracticeName/>")).message,
             Contains("PracticeName: stands after the first record"));
}

TEST_CASE("each kind of record has its own key", "[nzok-clpr]") {
  const Lines events = Clpr().events(file(proc() + observed() + commission() + proc("", "<CPr_Priem>4.1</CPr_Priem>")));
  REQUIRE(events.size() == 4);
  CHECK_THAT(events[0],
             Contains("activity.procedure new egn:9932319981 2026-10-12 key=2201999004:proc:2026|70000:apr:19 "
                      "number=70000/2026 facility=2201999004 practitioner=2299000055"));
  CHECK_THAT(events[1],
             Contains("egn:9932319981 2026-10-11 key=2201999004:disp:2026-10|2026-10-11:12:2299000066 number=12 "));
  CHECK_THAT(events[1], Contains("practitioner.specialty=08 code.apr=6 ") && Contains("nzok-clpr.kind=dispensary"));
  CHECK_THAT(events[2], Contains("egn:9932319981 2026-10-10 key=2201999004:comm:2026-10|2026-10-10:7-1 number=7-1 "));
  CHECK_THAT(events[2], Contains("practitioner=2299000077") && Contains("code.apr=38 code.icd10=C50.0 ") &&
                            Contains("nzok-clpr.kind=commission"));
  CHECK_THAT(events[3], Contains("|70000:kpr:4.1 ") && Contains(" code.kpr=4.1"));
}

TEST_CASE("requests, protocols, stocks and transfers are no events", "[nzok-clpr]") {
  CHECK(Clpr()
            .events(file("<In_Clin_Proc>" + kPerson + "<APr_Priem>19</APr_Priem></In_Clin_Proc><Protocol_DrugTherapy>" +
                         kPerson +
                         "</Protocol_DrugTherapy><PatientTransfers><Napr_Proc/></PatientTransfers><Drug_Residues/>"))
            .empty());
  CHECK(Clpr().events(file("")).empty());
}

TEST_CASE("a refused procedure is no activity: it takes back what was told under its key", "[nzok-clpr]") {
  Clpr rig;
  const std::string told = rig.events(file(proc())).at(0);
  const std::string refused = rig.events(file(proc("<Proc_Refuse>1</Proc_Refuse>"))).at(0);
  CHECK(refused == replaced(told, "procedure new", "procedure annulled"));
  CHECK(rig.events(file(proc("<Proc_Refuse/>"))).at(0) == told);
  CHECK(rig.events(file(proc("<Proc_Refuse>0</Proc_Refuse>"))).at(0) == told);
  const std::string undated =
      replaced(proc("<Proc_Refuse>1</Proc_Refuse>"), "<Date_Proc_Begin>2026-10-12T08:00:00</Date_Proc_Begin>", "");
  CHECK(rig.events(file(undated)).empty());
  CHECK_THAT(
      rig.events(file(replaced(undated, "<Proc_Refuse>", "<Date_Send>2026-10-09</Date_Send><Proc_Refuse>"))).at(0),
      Contains("annulled egn:9932319981 2026-10-09 "));
  CHECK(why(proc("<Proc_Refuse>2</Proc_Refuse>")) == "Proc_Refuse: is neither yes nor no");
}

TEST_CASE("a course over several days is one event, on its first day", "[nzok-clpr]") {
  const std::string event =
      Clpr()
          .events(file(replaced(
              proc("<Done_New_Proc><Code_Proc>13.41</Code_Proc><Date_Proc>2026-10-13</Date_Proc></"
                   "Done_New_Proc><Done_New_Proc><Code_Proc>13.42"
                   "</Code_Proc><Date_Proc>2026-10-12</Date_Proc><ACHIcode>42698-00</ACHIcode></Done_New_Proc>"),
              "<Date_Proc_Begin>2026-10-12T08:00:00</Date_Proc_Begin>", "")))
          .at(0);
  CHECK_THAT(event, Contains(" 2026-10-12 key=") && Contains("code.ksmp=13.41 code.ksmp=13.42 code.achi=42698-00"));
}

TEST_CASE("diagnoses, drugs and tests come with their names", "[nzok-clpr]") {
  Clpr rig;
  const std::string event =
      rig
          .events(file(
              proc("<MainDiag1><imeMD>Катаракта</imeMD><MKB>Н25.1</MKB></MainDiag1><MainDiag2><MKB>I10</"
                   "MKB><imeLinkD>Друга</imeLinkD>"
                   "<MKBLinkD>E11</MKBLinkD></MainDiag2><Procedure><imeP>Преглед</imeP><kodP>89.03</kodP></"
                   "Procedure><Used_Drug>"
                   "<Drug_Code>CF999</Drug_Code><Drug_Name>Примерол&#10;10</Drug_Name></Used_Drug><NZOKPay>0</NZOKPay>"
                   "<ceasedProc><code>1</code></ceasedProc>")))
          .at(0);
  CHECK_THAT(event,
             Contains("code.icd10=H25.1 code.icd10.text=Катаракта code.icd10=I10 code.icd10=E11 code.icd10.text=Друга "
                      "code.ksmp=89.03 code.ksmp.text=Преглед code.nzok-drug=CF999 code.nzok-drug.text=Примерол 10 "
                      "payer=other payment=reported"));
  CHECK_THAT(event, Contains("nzok-clpr.ceased=1 nzok-clpr.warning=cyrillic-diagnosis-letter") && !Contains("СКРИТО"));
  CHECK_THAT(rig.events(file(observed(
                            "<VSD><imeVSD>Ехо</imeVSD><kodVSD>10.1</kodVSD></VSD><MDI><kodMDI>01.01</kodMDI></MDI>")))
                 .at(0),
             Contains("code.nzok-vsd=10.1 code.nzok-vsd.text=Ехо code.nzok-mdd=01.01"));
}

TEST_CASE("bad procedures go to quarantine, their neighbours pass", "[nzok-clpr]") {
  CHECK(why(proc("", "")) == "CPr_Priem: is missing, and so is APr_Priem");
  CHECK(why(proc("", "<CPr_Priem>1</CPr_Priem><APr_Priem>19</APr_Priem>")) == "CPr_Priem: stands beside APr_Priem");
  CHECK(why(replaced(proc(), "70000", "7а")) == "IZNum_Child: is not a number of at most 10 digits");
  CHECK(why(replaced(proc(), ">2026<", ">26<")) == "IZYear_Child: is not a year of four digits");
  CHECK(why(replaced(proc(), kPerson, "")) == "Patient: names nobody: no EGN, LNCH, SS_No, EHIC_No or PersID_No");
  CHECK(why(replaced(proc(), "9932319981", "9932319982")) == "EGN: its check digit is wrong");
  CHECK(why(replaced(proc(), "2026-10-12T08:00:00", "2026-02-30")) ==
        "Date_Proc_Begin: is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss");
  CHECK(why(replaced(proc(), "2026-10-12T08:00:00", "")) == "Date_Proc_Begin: is missing or empty");
  CHECK(why(proc("<Date_Proc_End>2026-10-11T08:00:00</Date_Proc_End>")) ==
        "Date_Proc_End: lies before Date_Proc_Begin");
  CHECK(why(replaced(proc(), "2299000055", "55")) == "UIN_PriemDoc: is not a practitioner's number");
  CHECK(why(replaced(observed(), "<Disp_Num>12</Disp_Num>", "")) == "Disp_Num: is missing or empty");
  CHECK(why(replaced(observed(), "<UIN_Doc>2299000066</UIN_Doc>", "")) == "UIN_Doc: is missing or empty");
  CHECK(why(replaced(commission(), "2026-10-10", "2027-10-10")) == "date_Decision: lies in the future");
  std::string drugs;
  for (int i = 0; i < 401; ++i) drugs += "<Used_Drug><Drug_Code>C1</Drug_Code></Used_Drug>";
  CHECK(why(proc(drugs)) == "record: holds more than 400 codes");
}
