// The texts of a report: which are kept, and as what.
#include "plugins/sources/common/one_line.hpp"
#include "report_reader.hpp"

namespace nzok_amblist {
namespace {

constexpr std::size_t kLeaf = 2000;            // bytes of one text that we keep
constexpr std::size_t kLists = 16;             // of one sheet
constexpr std::size_t kSheetText = 48 * 1024;  // bytes of all texts that we keep of a sheet: an event holds them

// What is shown as it was written. Numbers, dates and codes that identify something are checked instead, and never
// repaired; what a sheet says of its sender and of other documents is not checked.
bool free_text(Tag tag, bool in_sheet) {
  switch (tag) {
    case Tag::practice_code:
    case Tag::uin:
    case Tag::no_napr:
    case Tag::no_amb_l:
    case Tag::exam_type: return in_sheet;
    case Tag::practice_name:
    case Tag::full_name:
    case Tag::substitute_name:
    case Tag::main_name:
    case Tag::link_name:
    case Tag::procedure_name: return true;
    default: return false;
  }
}

}  // namespace

// Of the head of report or doctor. It must stand before what it heads, and once.
ReportReader::In ReportReader::head_leaf(std::string& into, Tag tag) {
  const bool of_report = depth_ == 1;
  if (!into.empty()) {
    xml_.fail(name_of(tag), "stands twice");
  } else if (of_report ? report_checked_ : doctor_checked_) {
    xml_.fail(name_of(tag), of_report ? "stands after the first Doctor" : "stands after the doctor's first sheet");
  }
  if (xml_.failed()) return In::skip;
  leaf_tag_ = tag;
  head_ = &into;
  slot_ = nullptr;
  xml_.collect(head_, kLeaf);
  return In::leaf;
}

// Once a sheet is known to be bad, its texts are read past.
ReportReader::In ReportReader::sheet_leaf(Slot& slot, Tag tag) {
  if (sheet_.text.size() > kSheetText) bad(name_of(Tag::amb_list), "holds more text than an event can", sheet_.place);
  if (sheet_fault_) return In::skip;
  leaf_tag_ = tag;
  head_ = nullptr;
  slot_ = &slot;
  slot.off = static_cast<std::uint32_t>(sheet_.text.size());
  slot.len = 0;
  slot.place = xml_.tag_place();
  xml_.collect(&sheet_.text, kLeaf);
  return In::leaf;
}

ReportReader::In ReportReader::sheet_leaf(Field field, Tag tag) {
  Slot& slot = sheet_.at(field);
  if (slot.place.line == 0) return sheet_leaf(slot, tag);
  bad(name_of(tag), "stands twice", xml_.tag_place());
  return In::skip;
}

// A name and a code that follow each other, in either order, are one pair.
ReportReader::In ReportReader::code_leaf(Coded& pending, const char* system, Tag tag, Slot Coded::*of) {
  Slot& slot = pending.*of;
  if (slot.place.line != 0) settle_codes(pending);
  pending.system = system;
  return sheet_leaf(slot, tag);
}

ReportReader::In ReportReader::list_leaf(std::vector<Slot>& list, Tag tag) {
  if (list.size() == kLists) {
    bad(name_of(tag), "stands more than 16 times", xml_.tag_place());
    return In::skip;
  }
  return sheet_leaf(list.emplace_back(), tag);
}

ReportReader::In ReportReader::issued_leaf(Slot* slot, Tag tag) {
  if (slot != nullptr) return sheet_leaf(*slot, tag);
  bad(name_of(tag), "stands more often than a sheet can hold", xml_.tag_place());
  return In::skip;
}

ReportReader::In ReportReader::referral_leaf(ReferralKind kind, ReferralPart part, Tag tag) {
  return issued_leaf(sheet_.issued.add(kind, part), tag);
}

void ReportReader::close_leaf() {
  const bool overlong = xml_.overlong();
  xml_.collect(nullptr, 0);
  if (head_ != nullptr) return close_head_leaf(overlong);
  if (overlong) bad(name_of(leaf_tag_), "is longer than 2,000 bytes", slot_->place);
  if (free_text(leaf_tag_, true)) sources::make_one_line(sheet_.text, slot_->off);
  const std::string_view raw = std::string_view(sheet_.text).substr(slot_->off);
  const std::string_view text = trimmed(raw);
  slot_->off += static_cast<std::uint32_t>(text.empty() ? 0 : text.data() - raw.data());
  slot_->len = static_cast<std::uint32_t>(text.size());
  slot_ = nullptr;
  if (leaf_tag_ == Tag::purpose && (text == "1" || text == "true") && sheet_.purposes.size() < kLists) {
    sheet_.purposes.push_back(purpose_);
  }
}

void ReportReader::close_head_leaf(bool overlong) {
  if (overlong) return xml_.fail(name_of(leaf_tag_), "is longer than 2,000 bytes");
  if (free_text(leaf_tag_, false)) sources::make_one_line(*head_, 0);
  *head_ = std::string(trimmed(*head_));
  head_ = nullptr;
}

}  // namespace nzok_amblist
