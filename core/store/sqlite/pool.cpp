#include "core/store/sqlite/pool.hpp"

#include <string>

#include "core/store/sqlite/event_row.hpp"

namespace vestitel::sqlite {
namespace {

// The inner pages of both trees fit; leaves come from the page cache of the system.
constexpr int kStoreCacheKib = 4 * 1024, kVaultCacheKib = 8 * 1024;

// Behind the event's own columns. The last one: whether a later revision has taken its place.
std::string reopened_rows() {
  return std::string("SELECT ") + kEventColumns +
         ", e.identity, d.instance, d.ended, d.seal, r.recipient, r.channel, " + kRevisedLater +
         " FROM reopened r JOIN event e ON e.id = r.event JOIN document d ON d.id = e.id >> 32 ORDER BY r.event, "
         "r.recipient, r.channel LIMIT ?";
}

}  // namespace

Reader::Reader(const std::string& store_path, const std::string& vault_path)
    : store(store_path, Access::kRead, 0, kStoreCacheKib),
      vault(vault_path, Access::kRead, 0, kVaultCacheKib),
      person_by_blind(vault, "SELECT id, wrapped FROM person WHERE blind = ?"),
      key_by_person(vault, "SELECT wrapped, blind FROM person INDEXED BY person_id WHERE id = ?"),
      identifier_by_person(vault, "SELECT type, identifier, wrapped, blind FROM person WHERE id = ?"),
      seal_after(store,
                 "SELECT seal, id, instance, ended, baseline FROM document WHERE seal >= ? ORDER BY seal LIMIT 1"),
      events_after(store, std::string("SELECT ") + kEventColumns +
                              ", e.identity FROM event e WHERE e.id > ? AND e.id < ? ORDER BY e.id LIMIT ?"),
      subscriptions(store,
                    "SELECT s.recipient, s.channel, s.cadence, s.locale, c.dead_since IS NULL AND c.address IS NOT "
                    "NULL FROM subscription s LEFT JOIN contact c ON c.person = s.recipient AND c.channel = s.channel "
                    "WHERE s.subject = ? ORDER BY s.recipient, s.channel"),
      outbox_body(store, "SELECT sealed FROM outbox_body WHERE id = ?"),
      contact_of(store, "SELECT address, dead_since FROM contact WHERE person = ? AND channel = ?"),
      last_reason(store, "SELECT coalesce(reason, '') FROM attempt WHERE outbox = ? AND n = ?"),
      subscribed_after(store, "SELECT DISTINCT subject FROM subscription WHERE subject > ? ORDER BY subject LIMIT ?"),
      told_of(store, "SELECT recipient, channel, event, coalesce(said, 0) FROM told WHERE identity = ?"),
      report_of(store,
                "SELECT e.revision, e.shown, max(d.as_of, coalesce(c.as_of, 0)) FROM event e JOIN document d ON d.id = "
                "e.id >> 32 LEFT JOIN document c ON c.id = e.confirmed AND c.state = 2 WHERE e.id = ?"),
      reopened(store, reopened_rows()) {}

std::vector<Subscription> Reader::subscriptions_of(PersonId subject) {
  std::vector<Subscription> found;
  auto rows = subscriptions.rows(subject);
  while (rows.step())
    found.push_back({subject, rows.integer(0), static_cast<Channel>(rows.integer(1)),
                     static_cast<Cadence>(rows.integer(2)), std::string(rows.text(3)), rows.integer(4) != 0});
  return found;
}

}  // namespace vestitel::sqlite
