// What each kind of record gives, field by field, and what makes of it a record in quarantine.
#include "tests/plugins/nhis/nhis_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

std::string event_of(const std::vector<Message>& messages) {
  const auto parsed = read(messages);
  CHECK(parsed.quarantined == TextLines{});
  REQUIRE(parsed.events.size() == 1);
  const std::string& event = parsed.events[0];
  const std::size_t at = event.find(" reported=");  // when, and where it stands, are other tests'
  return event.substr(0, at) + event.substr(event.find(' ', event.find(" @", at) + 1));
}

std::string record(const std::string& name, const std::string& inside) {
  return "<n:" + name + ">" + inside + "</n:" + name + ">";
}

const std::string kWho = " egn:9622299980 2026-10-06 key=2203999001|";
const std::string kWhere = " facility=2203999001 practitioner=2299000011";
const std::string kBy = " facility.region=22 practitioner.specialty=08";

Message referral(const std::string& inside = {}) {
  return {"R001", record("referral", leaf("lrn", kLocal) + leaf("authoredOn", "2026-10-06") + leaf("category", "R2") +
                                         leaf("financingSource", "2") + inside) +
                      kSubject + performer("requester")};
}
Message referred(const std::string& status = "1") {
  return {"R002", answer("nrnReferral", "26276B0000B2", kLocal, status), "07:00:01Z"};
}
std::vector<Message> referral_with(const std::string& from, const std::string& to) {
  Message message = referral(diagnosis("I10"));
  message.contents = replaced(message.contents, from, to);
  return {message, referred()};
}

Message fetched(const std::string& type, const std::string& results, const std::string& found = "1") {
  return {type, leaf("foundNumber", found) + results};
}
std::string stay(const std::string& status, const std::string& inside = {}) {
  return record("results", record("hospitalization", leaf("nrnHospitalization", "26285H0000E1") +
                                                         leaf("status", status) + leaf("practiceNumber", "2201999004") +
                                                         leaf("admissionDate", "2026-10-01T06:00:00Z") +
                                                         leaf("clinicalPathway", "29") + inside) +
                               kSubject);
}
const std::string kDischarge = leaf("dischargeDate", "2026-10-04T22:30:00Z") + leaf("dischargeClinicalPathway", "29.2");

}  // namespace

TEST_CASE("a referral", "[nhis]") {
  const std::string inside = leaf("basedOn", "26275A0000A9") + diagnosis("I10") +
                             record("consultation", "<n:qualification value=\"1008\" nhifCode=\"08\"/>") +
                             record("laboratory", leaf("code", "01-001")) +
                             record("laboratory", leaf("code", "01-002")) +
                             record("hospitalization", leaf("clinicalPathway", "4.1"));
  CHECK(event_of({referral(inside), referred()}) ==
        "document.referral new" + kWho + "referral:26276B0000B2 number=26276B0000B2" + kWhere + kBy +
            " code.icd10=I10 code.nhis-activity=01-001 code.nhis-activity=01-002 code.kp=4.1 nhis.referred-to=08 "
            "ref.based-on=26275A0000A9 nhis.category=R2 payer=nzok payment=reported nhis.financing-source=2");
  const Message cancel = {"R007", leaf("nrnReferral", "26276B0000B2"), "08:00:00Z"};
  const Message done = {"R008", answer("nrnReferral", "26276B0000B2", "", "4"), "08:00:01Z"};
  CHECK(holds(event_of({referral(), referred(), cancel, done}), "document.referral annulled"));
}

