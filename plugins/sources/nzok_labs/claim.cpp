#include "claim.hpp"

namespace nzok_labs {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Subject, sources::Tree, sources::Value;
using sources::Within;
using namespace sources::literals;

namespace {

constexpr std::size_t kTests = 400;  // of one form

constexpr Name kRoot = "LABS_CLAIM"_n;
constexpr Name kRoots[] = {kRoot};
constexpr Within kHead[] = {{kRoot, "RHIF"_n},
                            {kRoot, "LABS_HEREGISTRATIONNUMBER"_n},
                            {kRoot, "LABS_NAME"_n},
                            {kRoot, "CLAIM_DATE_FROM"_n},
                            {kRoot, "CLAIM_DATE_TO"_n}};
constexpr Within kRecords[] = {{kRoot, "LABS_FORMS"_n}};

constexpr Name kKnown[] = {"CONTRACT_NUMBER"_n, "OTHER_PAYMENT"_n, "INVOICE_NUMBER"_n, "INVOICE_DATE"_n,
                           "INVOICE_ACCOUNT"_n, "SHEET_NUMBER"_n, "AMB_SHEET_NUMBER"_n, "HEALTH_REGION"_n, "GRAONO"_n,
                           "NATIONALITY"_n, "DATE_OF_BIRTH"_n, "HEREGISTRATION_NUMBER"_n, "DOCTOR_TYPE"_n,
                           "DOCTOR_UIN"_n, "DOCTOR_DEPUTY_UIN"_n, "DOCTOR_NAME"_n, "DOCTOR_SPEC"_n, "TYPE"_n, "ICD"_n,
                           "ICD_Linked"_n, "CREATION_DATE"_n, "EXECUTION_DATE"_n, "PROCS"_n, "PROCEDURE"_n, "EXECUTE"_n,
                           // wrappers that one writer may have; any other is looked into as well
                           "PATIENT"_n, "SENDER"_n, "EXECUTOR"_n};

constexpr Name kSkipped[] = {"FIRSTNAME"_n, "SECONDNAME"_n, "FAMILYNAME"_n};

}  // namespace

const sources::Format kFormat = {kRoots, {}, kHead, kRecords, kKnown, kSkipped};

// One form. How its leaves are wrapped is not known, so they are taken at any depth, and what stands twice by meaning
// (the doctor who asked, the doctor who did it) is told by its order.
class Form {
 public:
  Form(Claim& claim, Tree& tree) : claim_(claim), tree_(tree), root_(tree.root()), checks_(tree, claim.today_) {}

  Fault check() {
    sheet_ = checks_.document_number(once("SHEET_NUMBER"_n));
    examination_ = checks_.reference_in_key(once("AMB_SHEET_NUMBER"_n));
    subject_ = subject();
    birth_ = checks_.birth(once("DATE_OF_BIRTH"_n));
    tests();
    dates();
    executor();
    std::size_t count = 0;
    each_diagnosis([&](std::string_view) { ++count; });
    if (count + tests_ > kTests) checks_.bad(root_, "LABS_FORMS"_n, "holds more than 400 codes");
    return checks_.fault();
  }

  // Nothing was done, on no day: there is nothing that could be taken back.
  bool silent() const { return executed_ == 0 && date_.year == 0; }

  void write(vestitel::Emit& out) {
    claim_.scope_.assign(claim_.facility_).append(":").append(day_.substr(0, 7));
    claim_.key_.assign(sheet_).append(":").append(examination_).append(":").append(day_);
    auto& event = out.event("activity.laboratory", root_.place());
    event.key(claim_.scope_, claim_.key_).subject(subject_.kind, subject_.id).on(date_);
    if (executed_ == 0) event.annulled();
    event.facility(claim_.facility_, claim_.facility_name_, claim_.region_);
    event.practitioner(executor_.text(), tree_.shown(executor_name_), executor_specialty_);
    each_test([&](std::string_view code, bool executed, bool again) {
      if (executed && !again) event.code("nzok-mdd", code);
    });
    each_diagnosis([&](std::string_view code) { event.code("icd10", code); });
    event.ref("referral", sheet_);
    if (!examination_.empty()) event.ref("sheet", examination_);
    event.attr("payer", "nzok").attr("payment", "reported");
    event.attr("period.from", claim_.from_).attr("period.to", claim_.to_).attr("subject.birth-date", birth_);
    event.attr("nzok-labs.sender-facility", tree_.shown(root_.find("HEREGISTRATION_NUMBER"_n).text()));
    checks_.warnings().write(event, "nzok-labs.warning");
  }

 private:
  Value once(Name name) {
    const Node node = root_.find(name);
    if (!node) return {{}, name, root_.place()};
    if (const Node again = root_.find_after(name, node)) checks_.bad(again, name, "stands twice");
    return checks_.of(node, name);
  }

