#include "core/store/sqlite/routing.hpp"

#include <algorithm>
#include <array>

#include "core/base/fault_point.hpp"
#include "core/base/log.hpp"
#include "core/store/sqlite/body_codec.hpp"
#include "core/store/sqlite/event_row.hpp"
#include "core/store/sqlite/prepared_batch.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::array<std::string_view, 10> kStates{"waiting", "ready", "leased",     "accepted",  "delivered",
                                                   "dead",    "held",  "superseded", "discarded", "in-doubt"};

std::vector<RoutableEvent*> pointers(std::vector<RoutableEvent>& events) {
  std::vector<RoutableEvent*> all;
  all.reserve(events.size());
  for (RoutableEvent& event : events) all.push_back(&event);
  return all;
}

}  // namespace

std::string_view to_text(OutboxState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < kStates.size() ? kStates[index] : "unknown";
}

std::span<const std::string_view> outbox_states() { return kStates; }

SqliteRouting::SqliteRouting(Writer& writer, Pool& readers, PersonKeys& people, const MasterKeys& keys,
                             const Clock& clock, Random& random)
    : writer_(writer),
      readers_(readers),
      people_(people),
      keys_(keys.copy()),
      clock_(clock),
      random_(random),
      position_(writer.connections().store, "SELECT seal, event, recipient FROM router"),
      move_position_(writer.connections().store, "UPDATE router SET seal = ?, event = ?, recipient = ?"),
      find_sink_(writer.connections().store, "SELECT id FROM sink WHERE name = ?"),
      insert_sink_(writer.connections().store, "INSERT INTO sink(name, idempotent) VALUES(?, ?) RETURNING id"),
      find_route_(writer.connections().store, "SELECT id FROM route WHERE name = ?"),
      insert_route_(writer.connections().store, "INSERT INTO route(name) VALUES(?) RETURNING id"),
      endings_(writer.connections().store),
      earlier_(writer.connections().store,
               "SELECT id, state, unknowns, waits_for FROM outbox WHERE event = ? AND person = ? AND sink = ? AND "
               "channel = ? ORDER BY id DESC"),
      supersede_(writer.connections().store, "UPDATE outbox SET state = 7, waits_for = NULL WHERE id = ?"),
      drop_body_(writer.connections().store, "DELETE FROM outbox_body WHERE id = ?"),
      insert_outbox_(
          writer.connections().store,
          "INSERT INTO outbox(id, event, person, sink, channel, part, state, later, due, expires, waits_for, "
          "route, idem, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_body_(writer.connections().store, "INSERT INTO outbox_body(id, sealed) VALUES(?, ?)"),
      insert_not_owed_(
          writer.connections().store,
          "INSERT OR REPLACE INTO not_owed(event, recipient, channel, reason, told_by, turn) VALUES(?, ?, ?, ?, ?, ?)"),
      last_outbox_(Statement(writer.connections().store, "SELECT max(id) FROM outbox").number().value_or(0)),
      waits_(Statement(writer.connections().store, "SELECT 1 FROM outbox WHERE waits_for IS NOT NULL LIMIT 1")
                 .number()
                 .has_value()) {}

Result<RouterPosition> SqliteRouting::router_position() {
  return writer_
      .submit<RouterPosition>([this]() -> Result<RouterPosition> {
        auto row = position_.rows();
        row.step();
        return RouterPosition{row.integer(0), row.integer(1), row.integer(2)};
      })
      .get();
}

// The next events of the seal that `from` stands in; of the next seal, where nothing of it is left. Seals are given
// out one by one under the writer, so that what sorts before a position can never appear later.
Result<RoutingStore::Page> SqliteRouting::routable(const RouterPosition& from, std::size_t limit, bool with_content) {
  Page page{{}, from};
  std::vector<std::string> sealed;
  auto read = guarded("reading what is to be routed", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->store);
    while (page.events.size() < limit) {
      std::int64_t document = 0;
      std::int64_t instance = 0;
      Instant received;
      bool baseline = false;
      {
        auto seals = reader->seal_after.rows(page.next.seal);
        if (!seals.step()) break;
        document = seals.integer(1);
        instance = seals.integer(2);
        received = from_micros(seals.integer(3));
        baseline = seals.integer(4) != 0;
        page.next.seal = seals.integer(0);
      }
      const std::int64_t start = std::max(page.next.event, event_id(document, 0).value);
      std::size_t found = 0;
      auto rows = reader->events_after.rows(start, event_id(document + 1, 0).value,
                                            static_cast<std::int64_t>(limit - page.events.size()));
      while (rows.step()) {
        RoutableEvent routable;
        routable.seal = page.next.seal;
        routable.event = read_event_row(rows);
        routable.baseline = baseline;
        routable.activity = read_identity(rows.blob(kAfterEventColumns));
        routable.event.instance = instance;
        routable.event.received = received;
        if (with_content) {
          sealed.emplace_back(rows.blob(kBodyColumn));
          sealed.back().append(rows.blob(kDigestColumn));  // the digest, to open it with; cut off again below
        }
        page.next.event = routable.event.id.value;
        page.events.push_back(std::move(routable));
        ++found;
      }
      if (found > 0) continue;
      auto seals = reader->seal_after.rows(page.next.seal + 1);
      if (!seals.step()) break;
      page.next = {seals.integer(0), 0, 0};
    }
    read_decided(*reader.operator->(), pointers(page.events));
    return Done{};
  });
  if (!read) return read.error();
  if (!with_content) return page;
  if (auto filled = fill_events(pointers(page.events), sealed); !filled) return filled.error();
  return page;
}

