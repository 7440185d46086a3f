#include "issued.hpp"

#include <algorithm>

#include "plugins/sources/common/one_line.hpp"
#include "sheet.hpp"

namespace nzok_amblist {
namespace {

using sources::is_icd10, sources::kLongestCode, sources::kNationalNumber;

constexpr std::size_t kReferrals = 32, kParts = 128, kImmunizations = 16;  // of one sheet

bool is_national(std::string_view number) { return number.size() == kNationalNumber && sources::all_alnum(number); }

bool is_code(std::string_view code) {
  return code.size() <= kLongestCode && !sources::holds_beyond_ascii(code) && !sources::holds_control(code);
}

// Whether such a part may stand more than once in a referral.
bool repeats(ReferralKind kind, ReferralPart part) {
  return part == ReferralPart::diagnosis || (kind == ReferralKind::laboratory && part == ReferralPart::activity);
}

const char* name_of(ReferralKind kind) {
  switch (kind) {
    case ReferralKind::specialist: return "specialist";
    case ReferralKind::activity: return "highly-specialised";
    case ReferralKind::laboratory: return "laboratory";
  }
  return "";
}

const char* number_element(ReferralKind kind) {
  switch (kind) {
    case ReferralKind::specialist: return "NoN";
    case ReferralKind::activity: return "NoNVSD";
    case ReferralKind::laboratory: return "NoMDD";
  }
  return "";
}

// Two codes with one character between them: the length of the first; 0: it is nothing of the kind.
std::size_t first_of_two(std::string_view text) {
  for (const std::size_t n : {std::size_t{3}, std::size_t{5}}) {
    if (text.size() > n + 1 && is_icd10(text.substr(0, n)) && is_icd10(text.substr(n + 1))) return n;
  }
  return 0;
}

}  // namespace

// ---- collecting ---------------------------------------------------------------------------------------------------

void Issued::clear() {
  referrals_.clear();
  parts_.clear();
  immunizations_.clear();
  end_referrals();
}

void Issued::end_referrals() {
  for (Last& last : last_) last = {};
}

Slot* Issued::add(ReferralKind kind, ReferralPart part) {
  if (parts_.size() == kParts) return nullptr;
  Last& last = last_[static_cast<std::size_t>(kind)];
  const bool follows = last.referral != kNone && (last.part < part || (last.part == part && repeats(kind, part)));
  if (!follows) {
    if (referrals_.size() == kReferrals) return nullptr;
    last.referral = referrals_.size();
    referrals_.push_back({kind, {}, kNone});
  }
  last.part = part;
  return &parts_.emplace_back(Part{last.referral, part, {}, 0}).text;
}

Slot* Issued::add_immunization() {
  return immunizations_.size() == kImmunizations ? nullptr : &immunizations_.emplace_back();
}

// ---- checking -----------------------------------------------------------------------------------------------------

sources::Fault Issued::check(std::string& text, sources::Warnings& warnings) {
  if (empty()) return {};
  if (sources::Fault fault = find_numbers(text, warnings)) return fault;
  for (Part& part : parts_) check_part(part, text, warnings);
  for (Slot& slot : immunizations_) {
    to_upper(text, slot);
    if (is_code(slot.in(text))) continue;
    warnings.add("unusual-immunization");
    slot.len = 0;
  }
  return {};
}

// Only a national number says which referral it is. One that stands again, for more codes say, is the same referral.
sources::Fault Issued::find_numbers(std::string& text, sources::Warnings& warnings) {
  for (const Part& part : parts_) {
    if (part.part != ReferralPart::number) continue;
    to_upper(text, part.text);
    referrals_[part.referral].number = part.text;
  }
  for (std::size_t i = 0; i < referrals_.size(); ++i) {
    Referral& referral = referrals_[i];
    const std::string_view number = referral.number.in(text);
    if (!is_national(number)) {
      warnings.add("referral-without-national-number");
      continue;
    }
    referral.told_with = i;
    for (std::size_t before = 0; before < i; ++before) {
      if (referrals_[before].number.in(text) != number) continue;
      if (referrals_[before].kind != referral.kind) {
        return {number_element(referral.kind), "stands for referrals of two kinds", referral.number.place};
      }
      referral.told_with = before;
      break;
    }
  }
  return {};
}

void Issued::check_part(Part& part, std::string& text, sources::Warnings& warnings) {
  to_upper(text, part.text);
  const std::string_view shown = part.text.in(text);
  if (part.part == ReferralPart::number || shown.empty()) return;
  if (!is_code(shown)) {
    warnings.add("unusual-referral-code");
    part.text.len = 0;
  } else if (part.part == ReferralPart::diagnosis) {
    part.first_length = first_of_two(shown);
    if (part.first_length == 0 && !is_icd10(shown)) warnings.add("unusual-diagnosis-code");
  }
}

// ---- writing ------------------------------------------------------------------------------------------------------

void IssuedWriter::write_head(vestitel::Event& event, std::string_view key) const {
  event.key(visit_.scope, key).subject(visit_.subject_kind, visit_.subject).on(visit_.date);
  event.facility(report_.practice_code, report_.practice_name, report_.region);
  event.practitioner(visit_.uin, visit_.name, doctor_.specialty);
  event.ref("sheet", visit_.number);
}

void IssuedWriter::write_referrals(vestitel::Emit& out) const {
  std::string key;
  for (std::size_t i = 0; i < issued_.referrals_.size(); ++i) {
    const Issued::Referral& referral = issued_.referrals_[i];
    if (referral.told_with != i) continue;
    const std::string_view number = referral.number.in(text_);
    key.assign(visit_.key).append(":ref:").append(number);
    auto& event = out.event("document.referral", referral.number.place);
    write_head(event, key);
    event.number(number);
    for (const Issued::Part& part : issued_.parts_) {
      if (issued_.referrals_[part.referral].told_with == i) write_part(event, referral.kind, part);
    }
    event.attr("nzok-amblist.referral-kind", name_of(referral.kind));
    event.attr("subject.birth-date", visit_.birth);
  }
}

void IssuedWriter::write_part(vestitel::Event& event, ReferralKind kind, const Issued::Part& part) const {
  const std::string_view text = part.text.in(text_);
  switch (part.part) {
    case ReferralPart::number: return;
    case ReferralPart::specialty: event.attr("nzok-amblist.referral-specialty", text); return;
    case ReferralPart::activity:
      if (kind == ReferralKind::laboratory) {
        event.code("nzok-mdd", text);
      } else {
        event.attr("nzok-amblist.referral-activity", text);
      }
      return;
    case ReferralPart::diagnosis:
      if (part.first_length == 0) {
        event.code("icd10", text);
      } else {
        event.code("icd10", text.substr(0, part.first_length)).code("icd10", text.substr(part.first_length + 1));
      }
      return;
  }
}

bool IssuedWriter::again(std::size_t immunization) const {
  const std::string_view code = issued_.immunizations_[immunization].in(text_);
  return std::any_of(issued_.immunizations_.begin(),
                     issued_.immunizations_.begin() + static_cast<std::ptrdiff_t>(immunization),
                     [&](const Slot& before) { return before.in(text_) == code; });
}

void IssuedWriter::write_immunizations(vestitel::Emit& out) const {
  std::string key;
  for (std::size_t i = 0; i < issued_.immunizations_.size(); ++i) {
    const Slot& slot = issued_.immunizations_[i];
    if (slot.len == 0 || again(i)) continue;
    const std::string_view code = slot.in(text_);
    key.assign(visit_.key).append(":imm:").append(code);
    auto& event = out.event("document.immunization", slot.place);
    write_head(event, key);
    event.code("nzok-immunization", code);
    event.attr("subject.birth-date", visit_.birth);
  }
}

void IssuedWriter::note_immunizations(vestitel::Event& event) const {
  for (std::size_t i = 0; i < issued_.immunizations_.size(); ++i) {
    if (!again(i)) event.code("nzok-immunization", issued_.immunizations_[i].in(text_));
  }
}

}  // namespace nzok_amblist
