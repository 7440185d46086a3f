// `vestitel import FILE... --source ID`: a document from a path that the operator gave. The same way as from a drop
// folder, but the file stays where it is. Resumable: after a kill the same command goes on behind what is staged.
#pragma once
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/intake/document_intake.hpp"

namespace vestitel {

struct ImportRequest {
  std::string path;  // a regular file; a symlink is followed, the operator has named it
  std::string instance, partner, media_type;
  std::optional<Instant> as_of;  // --as-of; else the arrival
  bool complete = false;
};

enum class ImportPhase { kDigest, kReading };
struct ImportProgress {
  ImportPhase phase = ImportPhase::kDigest;
  std::uint64_t bytes = 0, total = 0;
  std::uint64_t items = 0;
};

// kInvalid: not a file that can be a document. Everything else as DocumentIntake::run().
Result<IntakeOutcome> import_file(const ImportRequest& request, DocumentIntake& intake, const Clock& clock,
                                  const std::stop_token& stop,
                                  const std::function<void(const ImportProgress&)>& progress);

}  // namespace vestitel