TEST_CASE("a prescription, and what a pharmacy gave on it", "[nhis]") {
  const std::string medication = record(
      "group", record("medication", "<n:medicationCode value=\"9999\" name=\"ПРИМЕРОЛ\n10 mg\"/>" +
                                        leaf("nhifCode", "AB123") + leaf("mkb", "I10") + leaf("note", "Скрито")) +
                   record("medication", "<n:medicationCode value=\"9998\"/>"));
  const Message issue = {
      "P001", record("prescription", leaf("lrn", kLocal) + leaf("authoredOn", "2026-10-06") + leaf("category", "T1") +
                                         leaf("financingSource", "4") + medication) +
                  kSubject + performer("requester")};
  const Message issued = {"P002", answer("nrnPrescription", "26279P0000D1", kLocal, "1"), "07:00:01Z"};
  const std::string told = "rx:26279P0000D1 number=26279P0000D1" + kWhere + kBy +
                           " code.nhis-drug=9999 code.nhis-drug.text=ПРИМЕРОЛ 10 mg code.nzok-drug=AB123 "
                           "code.icd10=I10 code.nhis-drug=9998 nhis.category=T1 payer=other payment=reported "
                           "nhis.financing-source=4";
  CHECK(event_of({issue, issued}) == "document.prescription new" + kWho + told);

  const auto taken_back = [&](const std::string& status) {
    return event_of({issue,
                     issued,
                     {"P007", leaf("nrnPrescription", "26279P0000D1"), "08:00:00Z"},
                     {"P008", answer("nrnPrescription", "26279P0000D1", "", status), "08:00:01Z"}});
  };
  CHECK(holds(taken_back("5"), "document.prescription annulled"));
  CHECK(holds(taken_back("6"), "document.prescription corrected"));
  CHECK(holds(taken_back("6"), "nhis.cancelled=partly"));

  const auto given = [&](const std::string& status, const std::string& more = {}) {
    return fetched("P014", record("results", record("prescription",
                                                    leaf("nrnPrescription", "26279P0000D1") + leaf("status", status)) +
                                                 more));
  };
  const auto both = read({issue, issued, given("3")});
  REQUIRE(both.events.size() == 2);
  CHECK(holds(both.events[1],
              "document.dispensation new egn:9622299980 2026-10-06 key=dispense|dispense:26279P0000D1 reported="));
  CHECK(holds(both.events[1], "ref.prescription=26279P0000D1"));
  CHECK(read({issue, issued, given("1")}).events.size() == 1);
  Message twice = given("3");
  twice.contents = replaced(twice.contents + given("3").contents, leaf("foundNumber", "1"), "");
  twice.contents = replaced(twice.contents, leaf("foundNumber", "1"), leaf("foundNumber", "2"));
  CHECK(refused(read({issue, issued, twice})) ==
        TextLines{"prescription: was given twice: what tells one dispensing from another is not documented"});
  CHECK(refused(read({given("3")})) ==
        TextLines{"prescription: names nobody, and a prescription that the document does not hold"});
  CHECK(holds(event_of({given("2", kSubject)}), "document.dispensation new egn:9622299980"));
}

TEST_CASE("an immunization and a medical notice", "[nhis]") {
  const Message given = {"I001",
                         record("immunization", leaf("lrn", kLocal) + leaf("occurrence", "2026-10-05T21:30:00Z") +
                                                    leaf("basedOn", "26281A0000A3") + leaf("targetDisease", "Z24.6")) +
                             kSubject + performer()};
  const Message accepted = {"I002", answer("nrnImmunization", "26281I0000F1", kLocal, ""), "07:00:01Z"};
  CHECK(event_of({given, accepted}) == "document.immunization new" + kWho + "immun:26281I0000F1 number=26281I0000F1" +
                                           kWhere + kBy + " code.icd10=Z24.6 ref.based-on=26281A0000A3");
  CHECK(holds(event_of({given,
                        accepted,
                        {"I011", leaf("nrnImmunization", "26281I0000F1"), "08:00:00Z"},
                        {"I012", answer("nrnImmunization", "26281I0000F1", "", ""), "08:00:01Z"}}),
              "document.immunization annulled"));

  const Message notice = {
      "C041", record("medicalNotice", leaf("lrn", kLocal) + leaf("authoredOn", "2026-10-06") + leaf("reason", "1") +
                                          leaf("code", "J06.9") + leaf("fromDate", "2026-10-06") +
                                          leaf("toDate", "2096-10-09") + leaf("institution", "Скрито")) +
                  kSubject + performer()};
  const Message noted = {"C042", answer("nrnMedicalNotice", "26279N0000G1", kLocal, "1"), "07:00:01Z"};
  CHECK(event_of({notice, noted}) == "document.medical-notice new" + kWho + "notice:26279N0000G1 number=26279N0000G1" +
                                         kWhere + kBy +
                                         " code.icd10=J06.9 period.from=2026-10-06 period.to=2096-10-09");
  CHECK(holds(event_of({notice,
                        noted,
                        {"C045", leaf("nrnMedicalNotice", "26279N0000G1"), "08:00:00Z"},
                        {"C046", answer("nrnMedicalNotice", "26279N0000G1", "", "2"), "08:00:01Z"}}),
              "document.medical-notice annulled"));
}

