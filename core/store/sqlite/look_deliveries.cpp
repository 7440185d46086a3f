// The part of Look that asks about deliveries, and the books.
#include <algorithm>
#include <array>

#include "core/store/sqlite/event_row.hpp"
#include "core/store/sqlite/look.hpp"
#include "core/store/sqlite/schema.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::int64_t kNewLife = 86'400'000'000;  // microseconds
constexpr std::size_t kReplayedAtOnce = 1'000;     // others write between

std::int64_t count(Database& db, const char* sql) { return Statement(db, sql).number().value_or(0); }

std::vector<AttemptRow> history_of(Statement& read, std::int64_t delivery) {
  std::vector<AttemptRow> history;
  auto rows = read.rows(delivery);
  while (rows.step()) {
    AttemptRow attempt;
    attempt.number = static_cast<int>(rows.integer(0));
    attempt.leased = from_micros(rows.integer(1));
    if (!rows.null(2)) attempt.settled = from_micros(rows.integer(2));
    if (!rows.null(3)) attempt.verdict = static_cast<VerdictKind>(rows.integer(3));
    attempt.reason = rows.text(4);
    attempt.provider_id = rows.text(5);
    if (!rows.null(6)) attempt.receipt = static_cast<VerdictKind>(rows.integer(6));
    if (!rows.null(7)) attempt.receipt_at = from_micros(rows.integer(7));
    attempt.receipt_reason = rows.text(8);
    history.push_back(std::move(attempt));
  }
  return history;
}

std::int64_t& bucket(Books& books, OutboxState state) {
  switch (state) {
    case OutboxState::kAccepted:
    case OutboxState::kDelivered: return books.told;
    case OutboxState::kDead: return books.dead;
    case OutboxState::kHeld: return books.held;
    case OutboxState::kDiscarded: return books.discarded;
    default: return books.owed;
  }
}

}  // namespace

Result<std::vector<DeliveryRow>> Look::select_deliveries(const std::string& where, std::int64_t a, std::int64_t b,
                                                         std::int64_t limit) {
  return guarded("listing deliveries", [&] {
    std::vector<DeliveryRow> list;
    auto reader = readers_.borrow();
    Statement read(
        reader->store,
        "SELECT o.id, o.event, o.person, s.name, r.name, o.state, o.idem, o.channel, o.attempts, o.unknowns, "
        "o.due, o.created FROM outbox o JOIN sink s ON s.id = o.sink JOIN route r ON r.id = o.route WHERE " +
            where + " ORDER BY o.id LIMIT ?");
    Statement attempts(reader->store,
                       "SELECT n, leased, settled, verdict, reason, provider_id, receipt, receipt_at, receipt_reason "
                       "FROM attempt WHERE outbox = ? ORDER BY n");
    auto rows = read.rows(a, b, limit);
    while (rows.step()) {
      DeliveryRow row;
      row.id = rows.integer(0);
      row.event = {rows.integer(1)};
      row.person = rows.integer(2);
      row.sink = rows.text(3);
      row.route = rows.text(4);
      row.state = to_text(static_cast<OutboxState>(rows.integer(5)));
      row.idem_key = to_hex(as_octets(rows.blob(6)));
      row.channel = static_cast<Channel>(rows.integer(7));
      row.attempts = static_cast<int>(rows.integer(8));
      row.unknowns = static_cast<int>(rows.integer(9));
      row.due = from_micros(rows.integer(10));
      row.created = from_micros(rows.integer(11));
      row.history = history_of(attempts, row.id);
      list.push_back(std::move(row));
    }
    return list;
  });
}

Result<std::vector<DeliveryRow>> Look::deliveries(std::string_view state, const Page& page) {
  const auto limit = static_cast<std::int64_t>(page.limit);
  for (int value = 0; value < static_cast<int>(outbox_states().size()); ++value)
    if (state == to_text(static_cast<OutboxState>(value)))
      return select_deliveries("o.state = ? AND o.id > ?", value, page.after, limit);
  if (!state.empty()) return Error{Failure::kInvalid, "listing deliveries: no such state"};
  return select_deliveries("o.state >= ? AND o.id > ?", 0, page.after, limit);
}

