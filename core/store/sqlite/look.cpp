#include "core/store/sqlite/look.hpp"

#include <algorithm>
#include <iterator>

#include "core/store/sqlite/body_codec.hpp"
#include "core/store/sqlite/event_row.hpp"
#include "core/store/sqlite/prepared_batch.hpp"

namespace vestitel::sqlite {
namespace {

constexpr const char* kDocumentFrom = " FROM document d JOIN instance i ON i.id = d.instance ";

constexpr const char* kEventFrom =
    "FROM event e JOIN scope s ON s.id = e.scope JOIN document d ON d.id = e.id >> 32 AND d.state = 2 JOIN instance i "
    "ON i.id = d.instance WHERE e.id > ? AND e.id <= ? ";
constexpr const char* kById = "ORDER BY e.id LIMIT ?";
constexpr const char* kByIdDown = "ORDER BY e.id DESC LIMIT ?";

std::int64_t last_of(std::int64_t document) { return event_id(document + 1, 0).value - 1; }

std::string select_documents(const char* where) {
  return std::string("SELECT ") + kDocumentColumns + kDocumentFrom + where;
}

QuarantineRow read_quarantine(Statement::Rows& row) {
  return {row.integer(0),
          row.integer(0) >> 32,
          {static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint32_t>(row.integer(2)),
           static_cast<std::uint64_t>(row.integer(3))},
          std::string(row.text(4)),
          std::string(row.text(5)),
          std::nullopt,
          std::nullopt};
}

}  // namespace

Look::Look(Writer* writer, Pool& readers, PersonKeys& people, const MasterKeys& keys, const Clock& clock)
    : writer_(writer), readers_(readers), people_(people), keys_(keys.copy()), clock_(clock) {}

// ---- documents and quarantine ---------------------------------------------------------------------------------

Result<std::vector<DocumentRow>> Look::documents(const Page& page) {
  return guarded("listing documents", [&] {
    std::vector<DocumentRow> list;
    auto reader = readers_.borrow();
    Statement read(reader->store, select_documents("WHERE d.id > ? ORDER BY d.id LIMIT ?"));
    auto rows = read.rows(page.after, page.limit);
    while (rows.step()) list.push_back(read_document_row(rows));
    return list;
  });
}

Result<std::optional<DocumentRow>> Look::document(std::int64_t id) {
  return guarded("reading a document's row", [&]() -> std::optional<DocumentRow> {
    auto reader = readers_.borrow();
    Statement read(reader->store, select_documents("WHERE d.id = ?"));
    auto rows = read.rows(id);
    if (!rows.step()) return std::nullopt;
    return read_document_row(rows);
  });
}

Result<std::vector<QuarantineRow>> Look::quarantine(std::int64_t document, const Page& page) {
  return guarded("listing quarantined records", [&] {
    std::vector<QuarantineRow> list;
    auto reader = readers_.borrow();
    Statement read(
        reader->store,
        "SELECT q.id, q.line, q.col, q.byte, q.element, q.reason FROM quarantine q JOIN document d ON d.id = "
        "q.id >> 32 WHERE q.id > ? AND q.id < ? AND q.discarded IS NULL AND (d.state = 2 OR (? AND d.transport = 2)) "
        "ORDER BY q.id LIMIT ?");  // a trial's are no quarantine: its receipt alone asks for them
    const std::int64_t first = std::max(page.after, document == 0 ? 0 : event_id(document, 0).value - 1);
    const std::int64_t last = document == 0 ? INT64_MAX : event_id(document + 1, 0).value;
    auto rows = read.rows(first, last, document != 0 ? 1 : 0, page.limit);
    while (rows.step()) list.push_back(read_quarantine(rows));
    return list;
  });
}

Result<std::optional<QuarantineRow>> Look::quarantined(std::int64_t id) {
  return guarded("reading a quarantined record", [&]() -> std::optional<QuarantineRow> {
    auto reader = readers_.borrow();
    Statement read(reader->store,
                   "SELECT q.id, q.line, q.col, q.byte, q.element, q.reason, q.bytes, d.key, d.sha256, q.discarded "
                   "FROM quarantine q "
                   "JOIN document d ON d.id = q.id >> 32 WHERE q.id = ?");
    auto rows = read.rows(id);
    if (!rows.step()) return std::nullopt;
    QuarantineRow row = read_quarantine(rows);
    if (!rows.null(9)) row.discarded = from_micros(rows.integer(9));
    const auto key = open(keys_.wrap, rows.blob(7), document_key_place(rows.blob(8)));
    if (!key || rows.null(6)) return row;
    const SecretKey document_key(as_octets(*key));
    if (auto bytes = open(document_key, rows.blob(6), quarantine_place(row.document))) row.bytes = std::move(*bytes);
    return row;
  });
}

Result<bool> Look::changed(const std::function<bool(Database&)>& work) {
  if (writer_ == nullptr) return Error{Failure::kDenied, "changing the store: it is open for reading alone"};
  return writer_->submit<bool>([&]() -> Result<bool> { return work(writer_->connections().store); }).get();
}

Result<bool> Look::change(const char* sql, std::int64_t id, std::int64_t value) {
  return changed([&](Database& store) { return Statement(store, sql).number(value, id).has_value(); });
}

Result<bool> Look::discard_quarantined(std::int64_t id) {
  return change("UPDATE quarantine SET discarded = ?, bytes = NULL WHERE id = ? AND discarded IS NULL RETURNING id", id,
                to_micros(clock_.now()));
}

// ---- events ---------------------------------------------------------------------------------------------------

Result<std::vector<Event>> Look::select_events(const char* order, std::int64_t after, std::int64_t last,
                                               std::size_t limit) {
  auto sealed = guarded("reading events", [&] {
    std::vector<Sealed> list;
    auto reader = readers_.borrow();
    Statement read(reader->store, std::string("SELECT ") + kEventColumns +
                                      ", s.name, d.instance, d.ended, i.name, d.seal " + kEventFrom + order);
    auto rows = read.rows(after, last, limit);
    while (rows.step()) {
      Event event = read_event_row(rows);
      event.scope = rows.text(kAfterEventColumns);
      event.instance = rows.integer(kAfterEventColumns + 1);
      event.received = from_micros(rows.integer(kAfterEventColumns + 2));
      event.source = rows.text(kAfterEventColumns + 3);
      event.seal = rows.integer(kAfterEventColumns + 4);
      list.push_back({std::move(event), std::string(rows.blob(kBodyColumn)), std::string(rows.blob(kDigestColumn))});
    }
    return list;
  });
  if (!sealed) return sealed.error();
  return open_events(std::move(*sealed));
}

Result<std::vector<Event>> Look::open_events(std::vector<Sealed> sealed) {
  std::vector<PersonId> people;
  people.reserve(sealed.size());
  for (const Sealed& one : sealed) people.push_back(one.event.person);
  auto keys = people_.keys_of(people);
  if (!keys) return keys.error();
  std::vector<Event> events;
  events.reserve(sealed.size());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Sealed& one = sealed[i];
    if ((*keys)[i] != nullptr && !one.body.empty()) {
      const auto plain = open(*(*keys)[i], one.body, body_place(one.event.person, one.digest));
      one.event.unreadable = !plain || !decode_body(*plain, one.event);
    }
    events.push_back(std::move(one.event));
  }
  return events;
}