  // The one number of a person, of either kind.
  Subject subject() {
    const Value value = once("GRAONO"_n);
    if (vestitel::parse_egn(value.text) || !vestitel::is_lnch(value.text)) return checks_.egn(value);
    checks_.warnings().add("lnch-in-graono");
    return {VESTITEL_LNCH, value.text};
  }

  // Each test of the form: its code, whether it was executed, and whether an executed one of the same code came before.
  template <class Body>
  void each_test(Body&& body) {
    for (Node node = root_.find("PROCS"_n); node; node = root_.find_after("PROCS"_n, node)) {
      body(code_of(node), executed(node), done_before(node));
    }
  }
  std::string_view code_of(Node test) { return checks_.code(checks_.leaf(test, "PROCEDURE"_n)); }
  static bool executed(Node test) { return sources::truth(test.child("EXECUTE"_n).text()) == 1; }

  bool done_before(Node test) {
    const std::string_view code = test.child("PROCEDURE"_n).text();
    for (Node node = root_.find("PROCS"_n); node && node.place().byte < test.place().byte;
         node = root_.find_after("PROCS"_n, node)) {
      if (executed(node) && node.child("PROCEDURE"_n).text() == code) return true;
    }
    return false;
  }

  void tests() {
    for (Node node = root_.find("PROCS"_n); node; node = root_.find_after("PROCS"_n, node)) {
      if (++tests_ > kTests) return checks_.bad(node, "PROCS"_n, "holds more than 400 codes");
      const Value execute = checks_.leaf(node, "EXECUTE"_n);
      if (sources::truth(execute.text) < 0) checks_.bad(execute, "is neither yes nor no");
      checks_.required(checks_.leaf(node, "PROCEDURE"_n));
    }
    if (tests_ == 0) checks_.bad(root_, "PROCS"_n, "is missing or empty");
    each_test([&](std::string_view, bool done, bool again) {
      executed_ += done ? 1U : 0U;
      if (done && again) checks_.warnings().add("repeated-test");
    });
  }

  void dates() {
    const Value execution = once("EXECUTION_DATE"_n), creation = once("CREATION_DATE"_n);
    if (executed_ == 0 && execution.empty()) return;
    date_ = checks_.past_day(execution);
    day_ = execution.text;
    if (creation.empty()) return;
    if (date_ < checks_.past_day(creation)) checks_.warnings().add("executed-before-requested");
  }

  // The second doctor of a form; one alone is who asked for the tests.
  void executor() {
    const Name name = "DOCTOR_UIN"_n;
    const Node first = root_.find(name);
    executor_ = root_.find_after(name, first);
    if (!executor_) return;
    if (const Node third = root_.find_after(name, executor_)) checks_.bad(third, name, "stands more than twice");
    if (!executor_.text().empty()) checks_.uin(checks_.of(executor_, name));
    executor_name_ = checks_.of(root_.find_after("DOCTOR_NAME"_n, executor_), "DOCTOR_NAME"_n).text;
    executor_specialty_ = checks_.code(checks_.of(root_.find_after("DOCTOR_SPEC"_n, executor_), "DOCTOR_SPEC"_n));
  }

  template <class Body>
  void each_diagnosis(Body&& body) {
    for (const Name name : {"ICD"_n, "ICD_Linked"_n}) {
      for (Node node = root_.find(name); node; node = root_.find_after(name, node)) {
        const std::string_view code = checks_.diagnosis(checks_.of(node, name));
        if (!code.empty()) body(code);
      }
    }
  }

  Claim& claim_;
  Tree& tree_;
  const Node root_;
  Checks checks_;
  Subject subject_;
  Node executor_;
  std::string_view sheet_, examination_, birth_, day_, executor_name_, executor_specialty_;
  vestitel::Date date_;
  std::size_t tests_ = 0, executed_ = 0;
};

Fault Claim::head(Tree& head) {
  Checks checks(head, today_);
  const Node root = head.root();
  facility_ = checks.facility(checks.leaf(root, "LABS_HEREGISTRATIONNUMBER"_n));
  facility_name_ = checks.shown(checks.leaf(root, "LABS_NAME"_n));
  const std::string_view rhif = checks.leaf(root, "RHIF"_n).text;
  const bool region = vestitel::is_digits(rhif, 2) && rhif >= "01" && rhif <= "28";
  region_ = region ? rhif : sources::region_of(facility_);
  const Value from = checks.leaf(root, "CLAIM_DATE_FROM"_n), to = checks.leaf(root, "CLAIM_DATE_TO"_n);
  for (const Value& day : {from, to}) {
    if (!day.empty() && !vestitel::parse_date(day.text)) checks.bad(day, "is not a day written YYYY-MM-DD");
  }
  from_ = from.text;
  to_ = to.text;
  return checks.fault();
}

Fault Claim::record(Tree& record, vestitel::Emit& out) {
  Form form(*this, record);
  if (Fault fault = form.check()) return fault;
  if (!form.silent()) form.write(out);
  return {};
}

}  // namespace nzok_labs
