// A batch as the caller's thread hands it to the writer: people known, bodies sealed, digests computed.
#pragma once
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/model/event.hpp"

namespace vestitel::sqlite {

using ContentDigest = std::array<char, 16>;

struct PreparedEvent {
  const EventView* view = nullptr;  // into the batch that is kept below
  EventType type = EventType::kOutpatient;
  PersonId person = 0;
  ContentDigest digest{};
  std::size_t body = 0, body_length = 0;  // into sealed
  std::optional<ActivityIdentity> activity;
  std::size_t shown = 0, shown_length = 0;  // into sealed
  [[nodiscard]] std::string_view digest_text() const { return {digest.data(), digest.size()}; }
};

struct PreparedQuarantine {
  const QuarantinedView* view = nullptr;
  std::size_t bytes = 0, bytes_length = 0;  // into sealed
};

struct PreparedBatch {
  std::int64_t first = 0;  // ordinal of its first item in the document
  EventBatch batch;        // owns what the views point at
  std::vector<PreparedEvent> events;
  std::vector<PreparedQuarantine> quarantined;
  std::deque<std::string> records;  // keys that the person was added to; the views point at them
  std::string sealed;               // every sealed value, and what is shown, one after the other
  [[nodiscard]] std::string_view slice(std::size_t at, std::size_t n) const {
    return std::string_view(sealed).substr(at, n);
  }
};

// Associated data: where a sealed value belongs.
inline std::string body_place(PersonId person, std::string_view digest) {
  std::string place = "event.body/1/" + std::to_string(person) + "/";
  return place.append(digest);
}
inline std::string quarantine_place(std::int64_t document) { return "quarantine.bytes/1/" + std::to_string(document); }
inline std::string document_key_place(std::string_view sha256) { return std::string("document.key/1/").append(sha256); }

}  // namespace vestitel::sqlite
