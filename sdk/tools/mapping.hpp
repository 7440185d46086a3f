// Which place of a format ends up in which field of an event, found out by trying: each value of each sample is
// changed, the sample is read again, and what is another in the events came from there. Nothing is known of the format
// but that it is XML, JSON lines or a table.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "sdk/tools/lab_reading.hpp"
#include "sdk/tools/leaves.hpp"

namespace vestitel {

struct MappingSample {
  std::string name;  // of the file
  std::string_view bytes;
};

// The field of an event that says whether there is one at all.
inline constexpr std::string_view kWhetherTold = "event";

// A field is named where at least a quarter of the values that made a difference changed it, or where nothing else
// does; a reason where half of the values met it, or where it is in the place's own name. The rest follows from what
// else stands in a sample.
struct MappingPlace {
  LeafForm form = LeafForm::kXml;
  std::string path;
  std::map<std::string, std::set<std::string>> gives;     // field: of which types of events
  std::map<std::string, std::set<std::string>> together;  // the same, where it stands in several places at once
  std::vector<std::string> refused;                       // why a changed value was set aside, each reason once
  bool tried = false;  // in a document of which nothing is set aside, so that "gives nothing" can be said
};

// What the events of the samples hold and no place changes.
struct MappingRest {
  std::set<std::string> types, values;
};

struct Mapping {
  std::vector<MappingPlace> places;                     // in the order of the documents
  std::set<std::string> types;                          // of the events
  std::map<std::string, std::set<std::string>> fields;  // of the events: of which types
  std::map<std::string, MappingRest> rest;
};

// The arrival is that of every sample but for its name. Of a sample that is refused as it stands nothing is tried.
Result<Mapping> map_samples(Reader& reader, const DocumentArrival& arrival, const std::vector<MappingSample>& samples,
                            ChildProgress& progress);

}  // namespace vestitel
