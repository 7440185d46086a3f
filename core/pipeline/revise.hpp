// What a record is to what is known under its key: new, corrected, annulled, or nothing at all. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/event.hpp"

namespace vestitel {

struct KnownRecord {  // the newest event under the same scope and record
  EventId event;
  PersonId person = 0;
  Revision revision = Revision::kNew;
  std::string_view digest;
  std::int64_t as_of_us = 0;  // of its document
  bool foreign = false;       // another partner reported it
  std::int64_t occurred_us = 0;
};

struct IncomingRecord {
  PersonId person = 0;
  Revision revision = Revision::kNew;  // as the source said; corrected is derived where it said new
  std::string_view digest;
  std::int64_t as_of_us = 0;
  std::int64_t occurred_us = 0;
  bool state = false;  // see is_state()
};

enum class RecordOutcome : std::uint8_t {
  kNew,
  kCorrected,
  kChanged,    // a state became another one: new, after the one before
  kAnnulled,   // taken back; of a record that is not known yet, so that an older document cannot bring it
  kMoved,      // the same record now names another person: annulled for the one, new for the other
  kDuplicate,  // nothing has changed
  kOutdated,   // an older document (as-of) supersedes nothing
  kUnfounded,  // annuls what is another person's and annulled already
  kForeign,    // another partner's record: nobody corrects what is another's
};

inline RecordOutcome revise(const std::optional<KnownRecord>& known, const IncomingRecord& incoming) {
  const bool annuls = incoming.revision == Revision::kAnnulled;
  if (!known) return annuls ? RecordOutcome::kAnnulled : RecordOutcome::kNew;
  if (known->foreign) return RecordOutcome::kForeign;
  const bool annulled = known->revision == Revision::kAnnulled;
  const bool same = annuls ? annulled : !annulled && known->digest == incoming.digest;
  if (same && known->person == incoming.person) return RecordOutcome::kDuplicate;
  if (incoming.as_of_us < known->as_of_us) return RecordOutcome::kOutdated;
  if (incoming.state && incoming.occurred_us < known->occurred_us) return RecordOutcome::kOutdated;
  if (annuls) return annulled ? RecordOutcome::kUnfounded : RecordOutcome::kAnnulled;
  if (known->person != incoming.person) return annulled ? RecordOutcome::kNew : RecordOutcome::kMoved;
  return incoming.state ? RecordOutcome::kChanged : RecordOutcome::kCorrected;
}

}  // namespace vestitel
