#include "stay.hpp"

#include <array>

namespace nzok_cpfile {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Subject, sources::Tree, sources::Value;
using namespace sources::literals;

namespace {

constexpr std::size_t kCodes = 800;  // of one stay
constexpr std::string_view kWarning = "nzok-cpfile.warning";

bool is_year(std::string_view text) { return vestitel::is_digits(text, 4); }

bool is_filled(Node node) { return !node.leaf() || !node.text().empty(); }

}  // namespace

// One admission or discharge. A discharge repeats all of its admission; no admission is made up of it.
class Stay {
 public:
  Stay(Stays& file, Tree& tree)
      : file_(file), tree_(tree), root_(tree.root()), out_(root_.is("Out"_n)), checks_(tree, file.today_) {}

  Fault check() {
    year_ = checks_.digits(checks_.leaf(root_, "IZYear"_n));
    if (checks_.ok() && !is_year(year_)) checks_.bad(checks_.leaf(root_, "IZYear"_n), "is not a year of four digits");
    number_ = checks_.digits(checks_.leaf(root_, "IZNo"_n));
    dates();
    person();
    practitioner_ = checks_.leaf(root_, out_ ? "outUin"_n : "uin"_n);
    if (!practitioner_.empty()) checks_.uin(practitioner_);
    codes();
    return checks_.fault();
  }

  // A newborn child without a number of its own: its stay is known by the mother's case.
  bool nobody() const { return subject_.kind == 0; }

  void write(vestitel::Emit& emit) {
    file_.scope_.assign(file_.facility_).append(":").append(year_);
    file_.key_.assign(number_).append(out_ ? ":out" : ":in");
    file_.number_.assign(number_).append("/").append(year_);
    auto& event = emit.event(out_ ? "activity.hospital.discharge" : "activity.hospital.admission", root_.place());
    event.key(file_.scope_, file_.key_).subject(subject_.kind, subject_.id).on(date_).number(file_.number_);
    event.facility(file_.facility_, file_.facility_name_, file_.region_).practitioner(practitioner_.text);
    write_codes(event);
    write_references(event);
    write_payer(event, checks_.leaf(root_, "NZOKPay"_n), checks_);
    event.attr("subject.birth-date", birth_);
    if (deceased()) event.attr("subject.deceased", "1");
    write_rest(event);
    checks_.warnings().write(event, kWarning);
  }

 private:
  void dates() {
    const Value entry = checks_.leaf(root_, "entryDate"_n);
    entered_ = checks_.past_day_or_time(entry);
    entry_ = entry.text.substr(0, 10);
    date_ = entered_;
    if (!out_) return;
    const Value left = checks_.leaf(root_, "outDate"_n);
    date_ = checks_.past_day_or_time(left);
    if (date_ < entered_) checks_.bad(left, "lies before entryDate");
  }

  void person() {
    const Node patient = root_.child("Patient"_n);
    subject_ = checks_.patient(patient);
    birth_ = checks_.birth(checks_.leaf(patient, "dateBirth"_n));
    const bool child = !checks_.leaf(root_, "motherIZNo"_n).empty();
    if (subject_.kind == 0 && !child) {
      checks_.bad(patient ? patient : root_, "Patient"_n, "names nobody: no EGN, LNCH, SS_No, EHIC_No or PersID_No");
    }
  }

  // Each code of the stay, as {system, code}. The first pass checks, the second writes; both see the same.
  template <class Body>
  void each_code(Body&& body) {
    const auto path = [&](Name clinical, Name ambulatory) {
      body("kp", checks_.code(checks_.leaf(root_, clinical)));
      body("apr", checks_.code(checks_.leaf(root_, ambulatory)));
    };
    const auto diagnoses = [&](Name name) {
      for (Node node = root_.child(name); node; node = node.next(name)) {
        for (const Name part : {"primary"_n, "secondary"_n}) body("icd10", checks_.diagnosis(checks_.leaf(node, part)));
      }
    };
    if (!out_) {
      path("clinicalPath"_n, "InAPr"_n);
      return diagnoses("diagnose"_n);
    }
    path("outClinicalPath"_n, "outAPr"_n);
    diagnoses("outMainDiag"_n);
    diagnoses("outDiags"_n);
    for (Node node = root_.child("Procedures"_n); node; node = node.next("Procedures"_n)) {
      body("ksmp", checks_.code(checks_.leaf(node, "code"_n)));
      body("achi", checks_.code(checks_.leaf(node, "ACHIcode"_n)));
    }
    for (Node node = root_.child("UsedDrug"_n); node; node = node.next("UsedDrug"_n)) {
      body("nzok-drug", checks_.code(checks_.leaf(node, "code"_n)));
    }
  }