Result<std::optional<DeliveryRow>> Look::delivery(std::int64_t id) {
  auto found = select_deliveries("o.id = ? AND o.id > ?", id, 0, 1);
  if (!found) return found.error();
  if (found->empty()) return std::optional<DeliveryRow>{};
  return std::optional<DeliveryRow>{std::move(found->front())};
}

// Who replays it wants it sent: it has a day at least, however old it is. Once it is due again, it tells of its
// activity, unless another report has told of it meanwhile.
Result<std::int64_t> Look::replay(std::span<const std::int64_t> deliveries) {
  std::int64_t replayed = 0;
  while (!deliveries.empty()) {
    const auto some = deliveries.first(std::min(deliveries.size(), kReplayedAtOnce));
    const auto done = changed([&](Database& store) {
      Statement update(store,
                       "UPDATE outbox SET state = 1, due = ?1, expires = max(expires, ?1 + ?2), excused = attempts, "
                       "unknowns = 0 WHERE id = ?3 AND state IN (5, 6) RETURNING id");
      Statement tell(store,
                     "INSERT OR IGNORE INTO told(identity, recipient, channel, event) SELECT e.identity, o.person, "
                     "o.channel, o.event FROM outbox o JOIN event e ON e.id = o.event WHERE o.id = ? AND e.identity IS "
                     "NOT NULL");
      for (const std::int64_t id : some) {
        if (!update.number(to_micros(clock_.now()), kNewLife, id)) continue;
        tell.run(id);
        ++replayed;
      }
      return true;
    });
    if (!done) return done.error();
    deliveries = deliveries.subspan(some.size());
  }
  return replayed;
}

Result<bool> Look::replay(std::int64_t id) {
  const auto replayed = replay(std::span(&id, 1));
  if (!replayed) return replayed.error();
  return *replayed == 1;
}

Result<std::vector<std::string>> Look::held_sinks() {
  return guarded("listing the sinks that are held", [&] {
    std::vector<std::string> names;
    auto reader = readers_.borrow();
    Statement held(reader->store, "SELECT name FROM sink WHERE held = 1 ORDER BY name");
    for (auto rows = held.rows(); rows.step();) names.emplace_back(rows.text(0));
    return names;
  });
}

Result<std::vector<SpentRow>> Look::spent(Date day) {
  return guarded("reading what was spent", [&] {
    std::vector<SpentRow> list;
    auto reader = readers_.borrow();
    if (!has_table(reader->store, "spent")) return list;
    Statement read(reader->store,
                   "SELECT channel, currency, messages, micros FROM spent WHERE day = ? ORDER BY channel, currency");
    auto rows = read.rows(static_cast<std::int64_t>(day.time_since_epoch().count()));
    while (rows.step())
      list.push_back(
          {static_cast<Channel>(rows.integer(0)), std::string(rows.text(1)), {rows.integer(2), rows.integer(3)}});
    return list;
  });
}

Result<std::vector<DeadLetter>> Look::dead_letters(std::optional<Channel> channel) {
  return guarded("listing dead letters", [&] {
    std::vector<DeadLetter> list;
    auto reader = readers_.borrow();
    Statement read(reader->store,
                   std::string("SELECT o.id, s.name, o.channel FROM outbox o JOIN sink s ON s.id = o.sink JOIN event e "
                               "ON e.id = o.event WHERE o.state = 5 AND (?1 = 0 OR o.channel = ?1) AND NOT ") +
                       kRevisedLater + " ORDER BY o.id");
    auto rows = read.rows(channel ? static_cast<int>(*channel) : 0);
    while (rows.step())
      list.push_back({rows.integer(0), std::string(rows.text(1)), static_cast<Channel>(rows.integer(2))});
    return list;
  });
}

