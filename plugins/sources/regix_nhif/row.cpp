#include "answer.hpp"
#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/sofia.hpp"

namespace regix_nhif {

using sources::Checks, sources::Name, sources::Node, sources::Tree, sources::Value;
using namespace sources::literals;

namespace {

constexpr std::int64_t kMillion = 1'000'000;

// Reads one row; a table of its own for each query.
class Reader {
 public:
  Reader(Tree& tree, Checks& checks, Draft& draft)
      : checks_(checks), root_(tree.root()), draft_(draft), row_(draft.row) {
    row_ = {};
    row_.place = root_.place();
    draft_.key.clear();
    draft_.codes.clear();
    draft_.refs.clear();
    draft_.attributes.clear();
  }

  void exam() {
    begin("activity.outpatient", "exams");
    facility("MSP"_n);
    practitioner("Practitioner"_n, "UINNumber"_n, "PractitionerName"_n);
    const Node list = root_.child("AmbulatoryList"_n);
    row_.number = checks_.document_number(checks_.leaf(list, "AmbulatoryListNumber"_n));
    row_.date = day(checks_.leaf(list, "AmbulatoryListDate"_n));
    key({row_.facility, row_.number, written(row_.date)});
    diagnosis(icd("MainICD"_n), "MainICDCode"_n, "MainICDName"_n);
    for (Node node = icd("AttachedICD"_n); node; node = node.next("AttachedICD"_n)) {
      diagnosis(node, "AttachedICDCode"_n, "AttachedICDName"_n);
    }
    attribute("regix-nhif.exam-type", text(root_, "ExamType"_n));
  }

  void laboratory() {
    begin("activity.laboratory", "laboratory");
    facility("Lab"_n);
    practitioner("Lab"_n, "UINNumber"_n, "PractitioneerName"_n);
    const std::string_view referral = checks_.reference_in_key(checks_.leaf(root_, "ReferralNumber"_n));
    row_.date = day(checks_.leaf(root_, "ActivityDate"_n));
    key({row_.facility, referral, written(row_.date)});
    code("nzok-mdd", root_.child("Observation"_n), "ObservationCode"_n, "ObservationName"_n);
    reference("referral", referral);
    const Node list = root_.child("AmbulatoryList"_n);
    reference("sheet", checks_.reference(checks_.leaf(list, "AmbulatoryListNumber"_n)));
    attribute("regix-nhif.sender-facility", text(root_.child("MSP"_n), "MSPCode"_n));
  }

  // Without an end a stay is an admission: under a list of its own, which is left by being discharged.
  void hospitalization() {
    const Value to = checks_.leaf(root_, "DateTo"_n);
    const bool open = to.empty();
    begin(open ? "activity.hospital.admission" : "activity.hospital.discharge", open ? "admissions" : "discharges");
    facility("MSP"_n);
    const Value from = checks_.leaf(root_, "DateFrom"_n);
    const vestitel::Date entered = day(from);
    row_.date = open ? entered : day(to);
    if (row_.date < entered) checks_.bad(to, "lies before DateFrom");
    code("kp", root_.child("ClinicalPath"_n), "ClinicalPathCode"_n, "ClinicalPathName"_n);
    key({row_.facility, draft_.codes.empty() ? std::string_view() : draft_.codes[0].code, written(entered)});
    diagnosis(icd("MainICD"_n), "ICDCode"_n, "ICDName"_n);
    diagnosis(icd("AttachedICD1"_n), "AttachedICD1Code"_n, "AttachedICD1Name"_n);
    diagnosis(icd("AttachedICD2"_n), "AttachedICD2Code"_n, "AttachedICD2Name"_n);
    diagnosis(icd("AttachedICD3"_n), "AttachedICD3Code"_n, "AttachedICD3Name"_n);
    if (!open) row_.entered = entered;
    attribute("regix-nhif.bed-days", text(root_, "BedDays"_n));
  }

  void dental() {
    begin("activity.dental", "dental");
    facility("MSP"_n);
    const bool deputy = !root_.child("DeputyPractitioner"_n).child("UINNumber"_n).text().empty();
    practitioner(deputy ? "DeputyPractitioner"_n : "Practitioner"_n, "UINNumber"_n, "PractitionerName"_n);
    row_.number = checks_.document_number(checks_.leaf(root_, "AmbulatoryListNumber"_n));
    const Node activity = root_.child("DentalActivity"_n);
    row_.date = day(checks_.leaf(activity, "ActivityDate"_n));
    key({row_.facility, row_.number});
    code("nzok-dental", activity, "DentalActivityCode"_n, "DentalActivityName"_n);
    const std::string_view tooth = checks_.code(checks_.leaf(root_, "ToothCode"_n));
    if (!tooth.empty()) draft_.codes.push_back({"tooth", tooth, {}});
    amount();
  }

  void treatment() {
    begin("document.dispensation", "treatments");
    facility("Pharmacy"_n);
    practitioner("Practitioner"_n, "PractitionerUIN"_n, "PractitionerNames"_n);
    const Node prescription = root_.child("Prescription"_n);
    const std::string_view number = checks_.reference_in_key(checks_.leaf(prescription, "PresctiptionNumber"_n));
    row_.date = day(checks_.leaf(root_, "DispensedDate"_n));
    key({row_.facility, number, written(row_.date)});
    code("nzok-drug", root_.child("MedicalSupply"_n), "MedicalSupplyCode"_n, "MedicalSupplyDescription"_n);
    diagnosis(root_.child("ICD"_n), "ICDCode"_n, "ICDName"_n);
    reference("prescription", number);
    attribute("regix-nhif.quantity", text(root_, "PrescribedQuantity"_n));
    attribute("regix-nhif.sender-facility", text(root_.child("Sender"_n), "MSPCode"_n));
    amount();
  }

