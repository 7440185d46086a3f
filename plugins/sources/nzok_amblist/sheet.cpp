#include "sheet.hpp"

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/one_line.hpp"

namespace nzok_amblist {
namespace {

using sources::all_alnum, sources::holds_beyond_ascii, sources::holds_control, sources::is_icd10, sources::truth;
using sources::kLongestCode, sources::kLongestId, sources::kNationalNumber, sources::kOldNumber;
using vestitel::Date;

struct Subject {
  std::uint16_t kind = 0;
  std::string_view id;
};

// The checks of one sheet, in the order in which a clerk would want the first fault.
class Rules {
 public:
  Rules(Sheet& sheet, const Report& report, const Doctor& doctor, const Date& today)
      : sheet_(sheet), report_(report), doctor_(doctor), today_(today) {}

  Fault check() {
    if (Fault f = number()) return f;
    if (Fault f = date()) return f;
    if (Fault f = subject()) return f;
    if (Fault f = birth()) return f;
    if (Fault f = practitioner()) return f;
    if (Fault f = codes()) return f;
    return sheet_.issued.check(sheet_.text, warnings_);
  }

  void write(bool immunizations, vestitel::Emit& out) {
    auto& event = out.event("activity.outpatient", sheet_.place);
    event.key(doctor_.scope, key_).subject(subject_.kind, subject_.id).on(date_).number(sheet_.view(Field::no_al));
    event.facility(report_.practice_code, report_.practice_name, report_.region);
    event.practitioner(uin_, name_, doctor_.specialty);
    for (const Coded& c : sheet_.codes) write_code(event, c);
    event.code("exam-type", sheet_.view(Field::exam_type));
    for (const Slot& slot : sheet_.referrals) write_ref(event, "referral", slot);
    for (const Slot& slot : sheet_.sheets) write_ref(event, "sheet", slot);
    write_payer(event);
    event.attr("period.from", report_.from_text).attr("period.to", report_.to_text);
    write_rest(event);
    const Visit all = visit();
    const IssuedWriter issued(sheet_.issued, sheet_.text, all, report_, doctor_);
    issued.note_immunizations(event);
    warnings_.write(event, "nzok-amblist.warning");
    issued.write_referrals(out);
    if (immunizations) issued.write_immunizations(out);
  }

 private:
  Visit visit() const {
    return {doctor_.scope, key_, sheet_.view(Field::no_al), uin_, name_, sheet_.view(Field::birth), subject_.kind,
            subject_.id,   date_};
  }

  Fault fault(Field field, std::string_view element, std::string reason) const {
    const vestitel_place place = sheet_.at(field).place;
    return {element, std::move(reason), place.line != 0 ? place : sheet_.place};
  }

  Fault number() {
    const Slot& slot = sheet_.at(Field::no_al);
    if (slot.len == 0) return fault(Field::no_al, "NoAl", "is missing or empty");
    to_upper(sheet_.text, slot);
    const std::string_view no = sheet_.view(slot);
    if (holds_beyond_ascii(no)) return fault(Field::no_al, "NoAl", "holds Cyrillic or other letters beyond A to Z");
    const bool old = vestitel::is_digits(no, kOldNumber);
    if (!old && (no.size() != kNationalNumber || !all_alnum(no))) {
      return fault(Field::no_al, "NoAl", "has neither 6 digits nor 12 letters and digits");
    }
    key_.clear();
    if (old) key_.append(sheet_.view(Field::data_al)).append(":");
    key_.append(no);
    return {};
  }

  Fault date() {
    const std::string_view text = sheet_.view(Field::data_al);
    if (text.empty()) return fault(Field::data_al, "dataAl", "is missing or empty");
    const auto date = vestitel::parse_date(text);
    if (!date) return fault(Field::data_al, "dataAl", "is not a day written YYYY-MM-DD");
    if (const auto why = sources::day_fault(*date, today_); !why.empty()) {
      return fault(Field::data_al, "dataAl", std::string(why));
    }
    // A writer that prints UTC moves what happens near midnight by a day.
    const std::int64_t day = vestitel::days_from_epoch(*date);
    const std::int64_t from = vestitel::days_from_epoch(report_.from), to = vestitel::days_from_epoch(report_.to);
    if (day < from - 1 || day > to + 1) return fault(Field::data_al, "dataAl", "lies outside of the report's period");
    if (day < from || day > to) warnings_.add("date-outside-period");
    date_ = *date;
    return {};
  }

