// One document through a reader into the store: opened, staged batch by batch, then sealed or rejected as a whole.
//
// Every transport ends here. After a kill the same bytes are read again and what is already staged is skipped; bytes
// that were sealed before are not read at all, and the earlier row answers. Memory does not grow with the document.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "core/base/result.hpp"
#include "core/intake/checked_batch.hpp"
#include "core/model/document.hpp"
#include "core/ports/intake_store.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

// The bytes of a document, and whether they are still those that were there at first.
class DocumentBytes : public ByteStream {
 public:
  // Reads to the end and compares with how the document was when its digest was taken. kConflict: it has changed.
  virtual Result<> unchanged() = 0;
};

struct IntakeProgress {
  std::uint64_t bytes = 0, total = 0;
  std::uint64_t items = 0;  // events and quarantined records
};

struct IntakeControl {
  std::stop_token stop;  // ends the reading with kCancelled; what is staged stays
  std::function<void(const IntakeProgress&)> progress;
  // The first reading of bytes that may be cut off: content that would have the document rejected gives kBusy
  // instead and leaves it open, to be read again when the bytes have stood still once more.
  bool hold_rejection = false;
};

struct IntakeOutcome {
  DocumentRow row;      // sealed or rejected
  bool repeat = false;  // these bytes were sealed before: nothing was read, the row is the earlier one
};

class DocumentIntake {
 public:
  // Borrows store and reader, which outlive it. One document at a time.
  DocumentIntake(IntakeStore& store, Reader& reader, RulesFor rules)
      : store_(store), reader_(reader), rules_(std::move(rules)) {}

  // An outcome is final and durable; that of a trial (by its transport) is the one that it would have had, and nothing
  // of the document stays. An error decides nothing, and the document may be brought again: kCancelled, kBusy and kIo
  // as they come, kConflict when the bytes changed meanwhile, kInternal when the reader failed in a way that is not the
  // document's fault, kConfig or kDenied when somebody has to change something first.
  Result<IntakeOutcome> run(const DocumentArrival& arrival, DocumentBytes& bytes, const IntakeControl& control);

  // A document that is not read at all (empty, too large, a bad sidecar): registered and rejected.
  Result<IntakeOutcome> refuse(const DocumentArrival& arrival, std::string_view reason);

 private:
  Error read_otherwise(const OpenedDocument& opened);
  Result<> blame(std::int64_t document, ParseFailure& failure);
  Result<> annul_gone(std::int64_t document, std::span<const std::string> scopes);
  Result<DocumentRow> end(std::int64_t document, Transport transport);
  Result<IntakeOutcome> decide(const OpenedDocument& opened, const DocumentArrival& arrival,
                               std::optional<ParseFailure> failure, std::span<const std::string> complete,
                               DocumentBytes& bytes, bool hold_rejection);

  IntakeStore& store_;
  Reader& reader_;
  const RulesFor rules_;
};

}  // namespace vestitel
