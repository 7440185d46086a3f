#include "report.hpp"

#include <algorithm>

namespace nzok_dental {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Subject, sources::Tree, sources::Value;
using namespace sources::literals;

namespace {

constexpr std::size_t kServices = 150, kReferrals = 100;  // of one sheet
constexpr std::size_t kCodes = 150;                       // of one referral

// Two digits of the FDI scheme (milk teeth + 40), or a quadrant's letter and a digit for a tooth beyond the set.
bool is_tooth(std::string_view code) {
  if (code.size() != 2 || code[1] < '1' || code[1] > '9') return false;
  const bool counted = code[0] >= '1' && code[0] <= '8' && code[1] <= '8';
  return counted || (code[0] >= 'A' && code[0] <= 'D');
}

bool all_zeros(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

// The code stands first, if there is one; a dash may part it from its name.
struct Diagnosis {
  std::string_view code, name;
};

}  // namespace

// One sheet: its checks, in the order in which a clerk would want the first fault, and its events.
class Sheet {
 public:
  Sheet(Report& report, Tree& tree) : report_(report), tree_(tree), root_(tree.root()), checks_(tree, report.today_) {}

  Fault check() {
    number_ = checks_.document_number(checks_.attr(root_, "ambulatorySheetNo"_n));
    subject_ = subject();
    birth_ = checks_.birth(checks_.attr(root_, "birthDate"_n));
    services();
    referrals("medicalReferrals"_n, "medicalReferral"_n);
    referrals("MDAReferrals"_n, "MDAReferral"_n);
    return checks_.fault();
  }

  void write(vestitel::Emit& out) {
    if (root_.child("services"_n).child("service"_n)) {
      write_activity(out);
    } else {
      ++report_.idle_;
    }
    each("medicalReferrals"_n, "medicalReferral"_n, [&](Node node) { write_referral(out, node); });
    each("MDAReferrals"_n, "MDAReferral"_n, [&](Node node) { write_referral(out, node); });
  }

 private:
  template <class Body>
  void each(Name list, Name item, Body&& body) {
    for (Node group = root_.child(list); group; group = group.next(list)) {
      for (Node node = group.child(item); node; node = node.next(item)) body(node);
    }
  }

  // As declared; a number of another kind than declared is not guessed.
  Subject subject() {
    const Value kind = checks_.attr(root_, "personType"_n);
    const Value id = checks_.attr(root_, "personIdentifier"_n);
    if (kind.text == "1") return checks_.egn(id);
    if (kind.text == "2") return checks_.lnch(id);
    if (kind.text == "3") return checks_.nap(id);
    if (kind.text == "4") return citizen(id);
    checks_.bad(kind, "is not one of 1 to 4");
    return {};
  }

  // A citizen of the Union: older writers put zeros where the number belongs.
  Subject citizen(const Value& id) {
    for (const Name name : {"PICode"_n, "EHICNumber"_n}) {
      const Value card = checks_.attr(root_, name);
      if (!card.empty()) return checks_.card(card);
    }
    if (all_zeros(id.text)) checks_.bad(id, "names nobody: no PICode, no EHICNumber, and zeros or nothing here");
    return checks_.card(id);
  }

  void services() {
    std::size_t count = 0;
    each("services"_n, "service"_n, [&](Node node) {
      if (++count > kServices) return checks_.bad(node, "service"_n, "stands more than 150 times");
      const vestitel::Date date = checks_.past_day(checks_.attr(node, "date"_n));
      if (count == 1 || date < first_) first_ = date;
      if (date < report_.period_from_ || report_.period_to_ < date) checks_.warnings().add("date-outside-period");
      const std::string_view code = checks_.code(checks_.attr(node, "activityCode"_n));
      const std::string_view achi = checks_.code(checks_.attr(node, "ACHIcode"_n));
      if (code.empty() && achi.empty()) checks_.bad(node, "service"_n, "names no activity");
      const std::string_view tooth = checks_.code(checks_.attr(node, "toothCode"_n));
      if (!tooth.empty() && tooth != "99" && !is_tooth(tooth)) checks_.warnings().add("unusual-tooth");
    });
  }

  void referrals(Name list, Name item) {
    std::size_t count = 0;
    each(list, item, [&](Node node) {
      if (++count > kReferrals) return checks_.bad(node, item, "stands more than 100 times");
      checks_.document_number(checks_.attr(node, "pathwayNo"_n));
      checks_.past_day(checks_.attr(node, "date"_n));
      for (const Name name : {"specCode"_n, "HSACode"_n, "ACHIcode"_n}) checks_.code(checks_.attr(node, name));
      checks_.diagnosis(checks_.attr(node, "ICDCode"_n));
      std::size_t codes = 0;
      for (Node code = node.child("codes"_n).child("code"_n); code; code = code.next("code"_n)) {
        if (++codes > kCodes) return checks_.bad(code, "code"_n, "stands more than 150 times");
        checks_.code(checks_.attr(code, "name"_n));
        checks_.code(checks_.attr(code, "ACHIcode"_n));
      }
    });
  }