Result<std::vector<Event>> Look::events(const Page& page) {
  return select_events(kById, page.after, INT64_MAX, page.limit);
}

// Document after document, in the order of their seals: the events of each are one range of numbers.
Result<std::vector<Event>> Look::last_events(std::size_t count) {
  std::vector<Event> newest;
  auto documents =
      sealed_documents("SELECT id FROM document WHERE seal > ? AND events > 0 ORDER BY seal DESC LIMIT ?", 0, count);
  if (!documents) return documents.error();
  for (const std::int64_t document : *documents) {
    if (newest.size() >= count) break;
    auto of_one = select_events(kByIdDown, event_id(document, 0).value - 1, last_of(document), count - newest.size());
    if (!of_one) return of_one.error();
    std::move(of_one->begin(), of_one->end(), std::back_inserter(newest));
  }
  std::reverse(newest.begin(), newest.end());
  return newest;
}

Result<std::vector<Event>> Look::events_sealed_after(const SealPosition& position, std::size_t limit) {
  std::vector<Event> events;
  auto documents = sealed_documents("SELECT id FROM document WHERE seal >= ? AND events > 0 ORDER BY seal LIMIT ?",
                                    position.seal, limit);
  if (!documents) return documents.error();
  for (const std::int64_t document : *documents) {
    if (events.size() >= limit) break;
    const bool begun = document == position.event.document();
    const std::int64_t after = begun ? position.event.value : event_id(document, 0).value - 1;
    auto of_one = select_events(kById, after, last_of(document), limit - events.size());
    if (!of_one) return of_one.error();
    std::move(of_one->begin(), of_one->end(), std::back_inserter(events));
  }
  return events;
}