Result<bool> Look::discard(std::int64_t id) {
  return change("UPDATE outbox SET state = ? WHERE id = ? AND state IN (5, 6) RETURNING id", id,
                static_cast<int>(OutboxState::kDiscarded));
}

Result<StoreStatus> Look::status() {
  return guarded("reading the status", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->store);
    StoreStatus status;
    status.documents_staging = count(reader->store, "SELECT count(*) FROM document WHERE state = 1");
    status.documents_sealed = count(reader->store, "SELECT count(*) FROM document WHERE state = 2");
    status.documents_rejected = count(reader->store, "SELECT count(*) FROM document WHERE state = 3");
    status.events = count(reader->store, "SELECT sum(events) FROM document WHERE state = 2");
    status.quarantined = count(reader->store, "SELECT sum(quarantined) FROM document WHERE state = 2");
    status.subscriptions = count(reader->store, "SELECT count(*) FROM subscription");
    status.people = count(reader->vault, "SELECT max(id) FROM person");
    status.not_routed =
        count(reader->store,
              "SELECT coalesce(sum(d.events - CASE WHEN d.seal = r.seal THEN r.event & 4294967295 ELSE 0 "
              "END), 0) FROM document d, router r WHERE d.state = 2 AND d.seal >= r.seal");
    Statement loads(
        reader->store,
        "SELECT s.name, o.state, count(*) FROM outbox o JOIN sink s ON s.id = o.sink GROUP BY s.name, o.state");
    auto rows = loads.rows();
    while (rows.step()) {
      if (status.sinks.empty() || status.sinks.back().sink != rows.text(0))
        status.sinks.push_back({std::string(rows.text(0)), {}});
      status.sinks.back().states.emplace_back(to_text(static_cast<OutboxState>(rows.integer(1))), rows.integer(2));
    }
    return status;
  });
}

Result<Books> Look::books() {
  return guarded("balancing the books", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->store);
    Database& db = reader->store;
    Books books;
    books.events = count(db, "SELECT sum(events) FROM document WHERE state = 2");
    books.undecided =
        count(db,
              "SELECT count(*) FROM event e JOIN document d ON d.id = e.id >> 32 AND d.state = 2 JOIN router r "
              "ON d.seal < r.seal OR (d.seal = r.seal AND e.id <= r.event) WHERE NOT EXISTS (SELECT 1 FROM "
              "outbox o WHERE o.event = e.id) AND NOT EXISTS (SELECT 1 FROM not_owed n WHERE n.event = e.id)");
    books.not_routed =
        count(db,
              "SELECT count(*) FROM event e JOIN document d ON d.id = e.id >> 32 AND d.state = 2 JOIN router "
              "r ON d.seal > r.seal OR (d.seal = r.seal AND e.id > r.event)");
    books.bodiless =
        count(db,
              "SELECT count(*) FROM outbox o WHERE o.state IN (0, 1, 2, 5, 6, 9) AND NOT EXISTS (SELECT 1 FROM "
              "outbox_body b WHERE b.id = o.id)");
    books.unrecorded =
        count(db,
              "SELECT count(*) FROM outbox o WHERE o.state IN (2, 3, 4, 5, 6, 9) AND NOT EXISTS (SELECT 1 FROM "
              "attempt a WHERE a.outbox = o.id)");
    std::int64_t superseded = 0;
    Statement states(db, "SELECT state, count(*) FROM outbox GROUP BY state");
    auto rows = states.rows();
    while (rows.step()) {
      const auto state = static_cast<OutboxState>(rows.integer(0));
      (state == OutboxState::kSuperseded ? superseded : bucket(books, state)) += rows.integer(1);
    }
    Statement reasons(db, "SELECT reason, count(*) FROM not_owed GROUP BY reason");
    auto why = reasons.rows();
    while (why.step()) books.not_owed.emplace_back(to_text(static_cast<NotOwedReason>(why.integer(0))), why.integer(1));
    if (superseded > 0) books.not_owed.emplace_back(to_text(NotOwedReason::kSuperseded), superseded);
    return books;
  });
}

}  // namespace vestitel::sqlite
