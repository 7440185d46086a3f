// The messages of the national system: which of them carry an activity, and what each does to its record.
#pragma once
#include <cstdint>
#include <string_view>

#include "plugins/sources/common/name.hpp"

namespace nhis {

enum class Kind : std::uint8_t { none, examination, referral, prescription, immunization, stay, dental, notice };
inline constexpr std::size_t kKinds = 8;

// What a message does to the record that it names.
enum class Part : std::uint8_t {
  none,       // no activity: queries, nomenclatures, and what has no event
  open,       // begins a record that is told only when it is closed
  issue,      // a record that is whole by itself
  close,      // what was opened is done
  correct,    // replaces what the record says
  cancel,     // takes the record back
  reply,      // the system's answer to the message type before it
  fetched,    // the record as the system holds it, whole and with its status
  dispensed,  // what a pharmacy gave on a prescription
  unread,     // an activity whose form is not documented
};

struct Meaning {
  char type[5];  // X003
  Kind kind;
  Part part;
  // Of a reply: what it answers, and the status that it has to name; 0: any. `partly`: this status leaves it standing.
  Part answers = Part::none;
  char status = 0, partly = 0;
};

// Of a type such as X003; what is not in the table, but has this form, carries no activity. Null: no message type.
const Meaning* meaning_of(std::string_view type);

struct KindNames {
  std::string_view key;    // first part of the record key
  std::string_view event;  // type
  sources::Name number;    // element that holds the national number
  sources::Name noun;      // element of the record; for the words of a fault
  char open, cancelled;    // status; 0: there is none, or it is not known
};
const KindNames& names_of(Kind kind);

}  // namespace nhis