Result<SealPosition> Look::last_sealed() {
  return guarded("reading the newest seal", [&]() -> SealPosition {
    auto reader = readers_.borrow();
    Statement read(reader->store, "SELECT seal, id FROM document WHERE seal > 0 ORDER BY seal DESC LIMIT 1");
    auto rows = read.rows();
    if (!rows.step()) return {};
    return {rows.integer(0), {last_of(rows.integer(1))}};
  });
}

Result<std::vector<std::int64_t>> Look::sealed_documents(const char* sql, std::int64_t seal, std::size_t limit) {
  return guarded("listing sealed documents", [&] {
    std::vector<std::int64_t> list;
    auto reader = readers_.borrow();
    Statement read(reader->store, sql);
    auto rows = read.rows(seal, limit);
    while (rows.step()) list.push_back(rows.integer(0));
    return list;
  });
}

Result<std::vector<EventId>> Look::events_of(PersonId person) {
  return guarded("listing a person's events", [&] {
    std::vector<EventId> list;
    auto reader = readers_.borrow();
    Statement last(reader->store, "SELECT max(run) FROM person_event");
    Statement read(
        reader->store,
        "SELECT p.event FROM person_event p JOIN event e ON e.id = p.event JOIN document d ON d.id = p.event >> "
        "32 AND d.state = 2 WHERE p.run = ? AND p.person = ? ORDER BY p.event");
    const std::int64_t runs = last.number().value_or(-1);
    for (std::int64_t run = 0; run <= runs; ++run) {
      auto rows = read.rows(run, person);
      while (rows.step()) list.push_back({rows.integer(0)});
    }
    return list;
  });
}

Result<std::vector<Subscription>> Look::subscriptions_of(PersonId person) {
  return guarded("reading subscriptions", [&] { return readers_.borrow()->subscriptions_of(person); });
}

Result<std::vector<FeedRow>> Look::feeds() {
  return guarded("listing feeds", [&] {
    std::vector<FeedRow> list;
    auto reader = readers_.borrow();
    Statement read(
        reader->store,
        "SELECT i.name, f.revision, f.moved, f.ended, f.crashes, f.pause, f.reason FROM feed f JOIN instance "
        "i ON i.id = f.instance ORDER BY i.name");
    for (auto rows = read.rows(); rows.step();) {
      FeedRow row;
      row.feed = rows.text(0);
      row.at.revision = rows.integer(1);
      if (!rows.null(2)) row.at.moved = from_micros(rows.integer(2));
      if (!rows.null(3)) row.at.ended = from_micros(rows.integer(3));
      row.at.crashes = static_cast<std::uint32_t>(rows.integer(4));
      row.at.pause = static_cast<FeedPause>(rows.integer(5));
      row.at.reason = rows.text(6);
      list.push_back(std::move(row));
    }
    return list;
  });
}

Result<std::optional<Explanation>> Look::explain(EventId id) {
  auto events = select_events(kById, id.value - 1, id.value, 1);
  if (!events) return events.error();
  if (events->empty()) return std::optional<Explanation>{};
  auto row = document(id.document());
  if (!row) return row.error();
  auto deliveries = select_deliveries("o.event = ? AND o.id > ?", id.value, 0, 1000);
  if (!deliveries) return deliveries.error();
  Explanation told{std::move(events->front()), row->value_or(DocumentRow{}), false, std::move(*deliveries), {}};
  auto read = guarded("reading decisions", [&] {
    auto reader = readers_.borrow();
    Statement decided(reader->store, "SELECT recipient, channel, reason, told_by FROM not_owed WHERE event = ?");
    auto rows = decided.rows(id.value);
    while (rows.step())
      told.not_owed.push_back({id, rows.integer(0), static_cast<Channel>(rows.integer(1)),
                               std::string(to_text(static_cast<NotOwedReason>(rows.integer(2)))),
                               rows.null(3) ? std::nullopt : std::optional(EventId{rows.integer(3)})});
    Statement position(
        reader->store,
        "SELECT r.seal > d.seal OR (r.seal = d.seal AND r.event >= ?1) FROM router r, document d WHERE d.id = "
        "?1 >> 32");
    told.routed = position.number(id.value).value_or(0) != 0;
    return Done{};
  });
  if (!read) return read.error();
  return std::optional<Explanation>{std::move(told)};
}

}  // namespace vestitel::sqlite