// Whom an event concerns, and who was told of its activity. People are met in the order of their rows.
void SqliteRouting::read_decided(Reader& reader, std::vector<RoutableEvent*> events) {
  std::sort(events.begin(), events.end(),
            [](const auto* a, const auto* b) { return a->event.person < b->event.person; });
  for (RoutableEvent* event : events) {
    event->subscriptions = reader.subscriptions_of(event->event.person);
    if (!event->activity || event->subscriptions.empty()) continue;
    auto rows = reader.told_of.rows(Blob{{event->activity->data(), event->activity->size()}});
    while (rows.step())
      event->told.push_back({rows.integer(0),
                             static_cast<Channel>(rows.integer(1)),
                             {{rows.integer(2)}, Revision::kNew, {}, rows.integer(3)}});
  }
}

// Opens what was reported, where somebody is to be told of it.
Result<Done> SqliteRouting::fill_events(const std::vector<RoutableEvent*>& events, std::vector<std::string>& sealed) {
  std::vector<PersonId> people;
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i]->subscriptions.empty() || sealed[i].size() <= sizeof(ContentDigest)) continue;
    wanted.push_back(i);
    people.push_back(events[i]->event.person);
  }
  auto keys = people_.keys_of(people);
  if (!keys) return keys.error();
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    Event& event = events[wanted[k]]->event;
    const std::string_view whole = sealed[wanted[k]];
    const std::size_t body = whole.size() - sizeof(ContentDigest);
    if ((*keys)[k] == nullptr) continue;  // erased: there is nothing to tell any more
    auto plain = open(*(*keys)[k], whole.substr(0, body), body_place(event.person, whole.substr(body)));
    // One that is damaged must not hold up all the others: that something was reported is still told.
    if (!plain || !decode_body(*plain, event)) log::error("event_unreadable", {{"event", vestitel::to_text(event.id)}});
  }
  return Done{};
}

std::string_view SqliteRouting::instance_name(std::int64_t instance) {
  const auto known = instance_names_.find(instance);
  if (known != instance_names_.end()) return known->second;
  auto name = guarded("reading an instance's name", [&] {
    auto reader = readers_.borrow();
    Statement read(reader->store, "SELECT name FROM instance WHERE id = ?");
    auto row = read.rows(instance);
    return row.step() ? std::string(row.text(0)) : std::string();
  });
  if (!name) return {};
  return instance_names_.emplace(instance, std::move(*name)).first->second;
}

Result<std::vector<SqliteRouting::Sealed>> SqliteRouting::seal_bodies(const std::vector<Decision>& decisions) {
  std::vector<PersonId> people;
  people.reserve(decisions.size());
  for (const Decision& decision : decisions)
    if (!decision.not_owed) people.push_back(decision.recipient);
  auto keys = people_.keys_of(people);
  if (!keys) return keys.error();

  std::vector<Sealed> bodies(decisions.size());
  Hmac hmac(keys_.idem);
  std::size_t k = 0;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const Decision& decision = decisions[i];
    if (decision.not_owed) continue;
    const auto& key = (*keys)[k++];
    if (key == nullptr) return Error{Failure::kInternal, "sealing a message: the recipient has no data key"};
    const std::string place = message_place(decision.event.value, decision.recipient, decision.channel);
    vestitel::seal(*key, encode_message(decision), place, random_, bodies[i].bytes);
    bodies[i].idem = as_text(hmac.of({place, "/", decision.sink})).substr(0, 16);
  }
  return bodies;
}

