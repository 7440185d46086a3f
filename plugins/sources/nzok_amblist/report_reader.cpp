#include "report_reader.hpp"

#include <algorithm>

namespace nzok_amblist {
namespace {

constexpr std::size_t kCodes = 64;       // of one sheet
constexpr std::size_t kScopes = 10'000;  // doctors of one document

}  // namespace

ReportReader::ReportReader(const Options& options, const vestitel::Host& host, const vestitel::Document& document,
                           vestitel::Input& in, vestitel::Emit& out)
    : options_(options),
      host_(host),
      document_(document),
      out_(out),
      input_(*this, in, out),
      xml_(input_.xml()),
      tags_(xml_.dictionary()),
      today_(vestitel::latest_date_in_sofia(host.now_us())) {}

void ReportReader::read() {
  if (!input_.read()) return;
  claim_scopes();
  report_counts();
}

// Only what the sender vouches for, where the operator believes it, and no scope out of which a record is missing.
void ReportReader::claim_scopes() {
  if (!options_.full_reports || !document_.complete || too_many_scopes_) return;
  for (const auto& [scope, whole] : scopes_) {
    if (whole) out_.complete(scope);
  }
}

void ReportReader::report_counts() const {
  host_.log(VESTITEL_LOG_INFO, "report_read",
            {{"sheets", std::to_string(sheets_)},
             {"quarantined", std::to_string(quarantined_)},
             {"unknown_elements", std::to_string(unknown_)}});
}

// ---- the walk -----------------------------------------------------------------------------------------------------

void ReportReader::open(const sources::XmlTag& opened) {
  const bool namespaced = opened.uri != nullptr;
  const TagTable::Found found = tags_.find(opened.name);
  const In parent = depth_ == 0 ? In::nothing : stack_[depth_ - 1];
  const Tag tag = namespaced && depth_ > 0 ? Tag::unknown : found.tag;
  if (tag == Tag::unknown) ++unknown_;
  In in = In::skip;
  switch (parent) {
    case In::nothing: in = open_root(tag, namespaced); break;
    case In::practice: in = open_in_practice(tag); break;
    case In::doctor: in = open_in_doctor(tag); break;
    case In::sheet: in = open_in_sheet({tag, found.purpose}, true); break;
    case In::part: in = open_in_sheet({tag, found.purpose}, false); break;
    case In::patient: in = open_in_patient(tag); break;
    case In::sender: in = open_in_sender(tag); break;
    case In::laboratory: in = open_in_laboratory(tag); break;
    case In::leaf: in = open_in_leaf(); break;
    case In::skip: break;
  }
  stack_[depth_++] = in;
}

void ReportReader::close() {
  switch (stack_[--depth_]) {
    case In::leaf: close_leaf(); break;
    case In::laboratory: sheet_.issued.end_referrals(); break;
    case In::part:
      settle_all_codes();
      sheet_.issued.end_referrals();
      break;
    case In::sheet: end_sheet(); break;
    case In::doctor: end_doctor(); break;
    default: break;
  }
}

ReportReader::In ReportReader::open_root(Tag tag, bool namespaced) {
  if (tag == Tag::practice && !namespaced) return In::practice;
  xml_.fail("document", namespaced ? "the root stands in a namespace" : "the root is not Practice");
  return In::skip;
}

ReportReader::In ReportReader::open_in_practice(Tag tag) {
  switch (tag) {
    case Tag::practice_code: return head_leaf(report_.practice_code, tag);
    case Tag::practice_name: return head_leaf(report_.practice_name, tag);
    case Tag::date_from: return head_leaf(report_.from_text, tag);
    case Tag::date_to: return head_leaf(report_.to_text, tag);
    case Tag::doctor: begin_doctor(); return In::doctor;
    default: return In::skip;
  }
}

ReportReader::In ReportReader::open_in_doctor(Tag tag) {
  switch (tag) {
    case Tag::uin: return head_leaf(doctor_.uin, tag);
    case Tag::egn: return head_leaf(doctor_.egn, tag);
    case Tag::full_name: return head_leaf(doctor_.name, tag);
    case Tag::simp_code: return head_leaf(doctor_.specialty, tag);
    case Tag::substitute_uin: return head_leaf(doctor_.substitute_uin, tag);
    case Tag::substitute_name: return head_leaf(doctor_.substitute_name, tag);
    case Tag::amb_list: begin_sheet(); return In::sheet;
    default: return In::skip;
  }
}

// `direct`: a child of AmbList itself. Where the older dialect puts its groups is not known, so what we keep of a
// visit is taken at any depth, out of containers that we do not know as well.
ReportReader::In ReportReader::open_in_sheet(TagTable::Found found, bool direct) {
  const Tag tag = found.tag;
  switch (tag) {
    case Tag::no_al: return direct ? sheet_leaf(Field::no_al, tag) : In::skip;
    case Tag::data_al: return direct ? sheet_leaf(Field::data_al, tag) : In::skip;
    case Tag::time: return direct ? sheet_leaf(Field::time, tag) : In::skip;
    case Tag::pay: return direct ? sheet_leaf(Field::pay, tag) : In::skip;
    case Tag::patient: return direct ? In::patient : In::skip;
    case Tag::main_name: return code_leaf(main_, "icd10", tag, &Coded::name);
    case Tag::main_code: return code_leaf(main_, "icd10", tag, &Coded::code);
    case Tag::link_name: return code_leaf(link_, "icd10", tag, &Coded::name);
    case Tag::link_code: return code_leaf(link_, "icd10", tag, &Coded::code);
    case Tag::procedure_name: return code_leaf(procedure_, "ksmp", tag, &Coded::name);
    case Tag::procedure_code: return code_leaf(procedure_, "ksmp", tag, &Coded::code);
    case Tag::procedure_count: return code_leaf(procedure_, "ksmp", tag, &Coded::count);
    case Tag::no_napr: return list_leaf(sheet_.referrals, tag);
    case Tag::no_amb_l: return list_leaf(sheet_.sheets, tag);
    case Tag::exam_type: return sheet_leaf(Field::exam_type, tag);
    case Tag::substitute_uin: return sheet_leaf(Field::substitute_uin, tag);
    case Tag::substitute_name: return sheet_leaf(Field::substitute_name, tag);
    case Tag::sended_from: return In::sender;
    case Tag::primary_visit: sheet_.primary = true; return In::part;
    case Tag::secondary_visit: sheet_.secondary = true; return In::part;
    case Tag::specialist_specialty: return referral_leaf(ReferralKind::specialist, ReferralPart::specialty, tag);
    case Tag::specialist_number: return referral_leaf(ReferralKind::specialist, ReferralPart::number, tag);
    case Tag::specialist_diagnosis: return referral_leaf(ReferralKind::specialist, ReferralPart::diagnosis, tag);
    case Tag::activity_specialty: return referral_leaf(ReferralKind::activity, ReferralPart::specialty, tag);
    case Tag::activity_number: return referral_leaf(ReferralKind::activity, ReferralPart::number, tag);
    case Tag::activity_code: return referral_leaf(ReferralKind::activity, ReferralPart::activity, tag);
    case Tag::activity_diagnosis: return referral_leaf(ReferralKind::activity, ReferralPart::diagnosis, tag);
    case Tag::laboratory: return In::laboratory;
    case Tag::immunization: return issued_leaf(sheet_.issued.add_immunization(), tag);
    case Tag::purpose: purpose_ = found.purpose; return sheet_leaf(purpose_slot_, tag);
    case Tag::part:
    case Tag::unknown: return In::part;
    default: return In::skip;
  }
}

ReportReader::In ReportReader::open_in_patient(Tag tag) {
  switch (tag) {
    case Tag::egn: return sheet_leaf(Field::egn, tag);
    case Tag::ss_no: return sheet_leaf(Field::ss_no, tag);
    case Tag::ehic_no: return sheet_leaf(Field::ehic_no, tag);
    case Tag::pers_id_no: return sheet_leaf(Field::pers_id_no, tag);
    case Tag::date_birth: return sheet_leaf(Field::birth, tag);
    default: return In::skip;
  }
}

ReportReader::In ReportReader::open_in_sender(Tag tag) {
  if (tag == Tag::practice_code) return sheet_leaf(Field::sender_code, tag);
  return tag == Tag::uin ? sheet_leaf(Field::sender_uin, tag) : In::skip;
}

// What it holds beside the referral is not the sheet's own.
ReportReader::In ReportReader::open_in_laboratory(Tag tag) {
  switch (tag) {
    case Tag::laboratory_number: return referral_leaf(ReferralKind::laboratory, ReferralPart::number, tag);
    case Tag::laboratory_code: return referral_leaf(ReferralKind::laboratory, ReferralPart::activity, tag);
    case Tag::laboratory_diagnosis: return referral_leaf(ReferralKind::laboratory, ReferralPart::diagnosis, tag);
    default: return In::skip;
  }
}

ReportReader::In ReportReader::open_in_leaf() {
  if (head_ != nullptr) {
    xml_.fail(name_of(leaf_tag_), "holds elements, where a text belongs");
  } else if (slot_ != nullptr) {
    bad(name_of(leaf_tag_), "holds elements, where a text belongs", slot_->place);
  }
  return In::skip;
}

// ---- doctors and sheets -------------------------------------------------------------------------------------------

void ReportReader::begin_doctor() {
  if (!report_checked_) {
    report_checked_ = true;
    if (const Fault fault = check_report(report_)) xml_.fail(fault.element, fault.reason);
  }
  doctor_ = {};
  doctor_sheets_ = 0;
  doctor_checked_ = false;
  doctor_fault_ = {};
}

void ReportReader::end_doctor() {
  if (doctor_sheets_ > 0) note_scope(true);
  std::fill(doctor_.egn.begin(), doctor_.egn.end(), '\0');
}

// `whole`: as far as is known now; one record in quarantine and the scope is not.
void ReportReader::note_scope(bool whole) {
  if (doctor_.scope.empty()) return;
  const auto known = scopes_.find(doctor_.scope);
  if (known != scopes_.end()) {
    known->second = known->second && whole;
  } else if (scopes_.size() < kScopes) {
    scopes_.emplace(doctor_.scope, whole);
  } else {
    too_many_scopes_ = true;
  }
}

void ReportReader::begin_sheet() {
  if (!doctor_checked_) {
    doctor_checked_ = true;
    doctor_fault_ = check_doctor(doctor_, report_);
  }
  ++sheets_;
  ++doctor_sheets_;
  sheet_.clear();
  sheet_.place = xml_.tag_place();
  sheet_fault_ = {};
  main_ = link_ = procedure_ = {};
  input_.begin_record(sheet_.place);
}

void ReportReader::end_sheet() {
  settle_all_codes();
  if (!sheet_fault_ && doctor_fault_) {
    sheet_fault_ = doctor_fault_;
    sheet_fault_.place = sheet_.place;
  }
  if (!sheet_fault_) sheet_fault_ = emit_sheet(sheet_, report_, doctor_, today_, options_.immunizations, out_);
  if (sheet_fault_) quarantine();
  input_.end_record();
}

void ReportReader::settle_codes(Coded& pending) {
  if (pending.system == nullptr) return;
  if (sheet_.codes.size() < kCodes) {
    if (pending.code.len != 0 || pending.name.len != 0) sheet_.codes.push_back(pending);
  } else {
    bad("AmbList", "holds more than 64 codes", sheet_.place);
  }
  pending = {};
}

void ReportReader::settle_all_codes() {
  settle_codes(main_);
  settle_codes(link_);
  settle_codes(procedure_);
}

// The first fault of a record stands.
void ReportReader::bad(std::string_view element, std::string_view reason, vestitel_place place) {
  if (!sheet_fault_) sheet_fault_ = {element, std::string(reason), place};
}

void ReportReader::quarantine() {
  ++quarantined_;
  note_scope(false);
  input_.quarantine(sheet_fault_);
}

}  // namespace nzok_amblist
