// Where each field of an event comes from, found out by trying: the document is read again with one word of it changed,
// and what changes in the events came from that word. Nothing needs to be known of the format.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sdk/tools/lab_reading.hpp"

namespace vestitel {

struct LabResult {
  std::vector<LabRecord> records;  // a field from nowhere: no word of the document changes it
  std::vector<std::string> lines;  // of the document, as far as the records reach
  std::string refused;             // why the document was refused; "": it was not
  std::size_t more = 0;            // records beyond the limit
  std::size_t tries = 0;           // how often the document was read
};

// Works on the first `limit` records. The document is small: it is read up to three times for each of its words.
LabResult explore(Reader& reader, const DocumentArrival& arrival, std::string_view document, std::size_t limit,
                  ChildProgress& progress);

inline constexpr std::size_t kLabLargest = 1024UL * 1024;  // bytes of a document

}  // namespace vestitel
