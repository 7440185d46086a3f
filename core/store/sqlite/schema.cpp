#include "core/store/sqlite/schema.hpp"

#include <array>
#include <span>

#include "core/base/fault_point.hpp"

namespace vestitel::sqlite {
namespace {

// vestitel.db: facts and what is owed. People appear as numbers alone; what was reported is sealed under their key.
//
//   event.id and quarantine.id are document << 32 | ordinal: a document's rows lie together, in its order.
//   event_record is the dedupe key, (scope, record), ordered for locality: reports arrive scope by scope.
//   person_event lies in runs of 65,536 events, so that what one commit touches does not grow with the store; a
//   look-up asks each run.
constexpr const char* kStore1 = R"sql(
CREATE TABLE instance(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE document(
  id INTEGER PRIMARY KEY, instance INTEGER NOT NULL REFERENCES instance(id), partner TEXT NOT NULL, name TEXT NOT NULL,
  media_type TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB NOT NULL, as_of INTEGER NOT NULL, arrived INTEGER NOT NULL,
  complete INTEGER NOT NULL, state INTEGER NOT NULL, seal INTEGER, staged INTEGER NOT NULL DEFAULT 0,
  events INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0, corrected INTEGER NOT NULL DEFAULT 0,
  annulled INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0, outdated INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0, ended INTEGER, reason TEXT NOT NULL DEFAULT '', line INTEGER NOT NULL DEFAULT 0,
  col INTEGER NOT NULL DEFAULT 0, byte INTEGER NOT NULL DEFAULT 0, pruned INTEGER NOT NULL DEFAULT 0, key BLOB NOT NULL) STRICT;
CREATE INDEX document_bytes ON document(sha256, instance);
CREATE UNIQUE INDEX document_seal ON document(seal) WHERE seal IS NOT NULL;
CREATE INDEX document_open ON document(state) WHERE state = 1 OR (state = 3 AND pruned = 0);
CREATE TABLE scope(id INTEGER PRIMARY KEY, instance INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(instance, name)) STRICT;
CREATE TABLE event(
  id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, record TEXT NOT NULL, type INTEGER NOT NULL, revision INTEGER NOT NULL,
  person INTEGER NOT NULL, occurred INTEGER NOT NULL, flags INTEGER NOT NULL, prior INTEGER, digest BLOB NOT NULL,
  body BLOB) STRICT;
CREATE UNIQUE INDEX event_record ON event(scope, record, id);
CREATE TABLE person_event(run INTEGER NOT NULL, person INTEGER NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY(run, person, event)) WITHOUT ROWID, STRICT;
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, line INTEGER NOT NULL, col INTEGER NOT NULL, byte INTEGER NOT NULL, element TEXT NOT NULL,
  reason TEXT NOT NULL, bytes BLOB, discarded INTEGER) STRICT;
CREATE TABLE contact(
  person INTEGER NOT NULL, channel INTEGER NOT NULL, address BLOB NOT NULL, since INTEGER NOT NULL, dead_since INTEGER,
  reason TEXT NOT NULL DEFAULT '', PRIMARY KEY(person, channel)) WITHOUT ROWID, STRICT;
CREATE TABLE subscription(
  subject INTEGER NOT NULL, recipient INTEGER NOT NULL, channel INTEGER NOT NULL, cadence INTEGER NOT NULL,
  locale TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(subject, recipient, channel)) WITHOUT ROWID, STRICT;
CREATE TABLE router(one INTEGER PRIMARY KEY CHECK(one = 1), seal INTEGER NOT NULL, event INTEGER NOT NULL,
  recipient INTEGER NOT NULL) STRICT;
INSERT INTO router VALUES(1, 0, 0, 0);
CREATE TABLE sink(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, idempotent INTEGER NOT NULL) STRICT;
CREATE TABLE route(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY, event INTEGER NOT NULL, person INTEGER NOT NULL, sink INTEGER NOT NULL, channel INTEGER NOT NULL,
  part INTEGER NOT NULL, state INTEGER NOT NULL, later INTEGER NOT NULL, due INTEGER NOT NULL, expires INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, excused INTEGER NOT NULL DEFAULT 0, unknowns INTEGER NOT NULL DEFAULT 0, token INTEGER NOT NULL DEFAULT 0,
  waits_for INTEGER, route INTEGER NOT NULL, idem BLOB NOT NULL, created INTEGER NOT NULL) STRICT;
CREATE INDEX outbox_event ON outbox(event);
CREATE INDEX outbox_ready ON outbox(sink, later, due, id) WHERE state = 1;
CREATE INDEX outbox_leased ON outbox(id) WHERE state = 2;
CREATE INDEX outbox_waiting ON outbox(waits_for) WHERE waits_for IS NOT NULL;
CREATE TABLE outbox_body(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE attempt(
  outbox INTEGER NOT NULL, n INTEGER NOT NULL, token INTEGER NOT NULL, leased INTEGER NOT NULL, settled INTEGER,
  verdict INTEGER, reason TEXT, provider_id TEXT, PRIMARY KEY(outbox, n)) WITHOUT ROWID, STRICT;
CREATE TABLE not_owed(
  event INTEGER NOT NULL, recipient INTEGER NOT NULL, channel INTEGER NOT NULL, reason INTEGER NOT NULL,
  PRIMARY KEY(event, recipient, channel)) WITHOUT ROWID, STRICT;
CREATE TABLE partition_lease(part INTEGER PRIMARY KEY, token INTEGER NOT NULL, node TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
)sql";

// keys.db: who people are and the keys that their data is sealed under. Kept and backed up apart from the facts;
// a person's row is durable before the first event that uses its key, and destroying it is erasure.
constexpr const char* kVault1 = R"sql(
CREATE TABLE person(
  blind BLOB NOT NULL PRIMARY KEY, id INTEGER NOT NULL, type INTEGER NOT NULL, wrapped BLOB NOT NULL,
  identifier BLOB NOT NULL, index_version INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX person_id ON person(id, wrapped);
CREATE TABLE canary(one INTEGER PRIMARY KEY CHECK(one = 1), sealed BLOB NOT NULL) STRICT;
)sql";

// In both: that the two belong together (pairing.hpp).
constexpr const char* kPair = "CREATE TABLE pair(one INTEGER PRIMARY KEY CHECK(one = 1), mark BLOB NOT NULL) STRICT;";

void migrate(Database& db, std::span<const char* const> steps) {
  Statement read(db, "PRAGMA user_version");
  const auto version = static_cast<std::size_t>(read.number().value_or(0));
  if (version > steps.size())
    throw std::runtime_error("opening the store: it has schema " + std::to_string(version) +
                             ", this program knows up to " + std::to_string(steps.size()) + "; use the newer program");
  for (std::size_t next = version; next < steps.size(); ++next) {
    db.execute("BEGIN IMMEDIATE");
    db.execute(steps[next]);
    db.execute(("PRAGMA user_version=" + std::to_string(next + 1)).c_str());
    VESTITEL_FAULT_POINT("migration.before_commit");
    db.execute("COMMIT");
    VESTITEL_FAULT_POINT("migration.after_commit");
  }
}

// The newest document that said again what an event says.
constexpr const char* kConfirmed = "ALTER TABLE event ADD COLUMN confirmed INTEGER;";

// How often the process of its reader died while reading it.
constexpr const char* kCrashes = "ALTER TABLE document ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;";

// Feeds: what a poll emitted is a document that came by transport 1; where each feed stands; and what plugins keep.
// A cursor and a kept value lie sealed. kv_account holds what an instance's keys and values weigh, and its last
// revision.
constexpr const char* kFeeds = R"sql(
ALTER TABLE document ADD COLUMN transport INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN baseline INTEGER NOT NULL DEFAULT 0;
CREATE TABLE feed(
  instance INTEGER PRIMARY KEY REFERENCES instance(id), cursor BLOB NOT NULL, revision INTEGER NOT NULL, moved INTEGER,
  ended INTEGER, crashes INTEGER NOT NULL DEFAULT 0, pause INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE kv(
  id INTEGER PRIMARY KEY, instance INTEGER NOT NULL REFERENCES instance(id), key BLOB NOT NULL, revision INTEGER NOT NULL,
  value BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX kv_key ON kv(instance, key);
CREATE TABLE kv_account(
  instance INTEGER PRIMARY KEY REFERENCES instance(id), bytes INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
)sql";

// Partners. Of a credential its SHA-256 alone is kept.
constexpr const char* kPartners = R"sql(
CREATE TABLE partner(
  id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, receipts_to TEXT NOT NULL, since INTEGER NOT NULL,
  ended INTEGER) WITHOUT ROWID, STRICT;
CREATE TABLE partner_facility(partner TEXT NOT NULL REFERENCES partner(id), facility TEXT NOT NULL,
  PRIMARY KEY(partner, facility)) WITHOUT ROWID, STRICT;
CREATE TABLE partner_instance(partner TEXT NOT NULL REFERENCES partner(id), instance TEXT NOT NULL,
  PRIMARY KEY(partner, instance)) WITHOUT ROWID, STRICT;
CREATE TABLE credential(
  digest BLOB NOT NULL PRIMARY KEY, partner TEXT NOT NULL REFERENCES partner(id), kind INTEGER NOT NULL,
  since INTEGER NOT NULL, until INTEGER) WITHOUT ROWID, STRICT;
CREATE INDEX credential_partner ON credential(partner);
)sql";

// Activities: what ties the reports of one together and what each of them shows, as keyed hashes; by which event's
// delivery a recipient was told, by which before that, and what the newest document that said the same was as of; and
// decisions "told already" that have to be made anew.
constexpr const char* kActivities = R"sql(
ALTER TABLE event ADD COLUMN identity BLOB;
ALTER TABLE event ADD COLUMN shown BLOB;
CREATE TABLE told(
  identity BLOB NOT NULL, recipient INTEGER NOT NULL, channel INTEGER NOT NULL, event INTEGER NOT NULL,
  before INTEGER, said INTEGER, PRIMARY KEY(identity, recipient, channel)) WITHOUT ROWID, STRICT;
ALTER TABLE not_owed ADD COLUMN told_by INTEGER;
CREATE INDEX not_owed_told_by ON not_owed(told_by, recipient, channel) WHERE told_by IS NOT NULL;
CREATE TABLE reopened(
  event INTEGER NOT NULL, recipient INTEGER NOT NULL, channel INTEGER NOT NULL,
  PRIMARY KEY(event, recipient, channel)) WITHOUT ROWID, STRICT;
)sql";

// Receipts: what waits for one, until when, and those that came first; what one said, beside the attempt that it speaks
// of; and of what is told on another channel first, in which order the channels stand in.
constexpr const char* kReceipts = R"sql(
CREATE TABLE awaited(
  sink INTEGER NOT NULL, provider_id TEXT NOT NULL, outbox INTEGER NOT NULL, due INTEGER NOT NULL, stage INTEGER NOT NULL,
  PRIMARY KEY(sink, provider_id)) WITHOUT ROWID, STRICT;
CREATE INDEX awaited_due ON awaited(stage, due);
CREATE TABLE early_receipt(
  sink INTEGER NOT NULL, provider_id TEXT NOT NULL, at INTEGER NOT NULL, verdict INTEGER NOT NULL, since INTEGER,
  reason TEXT NOT NULL, PRIMARY KEY(sink, provider_id)) WITHOUT ROWID, STRICT;
CREATE INDEX early_receipt_at ON early_receipt(at);
ALTER TABLE attempt ADD COLUMN receipt INTEGER;
ALTER TABLE attempt ADD COLUMN receipt_at INTEGER;
ALTER TABLE attempt ADD COLUMN receipt_reason TEXT;
ALTER TABLE not_owed ADD COLUMN turn INTEGER;
ALTER TABLE sink ADD COLUMN held INTEGER NOT NULL DEFAULT 0; -- by an operator: nothing of it is leased
ALTER TABLE outbox ADD COLUMN stood_in INTEGER NOT NULL DEFAULT 0; -- another channel has had its turn for it
)sql";

// Of a receipt that came first: the message arrived, and the person wants no more of them.
constexpr const char* kEarlyComplaints = "ALTER TABLE early_receipt ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;";

// What an unknown of a sink becomes (UnknownPolicy), and how often the sink was asked about an attempt.
constexpr const char* kDoubts = R"sql(
ALTER TABLE sink ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_in_doubt ON outbox(sink, due) WHERE state = 9;
)sql";

// What was begun on a channel in a day of Europe/Sofia (days since 1970), by the currency of the sinks' prices. A
// channel whose budget is used up is passed by without a look at what waits on it: hence the channel in the index.
constexpr const char* kSpending = R"sql(
CREATE TABLE spent(
  day INTEGER NOT NULL, channel INTEGER NOT NULL, currency TEXT NOT NULL, messages INTEGER NOT NULL,
  micros INTEGER NOT NULL, PRIMARY KEY(day, channel, currency)) WITHOUT ROWID, STRICT;
DROP INDEX outbox_ready;
CREATE INDEX outbox_ready ON outbox(sink, later, channel, due, id) WHERE state = 1;
)sql";

constexpr std::array<const char*, 11> kStoreSteps{kStore1,          kPair,     kConfirmed,  kCrashes,
                                                  kFeeds,           kPartners, kActivities, kReceipts,
                                                  kEarlyComplaints, kDoubts,   kSpending};
// With kReceipts; of what came later, a look asks whether it is there.
constexpr std::int64_t kLeastToLook = 8;
constexpr std::array<const char*, 2> kVaultSteps{kVault1, kPair};

}  // namespace

bool has_table(Database& db, std::string_view table) {
  return Statement(db, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").number(table).has_value();
}

void refuse_too_old_to_look(Database& store) {
  const auto version = Statement(store, "PRAGMA user_version").number().value_or(0);
  if (version >= kLeastToLook) return;
  throw std::runtime_error("it is of an older version of the hub (schema " + std::to_string(version) +
                           "; this program looks at " + std::to_string(kLeastToLook) +
                           " and later); the next start of the hub brings it up to date");
}

void migrate_store(Database& db) { migrate(db, kStoreSteps); }
void migrate_vault(Database& db) { migrate(db, kVaultSteps); }

}  // namespace vestitel::sqlite