TEST_CASE("a dental treatment, and its procedures one by one", "[nhis]") {
  const auto procedure = [](const std::string& sequence, const std::string& code, const std::string& more = {}) {
    return record("dentalProcedure", leaf("sequence", sequence) + leaf("code", code) + more);
  };
  const Message treated = {
      "D001",
      record("dentalTreatment", leaf("lrn", kLocal) + leaf("treatmentStart", "2026-10-06T06:30:00Z") +
                                    procedure("1", "97011-01",
                                              leaf("financingSource", "4") + record("tooth", leaf("toothIndex", "36")) +
                                                  record("diagnosis", leaf("code", "K02.1") + leaf("note", "Скрито"))) +
                                    procedure("2", "97022-02", leaf("financingSource", "2"))) +
          kSubject + performer()};
  const Message accepted = {"D002", answer("nrnDental", "26281D0000C3", kLocal, ""), "07:00:01Z"};
  const std::string key = "dental:26281D0000C3 number=26281D0000C3" + kWhere + kBy;
  const std::string payer = " payer=nzok payment=reported nhis.financing-source=2";
  CHECK(event_of({treated, accepted}) == "activity.dental new" + kWho + key +
                                             " code.achi=97011-01 code.tooth=36 code.icd10=K02.1 code.achi=97022-02" +
                                             payer);

  // One is replaced, one was an error, one is new; what is not named stays.
  const Message again = {
      "D003",
      record("dentalTreatment", leaf("nrnDental", "26281D0000C3") + procedure("1", "97011-02") +
                                    procedure("2", "97022-02", leaf("status", "7")) + procedure("3", "97033-03")),
      "07:30:00Z"};
  const Message accepted_again = {"D004", answer("nrnDental", "26281D0000C3", "", ""), "07:30:01Z"};
  CHECK(event_of({treated, accepted, again, accepted_again}) ==
        "activity.dental corrected" + kWho + key + " code.achi=97011-02 code.achi=97033-03" + payer);
  CHECK(holds(event_of({treated,
                        accepted,
                        {"D007", leaf("nrnDental", "26281D0000C3"), "08:00:00Z"},
                        {"D008", answer("nrnDental", "26281D0000C3", "", "3"), "08:00:01Z"}}),
              "activity.dental annulled"));
}

TEST_CASE("a stay in hospital is an admission, or a discharge, by its status", "[nhis]") {
  const std::string in =
      "activity.hospital.admission new egn:9622299980 2026-10-01 key=2201999004|"
      "hosp:in:26285H0000E1 number=26285H0000E1 facility=2201999004 facility.region=22 code.kp=29";
  const std::string out =
      "activity.hospital.discharge new egn:9622299980 2026-10-05 key=2201999004|"
      "hosp:out:26285H0000E1 number=26285H0000E1 facility=2201999004 facility.region=22 code.kp=29.2";
  CHECK(event_of({fetched("H002", stay("2"))}) == in);
  CHECK(event_of({fetched("H002", stay("4", kDischarge))}) == out);
  CHECK(event_of({fetched("H002", stay("3", kDischarge))}) == out);
  CHECK(read({fetched("H002", stay("1"))}).events.empty());
  CHECK(holds(event_of({fetched("H002", stay("2", leaf("journalNumber", "ИЗ № 12300/2026, второ отделение")))}),
              "nhis.journal-number=ИЗ № 12300/2026, второ отделение"));
  CHECK(read({fetched("H002", stay("2")), fetched("H002", stay("4", kDischarge))}).events.size() == 2);
  CHECK(refused(read({fetched("H002", stay("4"))})) == TextLines{"hospitalization: is over, and has no dischargeDate"});
  CHECK(refused(read({fetched("H002", stay("5", kDischarge))})) ==
        TextLines{"hospitalization: has a status that is not known: whether the stay is taken back is not said"});
  Message nowhere = fetched("H002", stay("2"));
  nowhere.contents = replaced(nowhere.contents, leaf("practiceNumber", "2201999004"), "");
  CHECK(refused(read({nowhere})) == TextLines{"practiceNumber: is missing or empty"});
  const std::string changed = leaf("correctionReason", "Скрито") + leaf("correctionReason", "и пак");
  const std::string event =
      event_of({fetched("H002", stay("4", kDischarge + changed + leaf("deceasedDate", "2026-10-04")))});
  CHECK(holds(event, "activity.hospital.discharge corrected"));
  CHECK(holds(event, "subject.deceased=1"));
}

