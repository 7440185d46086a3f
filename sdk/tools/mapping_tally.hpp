// How often what was seen, over all values that stand in one place of a format.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sdk/tools/reading_difference.hpp"

namespace vestitel {

// What changing one value did, in all the ways in which it was changed.
struct Seen {
  std::set<std::pair<std::string, std::string>> fields;  // type, field
  std::vector<std::string> refused;                      // each reason once

  // 1 where a field is another, else 0. Without `with_fields` the reasons alone are taken.
  std::size_t take(const ReadingDifference& difference, bool with_fields);
};

struct Tally {
  std::size_t values = 0, telling = 0;  // that made a difference
  std::map<std::string, std::size_t> fields;
  std::map<std::string, std::set<std::string>> types;  // of a field
  std::vector<std::string> reasons;                    // as they came
  std::map<std::string, std::size_t> refused;

  void count(const Seen& seen);
};

// "NoAl: is missing" names the place "Practice/Doctor/AmbList/NoAl"; the element of an attribute is its place too.
bool is_of_place(const std::string& reason, const std::string& path);

}  // namespace vestitel
