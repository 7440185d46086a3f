#include "core/store/sqlite/intake.hpp"

#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/ports/feed_store.hpp"
#include "core/store/sqlite/prepared_batch.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kPruneRows = 2'000;
// The name has other bytes by now: somebody replaced the file, or it was still being written when it was first read.
constexpr const char* kOvertaken =
    "the file had grown or been replaced before it was read to its end; the next document of its name is what counts";

std::string select_document(const char* where) {
  return std::string("SELECT ") + kDocumentColumns +
         ", d.staged, d.events, d.instance, d.key FROM document d JOIN instance i ON i.id = d.instance " + where;
}
constexpr int kStagedColumn = 24, kEventsColumn = 25, kInstanceColumn = 26, kKeyColumn = 27;

std::int64_t first_number(Database& db, const char* sql) { return Statement(db, sql).number().value_or(0); }

}  // namespace

SqliteIntake::SqliteIntake(Writer& writer, Vault& vault, const SqlitePartners& partners, const MasterKeys& keys,
                           const Clock& clock, Random& random)
    : writer_(writer),
      vault_(vault),
      partners_(partners),
      keys_(keys.copy()),
      clock_(clock),
      random_(random),
      instances_(writer.connections().store),
      find_bytes_(writer.connections().store,
                  select_document(
                      "WHERE d.sha256 = ? AND d.instance = ? AND d.partner = ? AND d.state <> 3 ORDER BY d.id DESC")),
      find_unfinished_(
          writer.connections().store,
          "SELECT id FROM document WHERE state = 1 AND instance = ? AND partner = ? AND name = ? AND sha256 <> ? AND "
          "transport = ?"),
      find_unit_(writer.connections().store,
                 "SELECT id FROM document WHERE state = 1 AND instance = ? AND transport = ? LIMIT 1"),
      insert_document_(
          writer.connections().store,
          "INSERT INTO document(instance, partner, name, media_type, size, sha256, as_of, arrived, complete, "
          "state, key, transport, baseline) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?) RETURNING id"),
      read_document_(writer.connections().store, select_document("WHERE d.id = ?")),
      state_of_(writer.connections().store, "SELECT state, as_of, partner FROM document WHERE id = ?"),
      find_scope_(writer.connections().store, "SELECT id FROM scope WHERE instance = ? AND name = ?"),
      insert_scope_(writer.connections().store, "INSERT INTO scope(instance, name) VALUES(?, ?) RETURNING id"),
      known_(writer.connections().store,
             "SELECT id, digest, revision, person, confirmed, occurred FROM event WHERE scope = ? AND record = ? ORDER "
             "BY id DESC"),
      next_record_(writer.connections().store,
                   "SELECT record FROM event WHERE scope = ? AND record > ? ORDER BY record LIMIT 1"),
      newest_(writer.connections().store,
              "SELECT id, revision, person, type, occurred, flags, digest, confirmed FROM event WHERE scope = ? AND "
              "record = ? ORDER BY id DESC"),
      insert_event_(
          writer.connections().store,
          "INSERT INTO event(id, scope, record, type, revision, person, occurred, flags, prior, digest, body, "
          "identity, shown) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"),
      insert_annulled_(
          writer.connections().store,
          "INSERT INTO event(id, scope, record, type, revision, person, occurred, flags, prior, digest, identity) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, (SELECT identity FROM event WHERE id = ?9))"),
      confirm_(writer.connections().store, "UPDATE event SET confirmed = ? WHERE id = ?"),
      insert_person_event_(writer.connections().store, "INSERT INTO person_event(run, person, event) VALUES(?, ?, ?)"),
      insert_quarantine_(
          writer.connections().store,
          "INSERT INTO quarantine(id, line, col, byte, element, reason, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)"),
      move_document_(
          writer.connections().store,
          "UPDATE document SET staged = ?, events = ?, accepted = ?, corrected = ?, annulled = ?, duplicates = ?, "
          "outdated = ?, quarantined = ? WHERE id = ? AND state = 1 RETURNING id"),
      count_crash_(writer.connections().store,
                   "UPDATE document SET crashes = crashes + 1 WHERE id = ? RETURNING crashes"),
      seal_document_(writer.connections().store, "UPDATE document SET seal = ? WHERE id = ?"),
      end_document_(
          writer.connections().store,
          "UPDATE document SET state = ?, ended = ?, reason = ?, line = ?, col = ?, byte = ? WHERE id = ? AND "
          "state = 1"),
      rejected_(writer.connections().store,
                "SELECT id FROM document WHERE state = 3 AND pruned = 0 ORDER BY id LIMIT 1"),
      prune_events_(writer.connections().store,
                    "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id > ? AND id < ? LIMIT ?) RETURNING 1"),
      prune_quarantine_(writer.connections().store,
                        "UPDATE quarantine SET bytes = NULL WHERE id > ? AND id < ? AND bytes IS NOT NULL"),
      mark_pruned_(writer.connections().store, "UPDATE document SET pruned = 1 WHERE id = ?"),
      next_seal_(first_number(writer.connections().store, "SELECT max(seal) FROM document") + 1),
      run_(first_number(writer.connections().store, "SELECT max(run) FROM person_event")),
      run_events_(Statement(writer.connections().store, "SELECT count(*) FROM person_event WHERE run = ?")
                      .number(run_)
                      .value_or(0)) {
  Statement left(writer.connections().store,
                 "SELECT id, state FROM document WHERE state = 1 OR (state = 3 AND pruned = 0)");
  auto rows = left.rows();
  while (rows.step()) (rows.integer(1) == 1 ? unfinished_ : hidden_).insert(rows.integer(0));
}

