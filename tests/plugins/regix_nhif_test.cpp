// What regix-nhif makes of answers of RegiX, good and bad.
#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;
const std::string kResponse = "http://egov.bg/RegiX/NHIF/Response", kCommon = "http://egov.bg/RegiX/NHIF/NHIFCommon";

struct Regix : ReaderRig {
  explicit Regix(const std::string& settings = "{}", const std::string& key = "kit-secret-person_key")
      : ReaderRig(VESTITEL_READER, settings, {{"person_key", key}}) {}
};

std::string answer(const std::string& name, const std::string& list, const std::string& rows) {
  return "<" + name + " xmlns='" + kResponse + "' xmlns:c='" + kCommon + "'><" + list + ">\n" + rows + "</" + list +
         "></" + name + ">";
}

const std::string kPerson = "<PatientIdentificator>9932319981</PatientIdentificator>";
const std::string kMsp = "<MSP><c:MSPCode>2201999004</c:MSPCode><c:MSPName>МБАЛ</c:MSPName></MSP>";

std::string dental(const std::string& tooth, const std::string& price, const std::string& day = "2026-10-08") {
  return "<PatientRecordDental>" + kPerson + kMsp +
         "<AmbulatoryListNumber>26281D0000C3</AmbulatoryListNumber><DentalActivity><ActivityDate>" + day +
         "</ActivityDate><DentalActivityCode>301</DentalActivityCode></DentalActivity><ToothCode>" + tooth +
         "</ToothCode><Price>" + price + "</Price></PatientRecordDental>\n";
}
std::string dentals(const std::string& rows) {
  return answer("PatientRecordDentalResponse", "PatientRecordDentals", rows);
}

std::string stay(const std::string& to, const std::string& path = "29") {
  return "<PatientRecordHospitalization>" + kPerson + kMsp + "<ClinicalPath><c:ClinicalPathCode>" + path +
         "</c:ClinicalPathCode></ClinicalPath><ICD/><DateFrom>08.10.2026</DateFrom><DateTo>" + to +
         "</DateTo></PatientRecordHospitalization>\n";
}
std::string stays(const std::string& rows) {
  return answer("PatientRecordHospitalizationsResponse", "PatientRecordHospitalizations", rows);
}

std::string key_of(const std::string& event) {
  const std::size_t from = event.find("key=");
  return event.substr(from, event.find(' ', from) - from);
}

}  // namespace

TEST_CASE("the samples give the expected events", "[regix-nhif]") {
  for (const std::string name : {"cases", "regix_ReportExamsResponse", "regix_PatientRecordLaboratoryResponse",
                                 "regix_PatientRecordHospitalizationsResponse", "regix_PatientRecordDentalResponse",
                                 "regix_PatientRecordMedicalTreatmentsResponse"}) {
    CAPTURE(name);
    const Lines expected = lines_of(kSamples + name + ".events");  // the last line is the claim of completeness
    const auto parsed = Regix().parse(data_file(kSamples + name + ".xml"));
    REQUIRE(parsed.completed.size() == 1);
    Lines found = parsed.events;
    found.push_back("complete " + parsed.completed[0]);
    CHECK(found == expected);
  }
}