  void codes() {
    std::size_t count = 0;
    each_code([&](const char*, std::string_view code) { count += code.empty() ? 0U : 1U; });
    if (count > kCodes) checks_.bad(root_, out_ ? "Out"_n : "In"_n, "holds more than 800 codes");
  }

  void write_codes(vestitel::Event& event) {
    each_code([&](const char* system, std::string_view code) { event.code(system, code); });
  }

  // Admission and discharge of a stay carry the same ref.stay.
  void write_references(vestitel::Event& event) {
    file_.case_.assign(file_.scope_).append(":").append(number_);
    const Node sender = root_.child("Sender"_n);
    const std::string_view referral = checks_.reference(checks_.leaf(sender, "NumNapr"_n));
    if (!referral.empty()) event.ref("referral", referral);
    event.ref("stay", file_.case_);
    event.attr("nzok-cpfile.planned-number", tree_.shown(root_.child("plannedNo"_n).text()));
    event.attr("nzok-cpfile.planned-date", tree_.shown(root_.child("plannedEntryDate"_n).text()));
    event.attr("nzok-cpfile.sender-facility", tree_.shown(sender.child("Practice"_n).child("no"_n).text()));
    event.attr("nzok-cpfile.sender", tree_.shown(sender.child("uin"_n).text()));
  }

  // What a writer leaves empty says nothing; the doubt is told.
  bool deceased() {
    const Node dead = root_.child("dead"_n);
    if (dead && !is_filled(dead)) checks_.warnings().add("empty-dead");
    return dead && is_filled(dead);
  }

  void write_rest(vestitel::Event& event) {
    event.attr("nzok-cpfile.ward", tree_.shown(root_.child(out_ ? "outMedicalWard"_n : "inMedicalWard"_n).text()));
    event.attr("nzok-cpfile.payer", tree_.shown(root_.child("payer"_n).text()));
    event.attr("nzok-cpfile.in-type", tree_.shown(root_.child("inType"_n).text()));
    if (!out_) return;
    event.attr("nzok-cpfile.entry-date", entry_);
    event.attr("nzok-cpfile.out-type", tree_.shown(root_.child("outType"_n).text()));
    event.attr("nzok-cpfile.bed-days", tree_.shown(root_.child("bedDays"_n).text()));
    if (sources::truth(root_.child("resign"_n).child("OutRefuse"_n).text()) == 1)
      event.attr("nzok-cpfile.resigned", "1");
  }

  Stays& file_;
  Tree& tree_;
  const Node root_;
  const bool out_;
  Checks checks_;
  Subject subject_;
  Value practitioner_;
  std::string_view year_, number_, entry_, birth_;
  vestitel::Date entered_, date_;
};

Fault Stays::head(Tree& head) {
  Checks checks(head, today_);
  const Node practice = head.root().child("Practice"_n);
  if (!practice) checks.bad(head.root(), "Practice"_n, "is missing or empty");
  if (const Node again = practice.next("Practice"_n)) checks.bad(again, "Practice"_n, "stands twice");
  facility_ = checks.facility(checks.leaf(practice, "no"_n));
  facility_name_ = checks.shown(checks.leaf(practice, "name"_n));
  const std::string_view branch = checks.leaf(practice, "branch"_n).text;
  const bool region = vestitel::is_digits(branch, 2) && branch >= "01" && branch <= "28";
  region_ = region ? branch : sources::region_of(facility_);
  return checks.fault();
}

Fault Stays::record(Tree& record, vestitel::Emit& out) {
  Stay stay(*this, record);
  if (Fault fault = stay.check()) return fault;
  if (stay.nobody()) {
    ++newborns_;
  } else {
    stay.write(out);
  }
  return {};
}

}  // namespace nzok_cpfile