TEST_CASE("what the system holds is told as it holds it", "[nhis]") {
  const auto exam = [](const std::string& status, const std::string& more = {}) {
    return record("results",
                  record("examination", leaf("nrnExamination", kNumber) + leaf("status", status) +
                                            leaf("openDate", "2026-10-05T22:30:00Z") + more + diagnosis("I10")) +
                      kSubject + performer());
  };
  CHECK(holds(event_of({fetched("X006", exam("2"))}), "activity.outpatient new" + kWho));
  CHECK(holds(event_of({fetched("X006", exam("3"))}), "activity.outpatient annulled" + kWho));
  CHECK(holds(event_of({fetched("X006", exam("2", leaf("correctionDate", "2026-10-07")))}),
              "activity.outpatient corrected" + kWho));
  CHECK(read({fetched("X006", exam("1"))}).events.empty());
  CHECK(refused(read({fetched("X006", exam("7"))})) == TextLines{"examination: has a status that is not known"});
  CHECK(refused(read({fetched("X006", exam(""))})) == TextLines{"status: is missing or empty"});
  CHECK(read({fetched("X006", "", "0")}).quarantined.empty());
  CHECK(refused(read({fetched("X006", exam("2"), "2")})) ==
        TextLines{"foundNumber: is not the number of the results that follow"});
  const std::string other = replaced(replaced(exam("2"), kNumber, "26279A0000A2"), "9622299980", "9932319981");
  CHECK(read({fetched("X006", exam("2") + other, "2")}).events.size() == 2);
  const std::string bad = replaced(other, "9932319981", "9932319982");
  const auto parsed = read({fetched("X006", bad + exam("2"), "2")});
  CHECK(parsed.events.size() == 1);
  REQUIRE(refused(parsed) == TextLines{"identifier: its check digit is wrong"});
  CHECK(parsed.bytes[0] == bad);

  const std::string referral = record(
      "results",
      record("referral", leaf("nrnReferral", "26276B0000B2") + leaf("status", "2") + leaf("authoredOn", "2026-10-06")) +
          kSubject + performer("requester"));
  CHECK(holds(event_of({fetched("R016", referral)}), "document.referral new" + kWho));
  CHECK(holds(event_of({fetched("R016", replaced(referral, "value=\"2\"", "value=\"4\""))}),
              "document.referral annulled"));
}

TEST_CASE("who a record is about is as declared, never guessed", "[nhis]") {
  struct Case {
    const char *type, *id, *told, *reason;
  };
  const auto c = GENERATE(values<Case>({
      {"1", "9622299980", "egn:9622299980", ""},
      {"2", "1000009990", "lnch:1000009990", ""},
      {"3", "9990000011", "nap:9990000011", ""},
      {"1", "1000009990", "", "identifier: its check digit is wrong"},
      {"1", "0442319958", "", "identifier: its date of birth does not exist"},
      {"1", "962229998", "", "identifier: not ten digits"},
      {"1", "", "", "identifier: is missing or empty"},
      {"2", "9622299980", "", "identifier: is declared an LNCH and is none"},
      {"3", "99900000x1", "", "identifier: is not a number of at most 20 digits"},
      {"4", "АА123456", "", "identifierType: a passport tells nobody apart for the hub"},
      {"5", "123456789", "", "identifierType: another document tells nobody apart for the hub"},
      {"6", "2610061", "", "identifierType: a newborn without a number of its own"},
      {"7", "9622299980", "", "identifierType: is missing, or none of 1 to 6"},
      {"EGN", "9622299980", "", "identifierType: is missing, or none of 1 to 6"},
      {"", "9622299980", "", "identifierType: is missing, or none of 1 to 6"},
  }));
  CAPTURE(c.type, c.id);
  const auto parsed = read(referral_with(kSubject, subject(c.id, c.type)));
  if (*c.reason != '\0') {
    CHECK(refused(parsed) == TextLines{c.reason});
    CHECK(parsed.events.empty());
    CHECK_FALSE(holds(parsed.quarantined[0], *c.id != '\0' ? c.id : "\n"));
  } else {
    REQUIRE(parsed.events.size() == 1);
    CHECK(holds(parsed.events[0], std::string(" ") + c.told + " "));
  }
}

