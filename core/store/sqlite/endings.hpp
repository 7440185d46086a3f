// What follows when a delivery comes to nothing: what was told before it counts again, a dead address is used no more,
// and the recipient's next channel has its turn. On the writer's thread.
#pragma once
#include "core/model/message.hpp"
#include "core/store/sqlite/told.hpp"

namespace vestitel::sqlite {

struct EndedDelivery {
  std::int64_t id = 0;
  PersonId person = 0;
  Channel channel = Channel::kEmail;
  std::int64_t left = 0;      // when it was handed to the sink
  bool told_perhaps = false;  // an earlier attempt may have arrived
};

class Endings {
 public:
  explicit Endings(Database& store)
      : told_(store),
        kill_contact_(store, kKill),
        revive_contact_(store, kRevive),
        stand_in_for_(store, kStandIn),
        stood_in_(store, "UPDATE outbox SET stood_in = 1 WHERE id = ?"),
        has_stand_in_(store, "SELECT id FROM outbox WHERE id = ? AND stood_in = 1"),
        next_turn_(store, kNext) {}

  ToldBook& told() { return told_; }

  // The person wants nothing more at the address to which this one went, or it does not exist.
  void address_ended(const EndedDelivery& delivery, const Verdict& verdict, Instant now);
  // It is dead, for this verdict.
  void died(const EndedDelivery& delivery, const Verdict& verdict, Instant now);
  // The address was not dead.
  void revive(PersonId person, Channel channel) { revive_contact_.run(person, static_cast<int>(channel)); }
  // It may not have arrived: who stands in for it need not wait. Once, however often it is tried again. False: nobody
  // stands in.
  bool in_doubt(std::int64_t delivery);
  // The channel whose turn it was cannot be used.
  void next_turn(EventId event, PersonId recipient) { next_turn_.run(event.value, recipient); }

 private:
  static constexpr const char* kKill =
      "UPDATE contact SET dead_since = ?, reason = ? WHERE person = ? AND channel = ? AND since <= ? AND dead_since IS "
      "NULL";
  static constexpr const char* kRevive =
      "UPDATE contact SET dead_since = NULL, reason = '' WHERE person = ? AND channel = ?";
  // Of the channels that stand in, the one whose turn comes first.
  static constexpr const char* kStandIn =
      "INSERT OR IGNORE INTO reopened(event, recipient, channel) SELECT n.event, n.recipient, n.channel FROM outbox o "
      "JOIN not_owed n ON n.event = o.event AND n.recipient = o.person WHERE o.id = ? AND n.turn IS NOT NULL ORDER BY "
      "n.turn LIMIT 1 RETURNING event";
  static constexpr const char* kNext =
      "INSERT OR IGNORE INTO reopened(event, recipient, channel) SELECT event, recipient, channel FROM not_owed WHERE "
      "event = ? AND recipient = ? AND turn IS NOT NULL ORDER BY turn LIMIT 1";

  ToldBook told_;
  Statement kill_contact_, revive_contact_, stand_in_for_, stood_in_, has_stand_in_, next_turn_;
};

}  // namespace vestitel::sqlite
