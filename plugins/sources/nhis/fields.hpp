// What is kept of each kind of record: the table to hold against the description of the messages.
#pragma once
#include <span>

#include "kinds.hpp"
#include "plugins/sources/common/name.hpp"

namespace nhis {

enum class Use : std::uint8_t {
  occurred,       // the day of the event
  discharged,     // the day of the discharge
  financing,      // who pays
  facility,       // number of the facility, where no performer stands beside the record
  deceased,       // there: the person has died
  corrected,      // there: the record was corrected
  reference,      // number of another document
  attribute,      // as it is
  text,           // free text, as attribute, on one line
  period,         // a day, as attribute
  code,           // of the system `key`
  qualification,  // attribute, from nhifCode
  diagnosis,      // code, additionalCode; not what was entered in error
  medication,     // code and name, code of the Fund, diagnosis
  procedure,      // of a dentist: code, teeth, diagnosis; one by one, by their sequence
};

struct Field {
  Use use;
  sources::Name path[3];  // below the record
  const char* key = nullptr;
};

std::span<const Field> fields_of(Kind kind);

}  // namespace nhis