  // Free text in older files; only what begins with a code says a diagnosis.
  Diagnosis diagnosis(std::string_view text) {
    text = tree_.shown(text);
    const std::string_view token = text.substr(0, text.find(' '));
    const std::string_view rest = sources::trimmed(text.substr(token.size()));
    const char latin = sources::latin_look_alike(token);
    std::string as_latin(latin == 0 ? token : token.substr(1));
    if (latin != 0) as_latin[0] = latin;
    if (!sources::is_icd10(as_latin)) return {};
    bool look_alike = false;
    const std::string_view code = tree_.diagnosis(token, &look_alike);
    if (look_alike) checks_.warnings().add("cyrillic-diagnosis-letter");
    return {code, sources::trimmed(rest.substr(rest.substr(0, 1) == "-" ? 1 : 0))};
  }

  void write_head(vestitel::Event& event) {
    event.subject(subject_.kind, subject_.id);
    event.facility(report_.facility_, report_.facility_name_, report_.region_);
    event.practitioner(report_.dentist_, report_.dentist_name_, report_.specialty_);
  }

  void write_activity(vestitel::Emit& out) {
    auto& event = out.event("activity.dental", root_.place());
    event.key(report_.scope_, number_).number(number_).on(first_);
    write_head(event);
    each("services"_n, "service"_n, [&](Node node) { write_service(event, node); });
    event.attr("payer", "nzok").attr("payment", "reported");
    event.attr("period.from", report_.from_).attr("period.to", report_.to_);
    event.attr("subject.birth-date", birth_);
    event.attr("nzok-dental.specification", tree_.shown(root_.attr("specificationType"_n)));
    for (const Name name : {"unfavorableCondition"_n, "unfavourableCondition"_n}) {
      if (sources::truth(root_.attr(name)) == 1) event.attr("nzok-dental.unfavourable-condition", "1");
    }
    if (sources::truth(root_.attr("substitute"_n)) == 1) event.attr("nzok-dental.substitute", "1");
    checks_.warnings().write(event, "nzok-dental.warning");
  }

  // In the order of the services: what belongs together stands together.
  void write_service(vestitel::Event& event, Node node) {
    event.attr("nzok-dental.service-date", node.attr("date"_n));
    event.code("nzok-dental", node.attr("activityCode"_n)).code("achi", node.attr("ACHIcode"_n));
    const std::string_view tooth = node.attr("toothCode"_n);
    if (tooth != "99") event.code("tooth", tooth);
    const Diagnosis found = diagnosis(node.attr("diagnosis"_n));
    event.code("icd10", found.code, found.name);
  }

  void write_referral(vestitel::Emit& out, Node node) {
    const std::string_view number = node.attr("pathwayNo"_n);
    std::string& key = report_.key_;
    key.assign(number_).append(":ref:").append(number);
    auto& event = out.event("document.referral", node.place());
    event.key(report_.scope_, key).number(number).on(node.attr("date"_n));
    write_head(event);
    event.ref("sheet", number_);
    bool look_alike = false;
    event.code("icd10", tree_.diagnosis(node.attr("ICDCode"_n), &look_alike)).code("achi", node.attr("ACHIcode"_n));
    for (Node code = node.child("codes"_n).child("code"_n); code; code = code.next("code"_n)) {
      event.code("nzok-mdd", code.attr("name"_n)).code("achi", code.attr("ACHIcode"_n));
    }
    event.attr("nzok-dental.referral-specialty", node.attr("specCode"_n));
    event.attr("nzok-dental.referral-activity", node.attr("HSACode"_n));
    event.attr("subject.birth-date", birth_);
  }

  Report& report_;
  Tree& tree_;
  const Node root_;
  Checks checks_;
  Subject subject_;
  std::string_view number_, birth_;
  vestitel::Date first_;
};

Fault Report::head(Tree& head) {
  Checks checks(head, today_);
  const Node root = head.root();
  const Value from = checks.attr(root, "startFrom"_n), to = checks.attr(root, "endTo"_n);
  facility_ = checks.facility(checks.attr(root, "RCZCode"_n));
  dentist_ = checks.uin(checks.attr(root, "dentistPersonalCode"_n));
  const auto first = vestitel::parse_date(from.text);
  if (!first) checks.bad(from, "is missing, or not a day written YYYY-MM-DD");
  const auto last = vestitel::parse_date(to.text);
  if (!to.empty() && !last) checks.bad(to, "is not a day written YYYY-MM-DD");
  if (first && last && *last < *first) checks.bad(to, "lies before startFrom");
  if (!checks.ok()) return checks.fault();
  period_from_ = *first;
  period_to_ =
      last.value_or(vestitel::Date{first->year, first->month, vestitel::days_in_month(first->year, first->month)});
  from_ = from.text;
  to_ = to.text;
  facility_name_ = checks.shown(checks.attr(root, "practiceName"_n));
  dentist_name_ = checks.shown(checks.attr(root, "dentistName"_n));
  specialty_ = checks.code(checks.attr(root, "dentistSpec"_n));
  const std::string_view rhif = root.attr("RHIF"_n);
  const bool region = vestitel::is_digits(rhif, 2) && rhif >= "01" && rhif <= "28";
  region_ = region ? rhif : sources::region_of(facility_);
  scope_ = facility_ + ":" + dentist_ + ":" + from_.substr(0, 7);
  return checks.fault();
}

Fault Report::record(Tree& record, vestitel::Emit& out) {
  Sheet sheet(*this, record);
  if (Fault fault = sheet.check()) return fault;
  sheet.write(out);
  return {};
}

}  // namespace nzok_dental
