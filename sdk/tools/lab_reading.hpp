// One reading of a document as those see it who ask where a field came from: records with their fields as text.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/document.hpp"
#include "core/ports/source.hpp"
#include "sdk/tools/child.hpp"

namespace vestitel {

// A piece of one line; line and column (in characters) from 1.
struct LabPlace {
  std::uint32_t line = 0, column = 0, length = 0;
};

struct LabField {
  std::string name, value;  // of what repeats, the second is "code.icd10 (2)"
  std::vector<LabPlace> from;
};

// What became of one record: an event with its fields, or a reject with its reason.
struct LabRecord {
  Place place;
  bool accepted = false;
  std::string headline;  // "activity.laboratory new", or "row: three columns expected"
  std::vector<LabField> fields;
};

struct LabReading {
  std::vector<LabRecord> records;       // as they came
  std::optional<ParseFailure> refused;  // the document as a whole
};

LabReading read_for_lab(Reader& reader, const DocumentArrival& arrival, std::string_view document,
                        ChildProgress& progress);

// Another byte of the same class, so that a number stays one and a text stays UTF-8; the same where there is none.
char other_byte(char c, int step);

}  // namespace vestitel