TEST_CASE("identifier type 5 is a European card where the operator says so", "[nhis]") {
  const auto parsed = read(referral_with(kSubject, subject("80000000001", "5")), R"({"other_is_ehic":true})");
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], " ehic:80000000001 "));
}

TEST_CASE("a birth is told, and doubted where the number says another", "[nhis]") {
  const auto with = [](const std::string& birth) {
    return replaced(kSubject, "<n:name>", leaf("birthDate", birth) + "<n:name>");
  };
  CHECK(holds(event_of(referral_with(kSubject, with("1896-02-29"))), "subject.birth-date=1896-02-29"));
  CHECK_FALSE(holds(event_of(referral_with(kSubject, with("1896-02-29"))), "warning"));
  CHECK(holds(event_of(referral_with(kSubject, with("1896-02-28"))), "nhis.warning=birth-date-differs"));
  CHECK(refused(read(referral_with(kSubject, with("1895-02-29")))) ==
        TextLines{"birthDate: is not a day written YYYY-MM-DD"});
  CHECK(refused(read(referral_with(kSubject, with("2096-02-28")))) == TextLines{"birthDate: lies in the future"});
}

TEST_CASE("a hired or deputising doctor is told as such", "[nhis]") {
  const std::string hired = leaf("role", "3"), deputy = leaf("role", "2") + leaf("pmiDeputy", "2299000022");
  CHECK(holds(event_of(referral_with("<n:practiceNumber", hired + "<n:practiceNumber")), "nhis.role=3"));
  const std::string event = event_of(referral_with("<n:practiceNumber", deputy + "<n:practiceNumber"));
  CHECK(holds(event, "practitioner=2299000011"));
  CHECK(holds(event, "nhis.role=2 nhis.deputy=2299000022"));
}

TEST_CASE("a value that is not exactly right costs the record, with element and reason", "[nhis]") {
  struct Case {
    std::string from, to, refused;
  };
  const std::string day = "is neither a day written YYYY-MM-DD nor an instant with its zone";
  const std::string controls = "holds a line break or another control character";
  const auto c = GENERATE_COPY(values<Case>({
      {"2026-10-06", "", "referral: has no date"},
      {"2026-10-06", "2026-02-30", "authoredOn: " + day},
      {"2026-10-06", "06.10.2026", "authoredOn: " + day},
      {"2026-10-06", "2026-10-06T07:00:00", "authoredOn: " + day},
      {"2026-10-06", "2096-10-06", "authoredOn: lies in the future"},
      {kLocal, "", "lrn: is missing or empty"},
      {kLocal, "005a0000-0000-4040-8080-00000000006", "lrn: is no UUID"},
      {"<n:lrn value=", "<n:lrn Value=", "lrn: has no attribute value"},
      {"<n:lrn value=\"" + kLocal + "\"/>", "<n:lrn>" + kLocal + "</n:lrn>",
       "lrn: holds a text, where the attribute value belongs"},
      {"<n:lrn value=\"" + kLocal + "\"/>", "<n:lrn value=\"" + kLocal + "\"><n:x/></n:lrn>",
       "lrn: holds elements, where a value belongs"},
      {"<n:authoredOn", "<n:authoredOn value=\"2026-10-05\"/><n:authoredOn", "authoredOn: stands twice"},
      {"I10", "И10", "code: holds letters beyond A to Z"},
      {"I10", "I&#10;10", "code: " + controls},
      {"I10", std::string(21, 'I'), "code: is longer than 20 characters"},
      {"I10", std::string(2001, 'I'), "code: is longer than 2,000 bytes"},
      {"R2", "R&#9;2", "category: " + controls},
      {"financingSource value=\"2\"", "financingSource value=\"НЗОК\"", "financingSource: is no number of a payer"},
      {kDoctor, "", "pmi: is missing, or not a practitioner's number"},
      {kDoctor, "9999999999", "pmi: is missing, or not a practitioner's number"},
      {"2203999001", "", "practiceNumber: is missing or empty"},
      {"2203999001", "203999001", "practiceNumber: is not a facility's number of ten digits"},
      {"requester", "requestor", "performer: is missing"},
      {"<n:referral>", "<n:referal>", "referral: is missing"},
      {kSubject, "", "subject: is missing"},
      {kSubject, kSubject + kSubject, "subject: stands twice"},
  }));
  CAPTURE(c.from, c.to);
  auto messages = referral_with(c.from, c.to);
  std::string& text = messages[0].contents;
  if (c.to == "requestor") text = replaced(text, "</n:requester>", "</n:requestor>");
  if (c.to == "<n:referal>") text = replaced(text, "</n:referral>", "</n:referal>");
  const auto parsed = read(messages);
  CHECK(parsed.events.empty());
  REQUIRE_FALSE(parsed.quarantined.empty());
  CHECK(refused(parsed)[0] == c.refused);
  CHECK(holds(parsed.bytes[0], text));
}

