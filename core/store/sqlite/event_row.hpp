// The columns of `event e` that every reader of events asks for first, and what they mean.
#pragma once
#include <algorithm>
#include <optional>

#include "core/model/event.hpp"
#include "core/store/sqlite/body_codec.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

inline constexpr const char* kEventColumns =
    "e.id, e.record, e.type, e.revision, e.person, e.occurred, e.flags, e.prior, e.digest, e.body";
// A later revision of its record has been sealed.
inline constexpr const char* kRevisedLater =
    "EXISTS(SELECT 1 FROM event n JOIN document nd ON nd.id = n.id >> 32 AND nd.state = 2 WHERE n.scope = e.scope AND "
    "n.record = e.record AND n.id > e.id)";
inline constexpr int kDigestColumn = 8, kBodyColumn = 9, kAfterEventColumns = 10;

// What is kept unencrypted; the body is opened elsewhere.
inline Event read_event_row(const Statement::Rows& row) {
  Event event;
  event.id = {row.integer(0)};
  event.record = row.text(1);
  event.type = static_cast<EventType>(row.integer(2));
  event.revision = static_cast<Revision>(row.integer(3));
  event.person = row.integer(4);
  event.occurred = from_micros(row.integer(5));
  apply_flags(static_cast<int>(row.integer(6)), event);
  if (!row.null(7)) event.prior = EventId{row.integer(7)};
  return event;
}

// event.identity; nothing where it is NULL.
inline std::optional<ActivityIdentity> read_identity(std::string_view blob) {
  ActivityIdentity identity;
  if (blob.size() != identity.size()) return std::nullopt;
  std::copy(blob.begin(), blob.end(), identity.begin());
  return identity;
}

}  // namespace vestitel::sqlite