Result<OpenedDocument> SqliteIntake::open_document(const DocumentArrival& arrival) {
  auto key = std::make_shared<const SecretKey>(SecretKey::random(random_));
  const std::string place = document_key_place(as_text(arrival.sha256));
  const Bytes wrapped = vestitel::seal(keys_.wrap, as_text(key->bytes()), place, random_);
  std::string kept;  // the wrapped key of a document that is resumed
  auto opened = writer_
                    .submit<OpenedDocument>([&]() -> Result<OpenedDocument> {
                      auto result = open_in_transaction(arrival, wrapped);
                      if (result && !result->repeat_of) {
                        auto row = read_document_.rows(result->id);
                        if (row.step()) kept = row.blob(kKeyColumn);
                      }
                      return result;
                    })
                    .get();
  if (!opened || opened->repeat_of) return opened;
  auto plain = vestitel::open(keys_.wrap, kept, place);
  if (!plain) return plain.error().during("opening a document's key");
  auto flight = std::make_shared<InFlight>();
  flight->key = std::make_shared<const SecretKey>(as_octets(*plain));
  flight->next = opened->staged;
  const std::lock_guard lock(mutex_);
  flights_[opened->id] = std::move(flight);
  return opened;
}

Result<OpenedDocument> SqliteIntake::open_in_transaction(const DocumentArrival& arrival, std::string_view wrapped) {
  const std::int64_t instance = instances_.made(arrival.instance);
  const Blob sha256{as_text(arrival.sha256)};
  if (arrival.transport == Transport::kFeed) {  // a unit is never resumed: its poll says it again
    while (const auto stale = find_unit_.number(instance, static_cast<int>(Transport::kFeed)))
      end(*stale, DocumentState::kRejected, kNotCommitted, {});
  } else {
    auto row = find_bytes_.rows(sha256, instance, std::string_view(arrival.partner));
    while (row.step()) {
      OpenedDocument opened;
      DocumentRow known = read_document_row(row);
      opened.id = known.id;
      if (known.state == DocumentState::kSealed) {
        opened.repeat_of = std::move(known);
        return opened;
      }
      if (known.arrival.transport != arrival.transport) continue;  // a trial is not the delivery, nor begins it
      if (open_.contains(known.id)) return {Failure::kBusy, "the same bytes are being read already"};
      opened.staged = row.integer(kStagedColumn);
      unfinished_.erase(known.id);
      open_[known.id] = {row.integer(kInstanceColumn),
                         to_micros(known.arrival.as_of),
                         opened.staged,
                         row.integer(kEventsColumn),
                         known.counts,
                         known.arrival.partner};
      return opened;
    }
  }
  while (const auto stale =
             find_unfinished_.number(instance, std::string_view(arrival.partner), std::string_view(arrival.name),
                                     sha256, static_cast<int>(arrival.transport)))
    end(*stale, DocumentState::kRejected, kOvertaken, {});
  const std::int64_t id = insert_document(arrival, wrapped);
  open_[id] = {instance, to_micros(arrival.as_of), 0, 0, {}, arrival.partner};
  return OpenedDocument{id, 0, std::nullopt};
}

std::int64_t SqliteIntake::insert_document(const DocumentArrival& arrival, std::string_view wrapped) {
  return *insert_document_.number(instances_.made(arrival.instance), std::string_view(arrival.partner),
                                  std::string_view(arrival.name), std::string_view(arrival.media_type), arrival.size,
                                  Blob{as_text(arrival.sha256)}, to_micros(arrival.as_of), to_micros(arrival.arrived),
                                  arrival.complete ? 1 : 0, Blob{wrapped}, static_cast<int>(arrival.transport),
                                  arrival.baseline ? 1 : 0);
}