std::future<Result<>> SqliteRouting::commit_routed(RoutedBatch batch) {
  auto bodies = seal_bodies(batch.decisions);
  if (!bodies) {
    std::promise<Result<>> failed;
    failed.set_value(bodies.error());
    return failed.get_future();
  }
  struct Work {
    RoutedBatch batch;
    std::vector<Sealed> bodies;
  };
  auto work = std::make_shared<const Work>(Work{std::move(batch), std::move(*bodies)});
  return writer_.submit<Done>([this, work] { return apply(work->batch, work->bodies); });
}

// T2. Decisions and the router's position, in one transaction.
Result<Done> SqliteRouting::apply(const RoutedBatch& batch, const std::vector<Sealed>& bodies) {
  {
    auto row = position_.rows();
    row.step();
    if (RouterPosition{row.integer(0), row.integer(1), row.integer(2)} != batch.from)
      return {Failure::kConflict, "committing a routed batch: the router's position has moved"};
  }
  for (std::size_t i = 0; i < batch.decisions.size(); ++i) decide(batch.decisions[i], bodies[i]);
  move_position_.run(batch.to.seal, batch.to.event, batch.to.recipient);
  VESTITEL_FAULT_POINT("t2.before_commit");
  return Done{};
}

void SqliteRouting::decide(const Decision& decision, const Sealed& body) {
  if (!decision.not_owed) return owe(decision, body);
  const std::optional<std::int64_t> told_by = decision.told_by ? std::optional(decision.told_by->value) : std::nullopt;
  insert_not_owed_.run(decision.event.value, decision.recipient, static_cast<int>(decision.channel),
                       static_cast<int>(*decision.not_owed), told_by, decision.turn);
  endings_.told().repeat(decision);
}

// A correction replaces an original that has not left, and waits for one that is leaving. What is annulled before it
// left is told to nobody.
void SqliteRouting::owe(const Decision& decision, const Sealed& body) {
  const std::int64_t sink = sink_id(decision.sink, false);
  std::optional<std::int64_t> waits_for;
  OutboxState state = OutboxState::kReady;
  bool replaced = false;
  if (const auto before = decision.prior ? earlier(decision, sink) : std::nullopt) {
    const bool may_go_again = before->state == OutboxState::kReady || before->state == OutboxState::kInDoubt;
    replaced = before->state == OutboxState::kWaiting || may_go_again;
    if (before->state == OutboxState::kLeased) {
      waits_for = before->id;
      state = OutboxState::kWaiting;
    } else if (before->state == OutboxState::kWaiting) {
      waits_for = before->waits_for;
      state = OutboxState::kWaiting;
      supersede_.run(before->id);
      drop_body_.run(before->id);
    } else if (may_go_again) {
      supersede_.run(before->id);
      drop_body_.run(before->id);
      if (decision.annuls && before->unknowns == 0) {
        insert_not_owed_.run(decision.event.value, decision.recipient, static_cast<int>(decision.channel),
                             static_cast<int>(NotOwedReason::kCancelled), Null{}, Null{});
        return endings_.told().tell(decision, replaced);
      }
    }
  }
  waits_ = waits_ || waits_for.has_value();
  const std::int64_t id = ++last_outbox_;
  insert_outbox_.run(id, decision.event.value, decision.recipient, sink, static_cast<int>(decision.channel),
                     decision.recipient % kPartitions, static_cast<int>(state), decision.priority > 0 ? 0 : 1,
                     to_micros(decision.due), to_micros(decision.expires), waits_for, route_id(decision.route),
                     Blob{body.idem}, to_micros(clock_.now()));
  insert_body_.run(id, Blob{body.bytes});
  endings_.told().tell(decision, replaced);
}

std::optional<SqliteRouting::Earlier> SqliteRouting::earlier(const Decision& decision, std::int64_t sink) {
  auto row = earlier_.rows(decision.prior->value, decision.recipient, sink, static_cast<int>(decision.channel));
  if (!row.step()) return std::nullopt;
  return Earlier{row.integer(0), static_cast<OutboxState>(row.integer(1)), static_cast<int>(row.integer(2)),
                 row.null(3) ? std::nullopt : std::optional(row.integer(3))};
}

std::int64_t SqliteRouting::sink_id(std::string_view name, bool idempotent) {
  const auto cached = sinks_.find(std::string(name));
  if (cached != sinks_.end()) return cached->second;
  const auto known = find_sink_.number(name);
  const std::int64_t id = known ? *known : *insert_sink_.number(name, idempotent ? 1 : 0);
  sinks_.emplace(name, id);
  return id;
}

std::int64_t SqliteRouting::route_id(std::string_view name) {
  const auto cached = routes_.find(std::string(name));
  if (cached != routes_.end()) return cached->second;
  const auto known = find_route_.number(name);
  const std::int64_t id = known ? *known : *insert_route_.number(name);
  routes_.emplace(name, id);
  return id;
}

}  // namespace vestitel::sqlite