TEST_CASE("corner cases are read as the golden file says", "[regix-nhif]") {
  Regix rig;
  for (const std::string name : {"corners_dental", "corners_stays"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing to an answer", "[regix-nhif]") {
  Regix rig;
  check_any_cut(rig, data_file(kSamples + "cases.xml"));
  check_any_cut(rig, dentals(dental("16", "1") + dental("17", "x") + dental("18", "2")));
}

TEST_CASE("an answer that is cut off, hostile or none is refused", "[regix-nhif]") {
  Regix rig;
  check_cut_off(rig, stays(stay("")), "</PatientRecordHospitalizationsResponse>");
  const auto why = [&](const std::string& bytes) { return rig.parse(bytes).message; };
  CHECK_THAT(why("<!DOCTYPE a [<!ENTITY a 'b'>]>" + stays("")), Contains("has a DOCTYPE"));
  CHECK_THAT(why("<other/>"), Contains("the root is not of this format"));
  CHECK_THAT(why(replaced(stays(""), kResponse, "urn:other")), Contains("stands in another namespace, or in none"));
  const std::string soap = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>";
  CHECK_THAT(why(soap + "<s:Fault><faultcode>1</faultcode></s:Fault></s:Body></s:Envelope>"),
             Contains("Fault: is an error of the service, and no answer"));
  CHECK_THAT(why(soap + "</s:Body></s:Envelope>"), Contains("holds none of the eight answers"));
  CHECK_THAT(why(soap + stays("") + dentals("") + "</s:Body></s:Envelope>"), Contains("holds more than one answer"));
}

TEST_CASE("a missing list, an empty one and the medicines of stays give no event and claim nothing", "[regix-nhif]") {
  for (const std::string& bytes :
       {stays(""), "<ReportExamsResponse xmlns='" + kResponse + "'/>",
        answer("PatientRecordDrugsByHospitalizationsResponse", "PatientRecordDrugsByHospitalizations",
               "<PatientRecordDrugsByHospitalization/>"),
        answer("PatientRecordDrugsbyClinicalProceduresResponse", "PatientRecordDrugsbyClinicalProcedures",
               "<PatientRecordDrugsbyClinicalProcedure/>")}) {
    const auto parsed = Regix().parse(bytes);
    CHECK(parsed.ok());
    CHECK(parsed.events.empty());
    CHECK(parsed.completed.empty());
  }
}

TEST_CASE("namespaces count, and not their prefixes", "[regix-nhif]") {
  Regix rig;
  const std::string plain = rig.events(stays(stay("12.10.2026"))).at(0);
  std::string declared = stays(stay("12.10.2026"));
  for (const std::string name : {"MSPCode", "MSPName", "ClinicalPathCode"}) {
    declared = replaced(declared, "<c:" + name + ">", "<" + name + " xmlns='" + kCommon + "'>");
    declared = replaced(declared, "</c:" + name + ">", "</" + name + ">");
  }
  CHECK(rig.events(declared).at(0) == plain);
  CHECK(rig.quarantined(replaced(stays(stay("12.10.2026")), kCommon, "urn:other")).size() == 1);
}

TEST_CASE("the rows of a sheet are one event in any order, with their sum", "[regix-nhif]") {
  Regix rig;
  const std::string one =
      rig.events(dentals(dental("16", "1,20", "2026-10-09") + dental("17", "0.805") + dental("18", ""))).at(0);
  CHECK_THAT(one, Contains("activity.dental new egn:9932319981 2026-10-08 ") &&
                      Contains("|2201999004:26281D0000C3 number=26281D0000C3"));
  CHECK_THAT(one, Contains("code.tooth=17 ") && Contains("code.tooth=16 ") && Contains("code.tooth=18 "));
  CHECK_THAT(one, Contains("payer=nzok amount=2.005 currency=EUR"));
  const std::string other =
      rig.events(dentals(dental("18", "") + dental("17", "0.805") + dental("16", "1,20", "2026-10-09"))).at(0);
  const auto without_place = [](std::string event) {
    return event.erase(event.find(" @"), event.find(" facility.name") - event.find(" @"));
  };
  CHECK(without_place(other) == without_place(one));
}

TEST_CASE("a stay without an end is an admission under a list of its own, then a discharge", "[regix-nhif]") {
  Regix rig;
  const auto admitted = rig.parse(stays(stay("")));
  REQUIRE(admitted.events.size() == 1);
  CHECK_THAT(admitted.events[0], Contains("activity.hospital.admission new egn:9932319981 2026-10-08 key=admissions:"));
  CHECK(admitted.completed.empty());
  const auto left = rig.parse(stays(stay("12.10.2026")));
  CHECK_THAT(left.events.at(0), Contains("activity.hospital.discharge new egn:9932319981 2026-10-12 key=discharges:") &&
                                    Contains("regix-nhif.entry-date=2026-10-08"));
  CHECK(left.completed.size() == 1);
  CHECK_THAT(rig.quarantined(stays(stay("07.10.2026"))).at(0), Contains("DateTo: lies before DateFrom"));
}

TEST_CASE("an event that cannot hold its rows refuses the answer", "[regix-nhif]") {
  std::string rows;
  for (int i = 0; i < 150; ++i) rows += dental("16", "1");
  CHECK(Regix().events(dentals(rows)).size() == 1);
  CHECK_THAT(Regix().parse(dentals(rows + dental("16", "1"))).message,
             Contains("holds more rows of one record than an event can"));
}

TEST_CASE("equal rows are both real", "[regix-nhif]") {
  const Lines events = Regix().events(stays(stay("12.10.2026") + stay("12.10.2026")));
  REQUIRE(events.size() == 2);
  CHECK_THAT(key_of(events[1]), Contains(key_of(events[0]) + "#2"));
}

TEST_CASE("keys keep persons apart and name nobody", "[regix-nhif]") {
  const std::string first = key_of(Regix().events(stays(stay(""))).at(0));
  std::string other = stays(stay(""));
  other = replaced(other, "9932319981", "9622299980");
  CHECK(key_of(Regix().events(other).at(0)) != first);
  CHECK(key_of(Regix("{}", "another-secret-of-the-hub").events(stays(stay(""))).at(0)) != first);
  CHECK(key_of(Regix().events(stays(stay(""))).at(0)) == first);
  CHECK_THAT(first, !Contains("9932319981"));
}

TEST_CASE("without a key, or with a short one, it does not start", "[regix-nhif]") {
  for (const std::string& key : {std::string(), std::string("short")}) {
    FakeHost host(load(VESTITEL_READER));
    host.secrets = {{"person_key", key}};
    const auto outcome = host.begin("{}");
    CHECK_FALSE(outcome.ok());
    CHECK(outcome.field_path == "/person_key");
  }
}

TEST_CASE("the kind of number is that of the request, else of the settings", "[regix-nhif]") {
  std::string foreign = stays(stay(""));
  foreign = replaced(foreign, "9932319981", "1000009990");
  CHECK_THAT(Regix(R"({"identifier_type":"lnch"})").events(foreign).at(0), Contains(" lnch:1000009990 "));
  CHECK_THAT(Regix().quarantined(foreign).at(0), Contains("PatientIdentificator: its check digit is wrong"));
  const std::string cases = data_file(kSamples + "cases.xml");
  CHECK_THAT(Regix().events(cases).at(0), Contains(" lnch:1000009990 "));
  CHECK_THAT(Regix().parse(replaced(cases, ">LNCh<", ">UIC<")).message,
             Contains("IdentifierType: is neither EGN nor LNCh"));
}

TEST_CASE("an answer on somebody else is refused", "[regix-nhif]") {
  const std::string cases = data_file(kSamples + "cases.xml");
  CHECK_THAT(Regix().parse(replaced(cases, "<q:Identifier>1000009990", "<q:Identifier>1001239981")).message,
             Contains("PatientIdentificator: is another person's than was asked for"));
  std::string second = stay("");
  second = replaced(second, "9932319981", "9622299980");
  CHECK_THAT(Regix().parse(stays(stay("") + second)).message, Contains("is another person's than was asked for"));
}

TEST_CASE("misspelt names are those of the schema, the right spelling is unknown", "[regix-nhif]") {
  Regix rig;
  const std::string sample = data_file(kSamples + "regix_PatientRecordMedicalTreatmentsResponse.xml");
  CHECK_THAT(rig.events(sample).at(0), Contains("ref.prescription=26279P0000D1"));
  std::string right = replaced(sample, "<PresctiptionNumber>", "<PrescriptionNumber>");
  right = replaced(right, "</PresctiptionNumber>", "</PrescriptionNumber>");
  rig.host.logs.clear();
  CHECK_THAT(rig.events(right).at(0), !Contains("ref.prescription"));
  CHECK_THAT(rig.host.logs.at(0), Contains("unknown_elements=1"));
}

TEST_CASE("days and prices are read in the forms that are known, and no other", "[regix-nhif]") {
  Regix rig;
  for (const std::string day :
       {"2026-10-08", "2026-10-08T10:00:00", "08.10.2026", "08.10.2026 г.", "08.10.2026г.", "08.10.2026 10:00:00"}) {
    CAPTURE(day);
    CHECK_THAT(rig.events(dentals(dental("16", "", day))).at(0), Contains(" 2026-10-08 "));
  }
  for (const std::string day : {"8.10.2026", "2026-02-30", "08/10/2026", "2026-10-08 10:00:00", "08.10.2026T10:00:00",
                                "2026-10-08T25:00:00", "вчера"}) {
    CAPTURE(day);
    CHECK_THAT(rig.quarantined(dentals(dental("16", "", day))).at(0),
               Contains("ActivityDate: is no day in one of the forms"));
  }
  CHECK_THAT(rig.quarantined(dentals(dental("16", "", "2027-10-08"))).at(0),
             Contains("ActivityDate: lies in the future"));
  CHECK_THAT(rig.events(dentals(dental("16", "1,00"))).at(0), Contains("amount=1.00 currency=EUR"));
  CHECK_THAT(rig.events(dentals(dental("16", "0.00", "31.12.2025"))).at(0), Contains("amount=0.00 currency=BGN"));
  CHECK_THAT(rig.events(dentals(dental("16", ""))).at(0), !Contains("amount"));
  for (const std::string price : {"-1", "1.", ".5", "1,000.00", "1 лв", "1.0000000", "1234567890"}) {
    CAPTURE(price);
    CHECK_THAT(rig.quarantined(dentals(dental("16", price))).at(0), Contains("Price: is no amount"));
  }
}

TEST_CASE("completeness is claimed for what was read whole, unless it is switched off", "[regix-nhif]") {
  const std::string good = dentals(dental("16", "1"));
  const auto claimed = Regix().parse(good).completed;
  REQUIRE(claimed.size() == 1);
  CHECK_THAT(key_of(Regix().events(good).at(0)), Contains("key=" + claimed[0] + "|"));
  CHECK(Regix().parse(dentals(dental("16", "1") + dental("17", "x"))).completed.empty());
  CHECK(Regix(R"({"full_snapshots":false})").parse(good).completed.empty());
}

TEST_CASE("free text of an answer stays on one line", "[regix-nhif]") {
  CHECK_THAT(Regix().events(replaced(stays(stay("")), ">МБАЛ<", ">а&#9;б&#10;в&#x85;г&#x7F;д&#x202E;е<")).at(0),
             Contains("facility.name=а б в где "));
}