void SqliteIntake::release(std::int64_t document) {
  (void)wait_staged(document).ok();  // before anybody opens the document again
  {
    const std::lock_guard lock(mutex_);
    if (flights_.erase(document) == 0) return;  // sealed or rejected
  }
  (void)writer_
      .submit<Done>([this, document] {
        if (open_.erase(document) > 0) unfinished_.insert(document);
        return Done{};
      })
      .get()
      .ok();
}

Result<DocumentRow> SqliteIntake::seal(std::int64_t document) { return seal_with(document, {}); }

Result<DocumentRow> SqliteIntake::seal_with(std::int64_t document, const std::function<Result<Done>()>& with) {
  if (auto staged = wait_staged(document); !staged) return staged.error();
  auto sealed = writer_
                    .submit<DocumentRow>([&]() -> Result<DocumentRow> {
                      if (!open_.contains(document))
                        return {Failure::kConflict, "sealing a document: it was ended meanwhile"};
                      if (with)
                        if (auto done = with(); !done) return done.error();
                      seal_document_.run(next_seal_++, document);
                      auto row = end(document, DocumentState::kSealed, "", {});
                      VESTITEL_FAULT_POINT("seal.before_commit");
                      return row;
                    })
                    .get();
  if (!sealed) return sealed;  // release() gives it back
  VESTITEL_FAULT_POINT("seal.after_commit");
  const std::lock_guard lock(mutex_);
  flights_.erase(document);
  return sealed;
}

Result<DocumentRow> SqliteIntake::reject(std::int64_t document, std::string_view reason, Place place) {
  // What is still in flight fails or is pruned with the rest: its outcome does not matter any more.
  (void)wait_staged(document).ok();
  auto rejected = writer_
                      .submit<DocumentRow>([&]() -> Result<DocumentRow> {
                        return end(document, DocumentState::kRejected, reason, place);
                      })
                      .get();
  if (!rejected) return rejected;
  {
    const std::lock_guard lock(mutex_);
    flights_.erase(document);
  }
  if (auto pruned = prune_rejected(); !pruned) return pruned.error();
  return rejected;
}

Result<std::uint32_t> SqliteIntake::crashed(std::int64_t document) {
  return writer_
      .submit<std::uint32_t>([this, document]() -> Result<std::uint32_t> {
        return static_cast<std::uint32_t>(count_crash_.number(document).value_or(0));
      })
      .get();
}

Result<DocumentRow> SqliteIntake::register_rejected(const DocumentArrival& arrival, std::string_view reason) {
  const SecretKey key = SecretKey::random(random_);
  const Bytes wrapped =
      vestitel::seal(keys_.wrap, as_text(key.bytes()), document_key_place(as_text(arrival.sha256)), random_);
  return writer_
      .submit<DocumentRow>([&]() -> Result<DocumentRow> {
        return end(insert_document(arrival, wrapped), DocumentState::kRejected, reason, {});
      })
      .get();
}

DocumentRow SqliteIntake::end(std::int64_t document, DocumentState state, std::string_view reason, Place place) {
  end_document_.run(static_cast<int>(state), to_micros(clock_.now()), reason, place.line, place.column, place.byte,
                    document);
  open_.erase(document);
  unfinished_.erase(document);
  if (state == DocumentState::kRejected) hidden_.insert(document);
  auto row = read_document_.rows(document);
  return row.step() ? read_document_row(row) : DocumentRow{};
}

Result<> SqliteIntake::prune_rejected() {
  for (;;) {
    auto left = writer_.submit<std::int64_t>([this] { return prune_chunk(); }).get();
    if (!left) return left.error();
    if (*left == 0) return Done{};
  }
}

Result<std::int64_t> SqliteIntake::prune_chunk() {
  const auto document = rejected_.number();
  if (!document) return std::int64_t{0};
  const std::int64_t first = event_id(*document, 0).value - 1;
  const std::int64_t last = event_id(*document + 1, 0).value;
  std::int64_t pruned = 0;
  {
    auto rows = prune_events_.rows(first, last, kPruneRows);
    while (rows.step()) ++pruned;
  }
  if (pruned == 0) {
    prune_quarantine_.run(first, last);
    mark_pruned_.run(*document);
    hidden_.erase(*document);
  }
  return std::int64_t{1};
}

}  // namespace vestitel::sqlite
