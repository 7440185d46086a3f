#include "procedure.hpp"

namespace nzok_clpr {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Subject, sources::Tree, sources::Value;
using namespace sources::literals;

namespace {

constexpr std::size_t kCodes = 400;  // of one record, each maybe with a name

bool is_filled(Node node) { return node && (!node.leaf() || !node.text().empty()); }

}  // namespace

// One record of any of the three kinds.
class Procedure {
 public:
  Procedure(Procedures& file, Tree& tree) : file_(file), tree_(tree), root_(tree.root()), checks_(tree, file.today_) {}

  Fault check() {
    if (root_.is("Napr_Proc"_n)) {
      procedure();
    } else if (root_.is("Disp_Observ"_n)) {
      dispensary();
    } else {
      commission();
    }
    person();
    if (!uin_.empty()) checks_.uin(uin_);
    std::size_t count = 0;
    each_code([&](const char*, const Value& code, std::string_view) { count += code.empty() ? 0U : 1U; });
    if (count > kCodes) checks_.bad(Value{{}, "record"_n, root_.place()}, "holds more than 400 codes");
    return checks_.fault();
  }

  // A refused procedure without any date says nothing that could be taken back.
  bool silent() const { return refused_ && date_.year == 0; }

  void write(vestitel::Emit& out) {
    auto& event = out.event("activity.procedure", root_.place());
    event.key(file_.scope_, file_.key_).subject(subject_.kind, subject_.id).on(date_).number(file_.number_);
    if (refused_) event.annulled();
    event.facility(file_.facility_, file_.facility_name_, file_.region_);
    event.practitioner(uin_.text, tree_.shown(name_), specialty_);
    each_code([&](const char* system, const Value& code, std::string_view name) {
      event.code(system, code.text, tree_.shown(name));
    });
    write_payer(event, checks_.leaf(root_, "NZOKPay"_n), checks_);
    event.attr("period.from", file_.from_).attr("period.to", file_.to_);
    event.attr("subject.birth-date", birth_);
    event.attr("nzok-clpr.kind", kind_).attr("nzok-clpr.ended-on", ended_);
    event.attr("nzok-clpr.ward", tree_.shown(root_.child("MedicalWard"_n).text()));
    if (is_filled(root_.child("ceasedProc"_n)) || is_filled(root_.child("ceasedClinicalPath"_n))) {
      event.attr("nzok-clpr.ceased", "1");
    }
    const Node sender = root_.child("Sender"_n);
    event.attr("nzok-clpr.sender-facility", tree_.shown(sender.child("PracticeCode"_n).text()));
    event.attr("nzok-clpr.sender", tree_.shown(sender.child("UIN"_n).text()));
    checks_.warnings().write(event, "nzok-clpr.warning");
  }

 private:
  void person() {
    const Node patient = root_.child("Patient"_n);
    subject_ = checks_.patient(patient);
    birth_ = checks_.birth(checks_.leaf(patient, "dateBirth"_n));
    if (subject_.kind == 0) {
      checks_.bad(patient ? patient : root_, "Patient"_n, "names nobody: no EGN, LNCH, SS_No, EHIC_No or PersID_No");
    }
  }

  // ---- Napr_Proc

  void procedure() {
    kind_ = "procedure";
    const std::string_view year = checks_.digits(checks_.leaf(root_, "IZYear_Child"_n));
    if (checks_.ok() && !vestitel::is_digits(year, 4)) {
      checks_.bad(checks_.leaf(root_, "IZYear_Child"_n), "is not a year of four digits");
    }
    const std::string_view number = checks_.digits(checks_.leaf(root_, "IZNum_Child"_n));
    path();
    refusal();
    procedure_dates();
    file_.scope_.assign(file_.facility_).append(":proc:").append(year);
    file_.key_.assign(number).append(":").append(path_system_).append(":").append(path_.text);
    file_.number_.assign(number).append("/").append(year);
    uin_ = checks_.leaf(root_, "UIN_PriemDoc"_n);
    name_ = checks_.leaf(root_, "Name_PriemDoc"_n).text;
  }

  // A clinical or an ambulatory procedure: one of the two.
  void path() {
    const Value clinical = checks_.leaf(root_, "CPr_Priem"_n), ambulatory = checks_.leaf(root_, "APr_Priem"_n);
    if (clinical.empty() == ambulatory.empty()) {
      checks_.bad(clinical, clinical.empty() ? "is missing, and so is APr_Priem" : "stands beside APr_Priem");
    }
    path_system_ = clinical.empty() ? "apr" : "kpr";
    path_ = clinical.empty() ? ambulatory : clinical;
    path_.text = checks_.code(path_);
  }

  // An empty element says no, as a missing one does.
  void refusal() {
    const Value refuse = checks_.leaf(root_, "Proc_Refuse"_n);
    const int said = refuse.empty() ? 0 : sources::truth(refuse.text);
    if (said < 0) checks_.bad(refuse, "is neither yes nor no");
    refused_ = said == 1;
  }

  void procedure_dates() {
    Value begin = checks_.leaf(root_, "Date_Proc_Begin"_n);
    if (begin.empty()) begin = first_done();
    if (begin.empty() && refused_) begin = checks_.leaf(root_, "Date_Send"_n);
    if (begin.empty() && refused_) return;
    date_ = checks_.past_day_or_time(begin);
    const Value end = checks_.leaf(root_, "Date_Proc_End"_n);
    if (end.empty()) return;
    const vestitel::Date ended = checks_.past_day_or_time(end);
    if (ended < date_) checks_.bad(end, "lies before Date_Proc_Begin");
    ended_ = end.text.substr(0, 10);
  }

