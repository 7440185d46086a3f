// A mapping arranged for people: a section for each root of a document, and in it a row for each place that matters.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sdk/tools/mapping.hpp"

namespace vestitel {

using MappingTypes = std::set<std::string>;

// What a place gives to events of the same types; nothing: to each of its section that has these fields.
struct MappingGift {
  std::optional<MappingTypes> types;
  std::vector<std::string> fields, together;
  friend bool operator==(const MappingGift&, const MappingGift&) = default;
};

struct MappingRow {
  std::vector<std::string> paths;  // several of one parent, where all else is the same
  std::vector<MappingGift> gifts;
  std::vector<std::string> refused;
};

struct MappingSection {
  LeafForm form = LeafForm::kXml;
  std::string root;    // "" but of XML
  std::string prefix;  // with which all its paths begin: "report/"
  MappingTypes types;  // of the events that come of it
  std::vector<MappingRow> rows;
  std::vector<std::string> nothing;  // places that change nothing; "a/b/": whatever is in there
};

std::vector<MappingSection> sections_of(const Mapping& mapping);

// Those of `types` where they are not all of `among` that have the field.
std::optional<MappingTypes> types_to_tell(const Mapping& mapping, const std::string& field, const MappingTypes& types,
                                          const MappingTypes& among);

// Up to the last slash: "a/b/" of "a/b/c" and of "a/b/c/".
std::string parent_of(const std::string& path);

}  // namespace vestitel