  Fault subject() {
    if (sheet_.at(Field::egn).len != 0) return egn();
    if (sheet_.at(Field::ss_no).len != 0) {
      const std::string_view id = sheet_.view(Field::ss_no);
      if (id.size() > kLongestId || !vestitel::is_digits(id, id.size())) {
        return fault(Field::ss_no, "SS_No", "is not a number of at most 20 digits");
      }
      subject_ = {VESTITEL_NAP, id};
      return {};
    }
    const Field card = sheet_.at(Field::ehic_no).len != 0 ? Field::ehic_no : Field::pers_id_no;
    const std::string_view id = sheet_.view(card);
    if (id.empty()) return fault(Field::egn, "Patient", "names nobody: no EGN, SS_No, EHIC_No or PersID_No");
    if (id.size() > kLongestId) {
      return fault(card, card == Field::ehic_no ? "EHIC_No" : "PersID_No", "is longer than 20 characters");
    }
    subject_ = {VESTITEL_EHIC, id};
    return {};
  }

  Fault egn() {
    const std::string_view id = sheet_.view(Field::egn);
    vestitel::Egn egn;
    const vestitel::EgnFault wrong = vestitel::check_egn(id, egn);
    if (wrong == vestitel::EgnFault::none) {
      if (id == doctor_.egn) return fault(Field::egn, "EGN", "is the doctor's own");
      if (today_ < egn.birth) return fault(Field::egn, "EGN", "its date of birth lies in the future");
      subject_ = {VESTITEL_EGN, id};
      return {};
    }
    if (!vestitel::is_lnch(id)) return fault(Field::egn, "EGN", std::string(vestitel::describe(wrong)));
    warnings_.add("lnch-in-egn");
    subject_ = {VESTITEL_LNCH, id};
    return {};
  }

  Fault birth() {
    const std::string_view text = sheet_.view(Field::birth);
    if (text.empty()) return {};
    const auto birth = vestitel::parse_date(text);
    if (!birth) return fault(Field::birth, "dateBirth", "is not a day written YYYY-MM-DD");
    if (today_ < *birth) return fault(Field::birth, "dateBirth", "lies in the future");
    return {};
  }

  // The substitute who saw the person, of the sheet or of the doctor's head; else the doctor.
  Fault practitioner() {
    const bool in_sheet = sheet_.at(Field::substitute_uin).len != 0;
    if (!in_sheet && doctor_.substitute_uin.empty()) {
      uin_ = doctor_.uin;
      name_ = doctor_.name;
      return {};
    }
    uin_ = in_sheet ? sheet_.view(Field::substitute_uin) : std::string_view(doctor_.substitute_uin);
    name_ = in_sheet ? sheet_.view(Field::substitute_name) : std::string_view(doctor_.substitute_name);
    if (!vestitel::is_uin(uin_)) return fault(Field::substitute_uin, "UINH_S", "is not a practitioner's number");
    return {};
  }

  Fault codes() {
    for (Coded& c : sheet_.codes) {
      if (c.code.len == 0) {
        warnings_.add("name-without-code");
        continue;
      }
      const bool diagnosis = std::string_view(c.system) == "icd10";
      if (diagnosis) unify_letter(c.code);
      to_upper(sheet_.text, c.code);
      const std::string_view code = sheet_.view(c.code);
      const std::string_view element = diagnosis ? "MKB" : "kodP";
      if (code.size() > kLongestCode) return {element, "is longer than a code can be", c.code.place};
      if (holds_beyond_ascii(code)) return {element, "holds Cyrillic or other letters beyond A to Z", c.code.place};
      if (holds_control(code)) return {element, "holds a line break or another control character", c.code.place};
      if (diagnosis && !is_icd10(code)) warnings_.add("unusual-diagnosis-code");
      check_count(c.count);
    }
    if (sheet_.view(Field::exam_type).size() > kLongestCode) {
      return fault(Field::exam_type, "ExamType", "is longer than a code can be");
    }
    return {};
  }

  void check_count(Slot& slot) {
    const std::string_view count = sheet_.view(slot);
    if (count.empty() || (count.size() <= 3 && vestitel::is_digits(count, count.size()))) return;
    warnings_.add("unusual-count");
    slot.len = 0;
  }

