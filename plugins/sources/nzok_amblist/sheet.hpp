// One outpatient sheet as read, and the rules by which it becomes an event or a quarantined record. Pure: the text of
// the sheet, what the report and its doctor say, and today's date decide.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "issued.hpp"
#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/rules.hpp"
#include "slot.hpp"
#include "tags.hpp"

namespace nzok_amblist {

using sources::Fault, sources::trimmed;

// A code and its name, in either order; of a procedure maybe how often it was done.
struct Coded {
  const char* system = nullptr;
  Slot code, name, count;
};

enum class Field : std::uint8_t {
  no_al,
  data_al,
  time,
  pay,
  egn,
  ss_no,
  ehic_no,
  pers_id_no,
  birth,
  exam_type,
  substitute_uin,
  substitute_name,
  sender_code,
  sender_uin,
  count
};

struct Sheet {
  std::string text;  // of all slots; grows to the largest sheet and stays
  Slot fields[static_cast<std::size_t>(Field::count)];
  std::vector<Coded> codes;
  std::vector<Slot> referrals, sheets;
  std::vector<const char*> purposes;
  Issued issued;
  bool primary = false, secondary = false;
  vestitel_place place{};

  // Forgets the last record; keeps the memory.
  void clear();
  Slot& at(Field field) { return fields[static_cast<std::size_t>(field)]; }
  const Slot& at(Field field) const { return fields[static_cast<std::size_t>(field)]; }
  std::string_view view(const Slot& slot) const { return slot.in(text); }
  std::string_view view(Field field) const { return view(at(field)); }
};

// What stands above the sheets. `scope` is complete once both are checked.
struct Report {
  std::string practice_code, practice_name, from_text, to_text, region;
  vestitel::Date from{}, to{};
};
struct Doctor {
  std::string uin, egn, name, specialty, substitute_uin, substitute_name, scope;
};

// Checks the head of the report and completes it. Its places are not known here.
Fault check_report(Report& report);
// Checks the doctor and completes the scope: PracticeCode:UIN:SIMPCode:YYYY-MM.
Fault check_doctor(Doctor& doctor, const Report& report);

// Emits the visit and what was issued at it, or says why not, then without having emitted anything. `immunizations`:
// as events of their own. May change the sheet's text (upper case).
Fault emit_sheet(Sheet& sheet, const Report& report, const Doctor& doctor, const vestitel::Date& today,
                 bool immunizations, vestitel::Emit& out);

}  // namespace nzok_amblist
