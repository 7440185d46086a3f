// What is not the same in two readings of a document of which one value was changed.
#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sdk/tools/lab_reading.hpp"

namespace vestitel {

struct ReadingDifference {
  std::set<std::pair<std::string, std::string>> fields;  // type of the event, field
  std::vector<std::string> refused;                      // reasons of what is set aside now and was not
};

ReadingDifference difference_of(const LabReading& before, const LabReading& after);

// The type of an accepted record, and its field without the number of what repeats.
std::string type_of(const LabRecord& record);
std::string field_name(const LabField& field);

}  // namespace vestitel
