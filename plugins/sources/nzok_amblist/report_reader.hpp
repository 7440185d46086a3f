// Walks one report: practice, doctors, sheets. Elements are told by the state they stand in and their tag; text is
// kept only for the leaves that an event needs, in buffers that stay. Memory does not grow with the document.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "plugins/sources/common/xml_document.hpp"
#include "sheet.hpp"
#include "tags.hpp"

namespace nzok_amblist {

struct Options {
  bool full_reports = false;   // believe a sender who says that a report is complete
  bool immunizations = false;  // tell of them as events of their own
};

class ReportReader final : private sources::XmlHandler {
 public:
  // Borrows all, for one document.
  ReportReader(const Options& options, const vestitel::Host& host, const vestitel::Document& document,
               vestitel::Input& in, vestitel::Emit& out);

  // Reads the document to its end, or rejects it.
  void read();

 private:
  // What an open element means.
  enum class In : std::uint8_t { nothing, practice, doctor, sheet, part, patient, sender, laboratory, leaf, skip };

  void open(const sources::XmlTag& opened) override;
  void close() override;

  In open_root(Tag tag, bool namespaced);
  In open_in_practice(Tag tag);
  In open_in_doctor(Tag tag);
  In open_in_sheet(TagTable::Found found, bool direct);
  In open_in_patient(Tag tag);
  In open_in_sender(Tag tag);
  In open_in_laboratory(Tag tag);
  In open_in_leaf();

  In head_leaf(std::string& into, Tag tag);
  In sheet_leaf(Slot& slot, Tag tag);
  In sheet_leaf(Field field, Tag tag);
  In code_leaf(Coded& pending, const char* system, Tag tag, Slot Coded::*of);
  In issued_leaf(Slot* slot, Tag tag);
  In referral_leaf(ReferralKind kind, ReferralPart part, Tag tag);
  In list_leaf(std::vector<Slot>& list, Tag tag);
  void close_leaf();
  void close_head_leaf(bool overlong);

  void begin_doctor();
  void end_doctor();
  void begin_sheet();
  void end_sheet();
  void settle_codes(Coded& pending);
  void settle_all_codes();
  void bad(std::string_view element, std::string_view reason, vestitel_place place);
  void quarantine();
  void note_scope(bool whole);

  void claim_scopes();
  void report_counts() const;

  // Borrowed.
  const Options& options_;
  const vestitel::Host& host_;
  const vestitel::Document& document_;
  vestitel::Emit& out_;

  sources::XmlDocument input_;
  sources::XmlPush& xml_;
  TagTable tags_;
  vestitel::Date today_;

  // Where the walk stands.
  In stack_[sources::XmlPush::kDepth + 1] = {};
  int depth_ = 0;
  Tag leaf_tag_ = Tag::unknown;
  std::string* head_ = nullptr;    // the leaf that is open belongs to the head of report or doctor: its text
  Slot* slot_ = nullptr;           // it belongs to a sheet
  const char* purpose_ = nullptr;  // it is a flag of this meaning
  Slot purpose_slot_;

  Report report_;
  bool report_checked_ = false;
  Doctor doctor_;
  bool doctor_checked_ = false;
  Fault doctor_fault_;
  Sheet sheet_;
  Coded main_, link_, procedure_;
  Fault sheet_fault_;

  // Scopes that have sheets, for completeness; false: a record of it was quarantined.
  std::map<std::string, bool> scopes_;
  bool too_many_scopes_ = false;
  std::uint64_t sheets_ = 0, doctor_sheets_ = 0, quarantined_ = 0, unknown_ = 0;
};

}  // namespace nzok_amblist