TEST_CASE("numbers are told in upper case and never repaired", "[nhis]") {
  const auto answered = [](const std::string& number) {
    return std::vector<Message>{referral(), {"R002", answer("nrnReferral", number, kLocal, "1"), "07:00:01Z"}};
  };
  CHECK(holds(event_of(answered("26276b0000b2")), "number=26276B0000B2"));
  for (const char* bad : {"26276B0000B", "26276B0000B22", "26276B-000B2"}) {
    CHECK(refused(read(answered(bad)))[0] == "nrnReferral: has not 12 letters and digits");
  }
  CHECK(refused(read(answered("26276В0000B2")))[0] == "nrnReferral: holds Cyrillic or other letters beyond A to Z");
  CHECK(holds(event_of(referral_with("I10", "i10")), "code.icd10=I10"));
  CHECK(holds(event_of(referral_with("I10", "І10")), "code.icd10=I10"));
  CHECK(holds(event_of(referral_with("I10", "І10")), "nhis.warning=cyrillic-diagnosis-letter"));
  CHECK(holds(event_of(referral_with("I10", "I10.12")), "nhis.warning=unusual-diagnosis-code"));
  const std::string based = event_of({referral(leaf("basedOn", " 123\n456")), referred()});
  CHECK(holds(based, "ref.based-on=123 456"));
  CHECK(holds(based, "nhis.warning=unusual-reference"));
}

TEST_CASE("a diagnosis that was entered in error is not told", "[nhis]") {
  const std::string wrong = record("comorbidity", leaf("code", "E11") + leaf("verificationStatus", "40"));
  const std::string right = record("comorbidity", leaf("code", "J45") + leaf("additionalCode", "J45.0"));
  const std::string event = event_of({referral(diagnosis("I10") + wrong + right), referred()});
  CHECK(holds(event, "code.icd10=I10 code.icd10=J45 code.icd10=J45.0 "));
  CHECK_FALSE(holds(event, "E11"));
}

TEST_CASE("a record holds no more codes than the hub takes", "[nhis]") {
  std::string many;
  for (int i = 0; i < 45; ++i) many += diagnosis("I10");
  CHECK(holds(event_of({referral(many), referred()}), "code.icd10=I10"));
  for (int i = 0; i < 10; ++i) many += diagnosis("I10");
  CHECK(refused(read({referral(many), referred()})) ==
        TextLines{"referral: holds more than 48 codes, names and references"});
  for (int i = 0; i < 300; ++i) many += diagnosis("I10");
  CHECK(refused(read({referral(many), referred()})) == TextLines{"referral: holds more than 256 codes and references"});
}

TEST_CASE("signatures are noted, of the message that told", "[nhis]") {
  const std::string system =
      "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/><x/>"
      "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>";
  const std::string patient = "<n:patientSignature>" + leaf("isPatientSigner", "true") + "</n:patientSignature>";
  Message signed_one = referral();
  CHECK_FALSE(holds(event_of({signed_one, referred()}), "signature"));
  signed_one.tail = patient + system;
  CHECK(holds(event_of({signed_one, referred()}),
              "nhis.signature=present nhis.signature-value=AAAA nhis.patient-signature=present"));
  Message results = fetched("H002", stay("2"));
  results.tail = system;
  CHECK(holds(event_of({results}), "nhis.signature=present"));
}