  // The leading letter of a diagnosis is often typed in Cyrillic; the code is meant in Latin.
  void unify_letter(Slot& slot) {
    const std::string_view code = sheet_.view(slot);
    const char latin = sources::latin_look_alike(code);
    if (latin == 0) return;
    sheet_.text[slot.off + 1] = latin;
    ++slot.off;
    --slot.len;
    warnings_.add("cyrillic-diagnosis-letter");
  }

  void write_code(vestitel::Event& event, const Coded& c) const {
    if (c.code.len == 0) return;
    event.code(c.system, sheet_.view(c.code), sheet_.view(c.name));
    if (c.count.len == 0) return;
    event.attr("nzok-amblist.procedure-count",
               std::string(sheet_.view(c.code)) + ":" + std::string(sheet_.view(c.count)));
  }
  // As reported; a number that cannot be a reference is told with a warning, never repaired.
  void write_ref(vestitel::Event& event, const char* kind, const Slot& slot) {
    if (slot.len == 0) return;
    to_upper(sheet_.text, slot);
    const std::string_view number = sheet_.view(slot);
    if (!all_alnum(number) || (number.size() != kNationalNumber && number.size() != kOldNumber)) {
      warnings_.add("unusual-reference");
    }
    event.ref(kind, number);
  }
  void write_payer(vestitel::Event& event) {
    const std::string_view pay = sheet_.view(Field::pay);
    if (pay.empty()) return;
    const int paid = truth(pay);
    if (paid < 0) return warnings_.add("unusual-pay");
    event.attr("payer", paid == 1 ? "nzok" : "other").attr("payment", "reported");
  }
  void write_rest(vestitel::Event& event) {
    const std::string_view time = sheet_.view(Field::time);
    if (vestitel::is_time_of_day(time)) {
      event.attr("nzok-amblist.time", time);
    } else if (!time.empty()) {
      warnings_.add("unusual-time");
    }
    for (const char* purpose : sheet_.purposes) event.attr("nzok-amblist.purpose", purpose);
    event.attr("nzok-amblist.sender-facility", sheet_.view(Field::sender_code));
    event.attr("nzok-amblist.sender", sheet_.view(Field::sender_uin));
    event.attr("subject.birth-date", sheet_.view(Field::birth));
    if (sheet_.primary && sheet_.secondary) warnings_.add("primary-and-secondary");
  }

  Sheet& sheet_;
  const Report& report_;
  const Doctor& doctor_;
  const Date& today_;
  sources::Warnings warnings_;
  Subject subject_;
  Date date_;
  std::string_view uin_, name_;
  std::string key_;
};

}  // namespace

void Sheet::clear() {
  text.clear();
  for (Slot& slot : fields) slot = {};
  codes.clear();
  referrals.clear();
  sheets.clear();
  purposes.clear();
  issued.clear();
  primary = secondary = false;
}

Fault check_report(Report& report) {
  const int region = vestitel::facility_region(report.practice_code);
  if (region == 0) return {"PracticeCode", "is missing, or not a facility's number of ten digits", {}};
  report.region = {static_cast<char>('0' + region / 10), static_cast<char>('0' + region % 10)};
  const auto from = vestitel::parse_date(report.from_text);
  if (!from) return {"DateFrom", "is missing, or not a day written YYYY-MM-DD", {}};
  report.from = *from;
  report.to = {from->year, from->month, vestitel::days_in_month(from->year, from->month)};
  if (!report.to_text.empty()) {
    const auto to = vestitel::parse_date(report.to_text);
    if (!to) return {"DateTo", "is not a day written YYYY-MM-DD", {}};
    if (*to < *from) return {"DateTo", "lies before DateFrom", {}};
    report.to = *to;
  }
  return {};
}

Fault check_doctor(Doctor& doctor, const Report& report) {
  if (!vestitel::is_uin(doctor.uin)) return {"UIN", "the doctor's number is missing or wrong", {}};
  if (!vestitel::is_digits(doctor.specialty, 2)) return {"SIMPCode", "the doctor's specialty is missing or wrong", {}};
  doctor.scope = report.practice_code + ":" + doctor.uin + ":" + doctor.specialty + ":" + report.from_text.substr(0, 7);
  return {};
}

Fault emit_sheet(Sheet& sheet, const Report& report, const Doctor& doctor, const vestitel::Date& today,
                 bool immunizations, vestitel::Emit& out) {
  Rules rules(sheet, report, doctor, today);
  if (Fault fault = rules.check()) return fault;
  rules.write(immunizations, out);
  return {};
}

}  // namespace nzok_amblist
