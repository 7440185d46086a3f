#include "core/store/sqlite/told.hpp"

namespace vestitel::sqlite {
namespace {

Blob blob_of(const ActivityIdentity& identity) { return {{identity.data(), identity.size()}}; }

}  // namespace

ToldBook::ToldBook(Database& store)
    : insert_(store,
              "INSERT INTO told(identity, recipient, channel, event) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
              "before = CASE WHEN ?5 THEN before ELSE event END, event = ?4, said = NULL"),
      say_again_(
          store,
          "UPDATE told SET said = max(coalesce(said, 0), ?) WHERE identity = ? AND recipient = ? AND channel = ? "
          "AND event = ? RETURNING event"),
      restore_(store,
               "UPDATE told SET event = before, before = NULL, said = NULL WHERE identity = ? AND recipient = ? AND "
               "channel = ? AND event = ? AND before IS NOT NULL"),
      drop_told_(store, "DELETE FROM told WHERE identity = ? AND recipient = ? AND channel = ? AND event = ?"),
      forget_before_(
          store, "UPDATE told SET before = NULL WHERE identity = ? AND recipient = ? AND channel = ? AND before = ?"),
      identity_of_(store, "SELECT identity FROM event WHERE id = ? AND identity IS NOT NULL AND revision <> 3"),
      repoint_(store, "UPDATE not_owed SET told_by = ? WHERE told_by = ? AND recipient = ? AND channel = ?"),
      reopen_(
          store,
          "INSERT OR IGNORE INTO reopened(event, recipient, channel) SELECT event, recipient, channel FROM not_owed "
          "WHERE told_by = ? AND recipient = ? AND channel = ?"),
      reopen_one_(store, "INSERT OR IGNORE INTO reopened(event, recipient, channel) VALUES(?, ?, ?)"),
      delivery_(store, "SELECT event, person, channel FROM outbox WHERE id = ?"),
      drop_reopened_(store, "DELETE FROM reopened WHERE event = ? AND recipient = ? AND channel = ?"),
      drop_not_owed_(store, "DELETE FROM not_owed WHERE event = ? AND recipient = ? AND channel = ?") {}

void ToldBook::tell(const Decision& decision, bool replaced) {
  if (!decision.activity) return;
  const int channel = static_cast<int>(decision.channel);
  insert_.run(blob_of(*decision.activity), decision.recipient, channel, decision.event.value, replaced ? 1 : 0);
  if (decision.prior) repoint_.run(decision.event.value, decision.prior->value, decision.recipient, channel);
}

void ToldBook::repeat(const Decision& decision) {
  if (!decision.activity || !decision.told_by) return;
  const int channel = static_cast<int>(decision.channel);
  const bool stands =
      say_again_
          .number(decision.as_of_us, blob_of(*decision.activity), decision.recipient, channel, decision.told_by->value)
          .has_value();
  if (!stands) reopen_one_.run(decision.event.value, decision.recipient, channel);
}

void ToldBook::died(std::int64_t outbox, bool stood_in_for) {
  std::int64_t event = 0;
  PersonId recipient = 0;
  int channel = 0;
  {
    auto row = delivery_.rows(outbox);
    if (!row.step()) return;
    event = row.integer(0);
    recipient = row.integer(1);
    channel = static_cast<int>(row.integer(2));
  }
  std::string identity;
  {
    auto row = identity_of_.rows(event);
    if (!row.step()) return;
    identity = row.blob(0);
  }
  restore_.run(Blob{identity}, recipient, channel, event);
  drop_told_.run(Blob{identity}, recipient, channel, event);
  forget_before_.run(Blob{identity}, recipient, channel, event);
  if (!stood_in_for) reopen_.run(event, recipient, channel);
}

void ToldBook::take_back(EventId event, PersonId recipient, Channel channel) {
  drop_reopened_.run(event.value, recipient, static_cast<int>(channel));
  drop_not_owed_.run(event.value, recipient, static_cast<int>(channel));
}

}  // namespace vestitel::sqlite
