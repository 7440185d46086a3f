// A document: bytes that arrived for a reader, and what became of it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/model/event.hpp"

namespace vestitel {

enum class DocumentState : std::uint8_t { kStaging = 1, kSealed = 2, kRejected = 3 };  // stored
std::string_view to_text(DocumentState state);

// How it came. A feed's unit is a document too: what was emitted between two commits, without bytes of its own. A trial
// is read and counted like any other, and never sealed.
enum class Transport : std::uint8_t { kBytes = 0, kFeed = 1, kTrial = 2 };  // stored

// What the host knows of a document before a reader sees it.
struct DocumentArrival {
  std::string instance;  // id of the source instance
  std::string partner;   // "" where no partner is configured
  std::string name, media_type;
  std::uint64_t size = 0;
  Digest sha256{};
  Instant as_of, arrived;
  bool complete = false;  // the sender vouches that it covers its scope wholly
  Transport transport = Transport::kBytes;
  bool baseline = false;  // part of a first load: kept, and nobody is told
};

struct DocumentCounts {
  std::int64_t accepted = 0;  // new
  std::int64_t corrected = 0, annulled = 0, duplicates = 0;
  std::int64_t outdated = 0;  // older (as-of) than what is known: kept out
  std::int64_t quarantined = 0;
};

struct DocumentRow {
  std::int64_t id = 0;
  DocumentArrival arrival;
  DocumentState state = DocumentState::kStaging;
  DocumentCounts counts;
  std::optional<Instant> ended;
  std::string reason;  // why it was rejected
  Place place;         // where, when it was rejected for its content
};

struct QuarantineRow {
  std::int64_t id = 0;
  std::int64_t document = 0;
  Place place;
  std::string element, reason;
  std::optional<std::string> bytes;  // only where they were asked for
  std::optional<Instant> discarded;
};

}  // namespace vestitel