  Value first_done() {
    Value first = {{}, "Date_Proc_Begin"_n, root_.place()};
    for (Node node = root_.child("Done_New_Proc"_n); node; node = node.next("Done_New_Proc"_n)) {
      const Value date = checks_.leaf(node, "Date_Proc"_n);
      if (!date.empty() && (first.empty() || date.text < first.text)) first = date;
    }
    return first;
  }

  // ---- Disp_Observ

  void dispensary() {
    kind_ = "dispensary";
    const Node doctor = root_.child("Doctor"_n);
    uin_ = checks_.leaf(doctor, "UIN_Doc"_n);
    checks_.required(uin_);
    name_ = checks_.leaf(doctor, "Name_Doc"_n).text;
    specialty_ = checks_.code(checks_.leaf(doctor, "CodeSpec"_n));
    number_and_day("Disp_Num"_n, "Disp_Date"_n, ":disp:");
    file_.key_.append(":").append(uin_.text);
    path_system_ = "apr";
    path_ = checks_.leaf(root_, "APr_Code"_n);
    path_.text = checks_.code(path_);
  }

  // ---- APr_Commission

  void commission() {
    kind_ = "commission";
    const Node chairman = root_.child("Chairman"_n);
    uin_ = checks_.leaf(chairman, "UIN"_n);
    name_ = checks_.leaf(chairman, "DoctorName"_n).text;
    specialty_ = checks_.code(checks_.leaf(chairman, "Spec"_n));
    number_and_day("No_Decision"_n, "date_Decision"_n, ":comm:");
    path_system_ = "apr";
    path_ = checks_.leaf(root_, "APr_Priem"_n);
    path_.text = checks_.code(path_);
  }

  // Scope is the month, the key the day and the number within it.
  void number_and_day(Name number_name, Name day_name, std::string_view part) {
    const Value number = checks_.leaf(root_, number_name), day = checks_.leaf(root_, day_name);
    checks_.required(number);
    date_ = checks_.past_day_or_time(day);
    file_.number_ = checks_.code(number);
    file_.scope_.assign(file_.facility_).append(part).append(day.text.substr(0, 7));
    file_.key_.assign(day.text.substr(0, 10)).append(":").append(file_.number_);
  }

  // ---- codes

  // Each code with its name: {system, code, name}. The first pass checks, the second writes; both see the same.
  template <class Body>
  void each_code(Body&& body) {
    body(path_system_, path_, {});
    for (const Name name : {"MainDiag1"_n, "MainDiag2"_n, "MainDiag"_n, "AddDiag"_n}) {
      each_child(name, [&](Node node) {
        diagnosis(body, node, "MKB"_n, "imeMD"_n);
        diagnosis(body, node, "MKBLinkD"_n, "imeLinkD"_n);
      });
    }
    each_child("Done_New_Proc"_n, [&](Node node) { done(body, node, "ksmp", "Code_Proc"_n, {}); });
    each_child("Procedure"_n, [&](Node node) { done(body, node, "ksmp", "kodP"_n, "imeP"_n); });
    each_child("VSD"_n, [&](Node node) { done(body, node, "nzok-vsd", "kodVSD"_n, "imeVSD"_n); });
    each_child("MDI"_n, [&](Node node) { done(body, node, "nzok-mdd", "kodMDI"_n, "imeMDI"_n); });
    each_child("Used_Drug"_n, [&](Node node) { done(body, node, "nzok-drug", "Drug_Code"_n, "Drug_Name"_n); });
  }

  template <class Body>
  void each_child(Name name, Body&& body) {
    for (Node node = root_.child(name); node; node = node.next(name)) body(node);
  }

  template <class Body>
  void diagnosis(Body& body, Node node, Name code_name, Name text_name) {
    Value code = checks_.leaf(node, code_name);
    code.text = checks_.diagnosis(code);
    body("icd10", code, checks_.leaf(node, text_name).text);
  }

  template <class Body>
  void done(Body& body, Node node, const char* system, Name code_name, Name text_name) {
    Value code = checks_.leaf(node, code_name), achi = checks_.leaf(node, "ACHIcode"_n);
    code.text = checks_.code(code);
    achi.text = checks_.code(achi);
    body(system, code, text_name.hash == 0 ? std::string_view() : checks_.leaf(node, text_name).text);
    body("achi", achi, {});
  }

  Procedures& file_;
  Tree& tree_;
  const Node root_;
  Checks checks_;
  Subject subject_;
  const char* kind_ = "";
  const char* path_system_ = "apr";
  Value path_, uin_;
  std::string_view name_, specialty_, birth_, ended_;
  vestitel::Date date_;
  bool refused_ = false;
};

Fault Procedures::head(Tree& head) {
  Checks checks(head, today_);
  const Node root = head.root();
  facility_ = checks.facility(checks.leaf(root, "PracticeCode"_n));
  facility_name_ = checks.shown(checks.leaf(root, "PracticeName"_n));
  region_ = sources::region_of(facility_);
  const Value from = checks.leaf(root, "DateFrom"_n), to = checks.leaf(root, "DateTo"_n);
  for (const Value& day : {from, to}) {
    if (!day.empty() && !vestitel::parse_date(day.text)) checks.bad(day, "is not a day written YYYY-MM-DD");
  }
  from_ = from.text;
  to_ = to.text;
  return checks.fault();
}

Fault Procedures::record(Tree& record, vestitel::Emit& out) {
  Procedure procedure(*this, record);
  if (Fault fault = procedure.check()) return fault;
  if (!procedure.silent()) procedure.write(out);
  return {};
}

}  // namespace nzok_clpr
