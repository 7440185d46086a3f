// The new build of a reader beside the old one, over recorded documents: what would change in the events.
//
// Each version reads each document in a child of its own. Identifiers are compared and never shown; the values of other
// fields only where they were asked for.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/plugin/trusted_file.hpp"

namespace vestitel {

// A version of the plugin, as the store has it.
struct ShadowVersion {
  std::string library, sha256;  // absolute path; digest in hex
  std::string plugin;           // id
  std::string version;
};

struct ShadowOptions {
  TrustedOwners owners = TrustedOwners::own();
  std::string settings = "{}";  // JSON, as the plugin takes it
  std::string partner;
  Instant as_of;                           // of the documents
  std::chrono::milliseconds time{60'000};  // for one document
};

// One event or quarantined record that is not the same.
struct ShadowDifference {
  enum class Kind { kOnlyOld, kOnlyNew, kChanged };
  Kind kind = Kind::kChanged;
  std::string what;                 // "activity.outpatient scope/record" or "quarantined"
  std::string place;                // "line 12, column 3", "" where it is not known
  std::vector<std::string> fields;  // names of those that differ
  std::map<std::string, std::pair<std::string, std::string>> values;  // old and new, of what is not an identifier
};

struct ShadowDocument {
  std::string path;
  std::string old_failure, new_failure;  // "": read whole
  std::size_t old_events = 0, new_events = 0, same = 0;
  std::vector<ShadowDifference> differences;
  [[nodiscard]] bool equal() const { return differences.empty() && old_failure == new_failure; }
};

Result<ShadowDocument> run_shadow(const ShadowVersion& old_version, const ShadowVersion& new_version,
                                  const std::string& document, const ShadowOptions& options, Random& random);

}  // namespace vestitel
