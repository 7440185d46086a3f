// Every question that staff may ask of the store, and the few things they may do to what it holds back.
//
// Lists are pages: rows after `after` (exclusive, by id), oldest first, at most `limit`.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/spending.hpp"
#include "core/model/subscription.hpp"
#include "core/ports/feed_store.hpp"

namespace vestitel {

struct Page {
  std::int64_t after = 0;
  std::size_t limit = 100;
};

// Behind which event of which sealed document: what is sealed late stands behind what was sealed before it.
struct SealPosition {
  std::int64_t seal = 0;
  EventId event;
};

struct SinkLoad {
  std::string sink;
  std::vector<std::pair<std::string, std::int64_t>> states;  // "ready", "leased", "delivered", "dead" ... and how many
};

struct StoreStatus {
  std::int64_t documents_staging = 0, documents_sealed = 0, documents_rejected = 0;
  std::int64_t events = 0, people = 0, subscriptions = 0, quarantined = 0;
  std::int64_t not_routed = 0;  // events sealed and not yet decided
  std::vector<SinkLoad> sinks;
};

// The balance: every decision is in exactly one of these.
struct Books {
  std::int64_t events = 0;      // sealed
  std::int64_t not_routed = 0;  // of them, still to be decided
  std::int64_t undecided = 0;   // routed without any decision: must be 0
  std::int64_t told = 0, digest = 0, owed = 0, held = 0, dead = 0, discarded = 0;
  std::vector<std::pair<std::string, std::int64_t>> not_owed;  // reason, how many
  std::int64_t bodiless = 0;                                   // owed without a message: must be 0
  std::int64_t unrecorded = 0;                                 // leased or settled without an attempt: must be 0
  [[nodiscard]] bool balanced() const { return undecided == 0 && bodiless == 0 && unrecorded == 0; }
};

struct AttemptRow {
  int number = 0;
  Instant leased;
  std::optional<Instant> settled;
  std::optional<VerdictKind> verdict;
  std::string reason, provider_id;
  // What the provider said of it later:
  std::optional<VerdictKind> receipt;
  std::optional<Instant> receipt_at;
  std::string receipt_reason;
};

struct DeliveryRow {
  std::int64_t id = 0;
  EventId event;
  PersonId person = 0;
  std::string sink, route, state, idem_key;
  Channel channel = Channel::kEmail;
  int attempts = 0, unknowns = 0;
  Instant due, created;
  std::vector<AttemptRow> history;  // newest last
};

// Where a feed stands; its cursor lies sealed and is not told.
struct FeedRow {
  std::string feed;
  FeedCheckpoint at;
};

// What was begun on a channel in a day, through the sinks whose prices are in one currency.
struct SpentRow {
  Channel channel = Channel::kEmail;
  std::string currency;  // "": through sinks without a price
  Spent spent;
};

// A message given up on, and through which sink it would go out again.
struct DeadLetter {
  std::int64_t id = 0;
  std::string sink;
  Channel channel = Channel::kEmail;
};

struct NotOwedRow {
  EventId event;
  PersonId recipient = 0;
  Channel channel = Channel::kEmail;
  std::string reason;
  std::optional<EventId> told_by;  // a duplicate: the event whose delivery tells
};

// Everything that is known about why somebody was, or was not, told of one event.
struct Explanation {
  Event event;
  DocumentRow document;
  bool routed = false;
  std::vector<DeliveryRow> deliveries;
  std::vector<NotOwedRow> not_owed;
};

class LookStore {
 public:
  virtual ~LookStore() = default;

  virtual Result<StoreStatus> status() = 0;
  virtual Result<Books> books() = 0;

  virtual Result<std::vector<DocumentRow>> documents(const Page& page) = 0;
  virtual Result<std::optional<DocumentRow>> document(std::int64_t id) = 0;

  // Of one document, or of all (0).
  virtual Result<std::vector<QuarantineRow>> quarantine(std::int64_t document, const Page& page) = 0;
  // With the record's bytes, opened: health data, for the one who has to mend it.
  virtual Result<std::optional<QuarantineRow>> quarantined(std::int64_t id) = 0;
  virtual Result<bool> discard_quarantined(std::int64_t id) = 0;

  // Sealed events, in the order of their ids; their content is opened, and where it does not open `unreadable` is set.
  virtual Result<std::vector<Event>> events(const Page& page) = 0;
  // In the order in which they were sealed: the newest `count`, the newest last; and what follows a position.
  virtual Result<std::vector<Event>> last_events(std::size_t count) = 0;
  virtual Result<std::vector<Event>> events_sealed_after(const SealPosition& position, std::size_t limit) = 0;
  // Behind everything that is sealed now.
  virtual Result<SealPosition> last_sealed() = 0;
  virtual Result<std::optional<Explanation>> explain(EventId id) = 0;
  virtual Result<std::vector<EventId>> events_of(PersonId person) = 0;

  virtual Result<std::vector<Subscription>> subscriptions_of(PersonId person) = 0;

  // `state` "" means all.
  virtual Result<std::vector<DeliveryRow>> deliveries(std::string_view state, const Page& page) = 0;
  virtual Result<std::optional<DeliveryRow>> delivery(std::int64_t id) = 0;

  // That an operator holds, by name.
  virtual Result<std::vector<std::string>> held_sinks() = 0;
  // That were polled or steered, by name.
  virtual Result<std::vector<FeedRow>> feeds() = 0;

  // By channel and currency.
  virtual Result<std::vector<SpentRow>> spent(Date day) = 0;
  // Of one channel or of all, by id. What is held is not among them: a person decides about each.
  virtual Result<std::vector<DeadLetter>> dead_letters(std::optional<Channel> channel) = 0;

  // Dead letters and held deliveries: due again at once under the same key, or closed for good. False: it is neither.
  virtual Result<bool> replay(std::int64_t delivery) = 0;
  // Many at a time; how many of them there were.
  virtual Result<std::int64_t> replay(std::span<const std::int64_t> deliveries) = 0;
  virtual Result<bool> discard(std::int64_t delivery) = 0;
};

}  // namespace vestitel