  void procedure() {
    begin("activity.procedure", "procedures");
    facility("MSP"_n);
    row_.date = day(checks_.leaf(root_, "ActivityDate"_n));
    code("kpr", root_.child("ClinicalProcedure"_n), "ClinicalProcedureCode"_n, "ClinicalProcedureName"_n);
    key({row_.facility, draft_.codes.empty() ? std::string_view() : draft_.codes[0].code, written(row_.date)});
    code("ksmp", root_.child("ICD"_n), "ICDClinicalManipulationCode"_n, "ICDClinicalManipulationName"_n);
    amount();
  }

 private:
  void begin(const char* type, const char* scope) {
    row_.type = type;
    row_.scope = scope;
  }

  std::string_view text(Node node, Name name) { return checks_.shown(checks_.leaf(node, name)); }

  void facility(Name name) {
    const Node node = root_.child(name);
    Value code = checks_.leaf(node, "MSPCode"_n);
    row_.facility = checks_.facility(code);
    row_.facility_name = text(node, "MSPName"_n);
  }

  void practitioner(Name where, Name number, Name name) {
    const Node node = root_.child(where);
    const Value uin = checks_.leaf(node, number);
    if (!uin.empty()) checks_.uin(uin);
    row_.uin = uin.text;
    row_.name = text(node, name);
    row_.specialty = checks_.code(checks_.leaf(node, "PractitionerSpecialityCode"_n));
  }

  Node icd(Name name) { return root_.child("ICD"_n).child(name); }

  void diagnosis(Node node, Name code_name, Name text_name) {
    const std::string_view found = checks_.diagnosis(checks_.leaf(node, code_name));
    if (!found.empty()) draft_.codes.push_back({"icd10", found, text(node, text_name)});
  }
  void code(const char* system, Node node, Name code_name, Name text_name) {
    const std::string_view found = checks_.code(checks_.leaf(node, code_name));
    if (!found.empty()) draft_.codes.push_back({system, found, text(node, text_name)});
  }
  void reference(const char* kind, std::string_view number) {
    if (!number.empty()) draft_.refs.push_back({kind, number});
  }
  void attribute(const char* name, std::string_view value) {
    if (!value.empty()) draft_.attributes.push_back({name, value});
  }
  void key(std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) draft_.key.append(draft_.key.empty() ? "" : ":").append(part);
  }

  static std::string written(const vestitel::Date& date) {
    return date.year == 0 ? std::string() : sources::to_text(date);
  }

  // The forms in which replies have been seen or may be: YYYY-MM-DD, DD.MM.YYYY with or without "г.", each with or
  // without a time of day.
  vestitel::Date day(const Value& value) {
    if (!checks_.required(value)) return {};
    std::string_view text = value.text;
    for (const std::string_view year : {" г.", "г."}) {
      if (text.size() > year.size() && text.substr(text.size() - year.size()) == year) text.remove_suffix(year.size());
    }
    const bool iso = text.size() > 4 && text[4] == '-';
    const std::string_view time = text.substr(std::min<std::size_t>(text.size(), 10));
    const bool timed = time.size() == 9 && time[0] == (iso ? 'T' : ' ') && vestitel::is_time_of_day(time.substr(1));
    const auto date = vestitel::parse_date(text.substr(0, 10), iso ? "YYYY-MM-DD" : "DD.MM.YYYY");
    if (!date || !(time.empty() || timed)) {
      checks_.bad(value, "is no day in one of the forms that are known");
      return {};
    }
    if (const auto why = sources::day_fault(*date, checks_.today()); !why.empty()) checks_.bad(value, why);
    return *date;
  }

  // Digits, a point or a comma, up to six digits.
  void amount() {
    const Value price = checks_.leaf(root_, "Price"_n);
    if (price.empty()) return;
    const std::size_t point = std::min(price.text.find_first_of(".,"), price.text.size());
    const std::string_view whole = price.text.substr(0, point);
    const std::string_view part = point < price.text.size() ? price.text.substr(point + 1) : "0";
    const bool sound = !whole.empty() && whole.size() <= 9 && !part.empty() && part.size() <= 6 &&
                       vestitel::is_digits(whole, whole.size()) && vestitel::is_digits(part, part.size());
    if (!sound) return checks_.bad(price, "is no amount");
    std::int64_t fraction = 0;
    for (std::size_t i = 0; i < 6; ++i) fraction = fraction * 10 + (i < part.size() ? part[i] - '0' : 0);
    std::int64_t units = 0;
    for (const char c : whole) units = units * 10 + (c - '0');
    row_.amount = units * kMillion + fraction;
  }

  Checks& checks_;
  const Node root_;
  Draft& draft_;
  Row& row_;
};

}  // namespace

void read_row(Query query, Tree& tree, Checks& checks, Draft& draft) {
  Reader reader(tree, checks, draft);
  switch (query) {
    case Query::exams: return reader.exam();
    case Query::laboratory: return reader.laboratory();
    case Query::hospitalizations: return reader.hospitalization();
    case Query::dental: return reader.dental();
    case Query::treatments: return reader.treatment();
    case Query::procedures: return reader.procedure();
    case Query::drugs:
    case Query::none: break;
  }
}

}  // namespace regix_nhif
