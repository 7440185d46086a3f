// The elements of the report. libxml2 keeps each name once in a dictionary, so an element is told by the address of
// its name: one look-up in a small table, no comparison of text.
#pragma once
#include <libxml/parser.h>

#include <array>
#include <cstdint>

namespace nzok_amblist {

enum class Tag : std::uint8_t {
  unknown,
  ignored,  // known, and nothing that we keep
  opaque,   // known, and what is inside of it must not be mistaken for the sheet's own
  practice,
  practice_code,
  practice_name,
  date_from,
  date_to,
  doctor,
  uin,
  egn,
  full_name,
  simp_code,
  substitute_uin,
  substitute_name,
  amb_list,
  no_al,
  data_al,
  time,
  pay,
  patient,
  ss_no,
  ehic_no,
  pers_id_no,
  date_birth,
  part,  // a container inside a sheet that groups what we keep
  main_name,
  main_code,
  link_name,
  link_code,
  procedure_name,
  procedure_code,
  procedure_count,
  no_napr,
  no_amb_l,
  primary_visit,
  secondary_visit,
  exam_type,
  sended_from,
  specialist_specialty,  // of a referral to a specialist
  specialist_number,
  specialist_diagnosis,
  activity_specialty,  // of one for a highly specialised activity
  activity_number,
  activity_code,
  activity_diagnosis,
  laboratory,  // of one for examinations
  laboratory_number,
  laboratory_code,
  laboratory_diagnosis,
  immunization,
  purpose,  // a flag of VisitFor; its name tells which
};

// The element's name as it is written in the report, for error texts; "element" for what is unknown.
const char* name_of(Tag tag);

class TagTable {
 public:
  // Enters every known name into the parser's dictionary, which must outlive the table.
  explicit TagTable(xmlDict* dict);

  struct Found {
    Tag tag = Tag::unknown;
    const char* purpose = nullptr;  // of Tag::purpose: the value that an event shows
  };
  // `name` is a pointer out of that dictionary.
  Found find(const xmlChar* name) const {
    for (std::size_t i = slot(name);; i = (i + 1) % kSlots) {
      if (slots_[i].name == name) return slots_[i].found;
      if (slots_[i].name == nullptr) return {};
    }
  }

 private:
  static constexpr std::size_t kSlots = 512;  // four times the names
  static std::size_t slot(const xmlChar* name) {
    const auto address = reinterpret_cast<std::uintptr_t>(name);
    return (address ^ (address >> 9)) % kSlots;
  }
  struct Slot {
    const xmlChar* name = nullptr;
    Found found;
  };
  std::array<Slot, kSlots> slots_{};
};

}  // namespace nzok_amblist
