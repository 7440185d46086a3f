#include "core/store/sqlite/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/fault_point.hpp"

namespace vestitel::sqlite {
namespace {

constexpr auto kLease = std::chrono::seconds(60);
constexpr auto kLoadAgain = std::chrono::seconds(5);
constexpr std::size_t kHeldBack = 100'000;  // from here on those whose time has come are forgotten first
constexpr std::int64_t kSequences = std::int64_t{1} << 32;

std::int64_t bit_of(Channel channel) { return std::int64_t{1} << static_cast<int>(channel); }

// What is due of a sink, oldest first over the channels that ?4 has a bit for; the others are not looked at.
std::string ready_rows() {
  std::string sql;
  for (const Channel one : kAllChannels)
    sql += fmt::format(
        "{}SELECT id, event, person, channel, part, attempts, expires, idem, excused, unknowns, due FROM outbox "
        "INDEXED "
        "BY outbox_ready WHERE sink = ?1 AND state = 1 AND later = ?2 AND channel = {} AND due <= ?3 AND ?4 & {}",
        sql.empty() ? "" : " UNION ALL ", static_cast<int>(one), bit_of(one));
  return sql + " ORDER BY due, id LIMIT ?5";
}

// Those of them that may send one message at least.
std::int64_t open_channels(const Purses& purses, bool urgent) {
  std::int64_t open = 0;
  for (const Channel one : kAllChannels)
    if (purses.at(static_cast<std::size_t>(one)).affords(urgent)) open |= bit_of(one);
  return open;
}

// Whether the attempt may have cost money. What was surely not sent does not, or an outage would eat the day.
bool may_have_cost(const Settlement& settlement) {
  switch (settlement.verdict.kind) {
    case VerdictKind::kAccepted:
    case VerdictKind::kDelivered:
    case VerdictKind::kUnknown: return true;
    case VerdictKind::kRetry:
    case VerdictKind::kConfigError: return false;
    default: return settlement.begun;
  }
}

}  // namespace

SqliteDelivery::SqliteDelivery(Writer& writer, Pool& readers, PersonKeys& people, SqliteRouting& routing,
                               const Clock& clock, std::string node)
    : writer_(writer),
      readers_(readers),
      people_(people),
      routing_(routing),
      clock_(clock),
      node_(std::move(node)),
      update_sink_(writer.connections().store, "UPDATE sink SET idempotent = ? WHERE id = ?"),
      ready_(writer.connections().store, ready_rows()),
      mark_leased_(writer.connections().store,
                   "UPDATE outbox SET state = 2, token = ?, attempts = attempts + 1 WHERE id = ?"),
      insert_attempt_(writer.connections().store, "INSERT INTO attempt(outbox, n, token, leased) VALUES(?, ?, ?, ?)"),
      leased_(writer.connections().store,
              "SELECT o.sink, o.token, o.person, o.channel, o.attempts, o.excused, o.unknowns, s.idempotent, a.leased, "
              "o.later FROM "
              "outbox o JOIN sink s ON s.id = o.sink JOIN attempt a ON a.outbox = o.id AND a.n = o.attempts "
              "WHERE o.id = ? AND o.state = 2"),
      settle_row_(writer.connections().store,
                  "UPDATE outbox SET state = ?, due = ?, excused = ?, unknowns = ? WHERE id = ?"),
      settle_attempt_(
          writer.connections().store,
          "UPDATE attempt SET settled = ?, verdict = ?, reason = ?, provider_id = ? WHERE outbox = ? AND token = "
          "? AND settled IS NULL"),
      idempotent_(writer.connections().store, "SELECT idempotent FROM sink WHERE id = ? AND held = 0"),
      hold_(writer.connections().store, "UPDATE sink SET held = ? WHERE id = ?"),
      drop_body_(writer.connections().store, "DELETE FROM outbox_body WHERE id = ?"),
      receipts_(writer.connections().store),
      doubts_(writer.connections().store),
      spending_(writer.connections().store),
      ended_(writer.connections().store,
             "UPDATE outbox SET state = ? WHERE id = ? AND state = 3 RETURNING person, channel"),
      whose_(writer.connections().store, "SELECT person, channel FROM outbox WHERE id = ?"),
      note_receipt_(writer.connections().store,
                    "UPDATE attempt SET receipt = ?2, receipt_at = ?3, receipt_reason = ?4 WHERE outbox = ?1 AND n = "
                    "(SELECT attempts FROM outbox WHERE id = ?1)"),
      left_(writer.connections().store, "SELECT leased FROM attempt WHERE outbox = ? ORDER BY n DESC LIMIT 1"),
      accepted_(writer.connections().store, "SELECT 1 FROM outbox WHERE id = ? AND state = 3"),
      release_(writer.connections().store,
               "UPDATE outbox SET state = 1, waits_for = NULL WHERE waits_for = ? AND state = 0 RETURNING id"),
      all_leased_(writer.connections().store, "SELECT id, token FROM outbox INDEXED BY outbox_leased WHERE state = 2"),
      postpone_(writer.connections().store, "UPDATE outbox SET due = ? WHERE id = ?"),
      held_(writer.connections().store, "SELECT part FROM partition_lease WHERE node = ? AND until > ?"),
      take_partitions_(
          writer.connections().store,
          "INSERT INTO partition_lease(part, token, node, until) VALUES(?1, 1, ?2, ?3) ON CONFLICT(part) DO "
          "UPDATE SET token = token + 1, node = ?2, until = ?3 WHERE node = ?2 OR until < ?4 RETURNING token"),
      renew_(writer.connections().store, "UPDATE partition_lease SET until = ? WHERE node = ? RETURNING part") {}

Result<> SqliteDelivery::register_sink(std::string_view sink, const SinkTraits& traits) {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        const std::int64_t id = routing_.sink_id(sink, traits.idempotent);
        update_sink_.run(traits.idempotent ? 1 : 0, id);
        // What a person is to decide now waits for one no longer where it is urgent: its next channel has its turn.
        for (const std::int64_t delivery : doubts_.set_policy(id, traits.unknown, traits.idempotent, clock_.now()))
          routing_.endings().in_doubt(delivery);
        receipts_.expect(id, traits.receipts_within, traits.silence_is_fine, clock_.now());
        return Done{};
      })
      .get();
}

Result<> SqliteDelivery::limit_spending(const SpendingRules& rules, BudgetTold told) {
  budget_told_ = std::move(told);
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        SpendingBook::Sinks sinks;
        for (const auto& [name, terms] : rules.sinks) sinks[routing_.sink_id(name, false)] = {name, terms};
        spending_.rule(std::move(sinks), rules.per_day);
        return Done{};
      })
      .get();
}

Result<> SqliteDelivery::hold(std::string_view sink, bool held) {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        hold_.run(held ? 1 : 0, routing_.sink_id(sink, false));
        return Done{};
      })
      .get();
}

// ---- leases ---------------------------------------------------------------------------------------------------

Result<std::size_t> SqliteDelivery::void_own_leases() {
  return writer_
      .submit<std::size_t>([&]() -> Result<std::size_t> {
        const std::int64_t now = to_micros(clock_.now());
        const std::int64_t until = to_micros(clock_.now() + kLease);
        for (std::int64_t part = 0; part < kPartitions; ++part)
          epoch_ = std::max(epoch_, take_partitions_.number(part, std::string_view(node_), until, now).value_or(0));
        out_.clear();
        std::vector<std::pair<std::int64_t, std::int64_t>> orphans;
        {
          auto rows = all_leased_.rows();
          while (rows.step()) orphans.emplace_back(rows.integer(0), rows.integer(1));
        }
        for (const auto& [id, token] : orphans) {
          Settlement settlement{id, token, {}, true, clock_.now(), false};
          settlement.verdict.reason = "the hub stopped before the sink had answered";
          apply_one(settlement);
        }
        return orphans.size();
      })
      .get();
}

Result<> SqliteDelivery::renew_leases() {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        std::int64_t renewed = 0;
        auto rows = renew_.rows(to_micros(clock_.now() + kLease), std::string_view(node_));
        while (rows.step()) ++renewed;
        if (renewed == kPartitions) return Done{};
        return {Failure::kConflict, "renewing leases: another node has taken a partition over"};
      })
      .get();
}

std::bitset<kPartitions> SqliteDelivery::held_partitions() {
  std::bitset<kPartitions> held;
  auto rows = held_.rows(std::string_view(node_), to_micros(clock_.now()));
  while (rows.step()) held.set(static_cast<std::size_t>(rows.integer(0)));
  return held;
}

// ---- T3 -------------------------------------------------------------------------------------------------------

Result<std::vector<SqliteDelivery::Row>> SqliteDelivery::lease_rows(std::int64_t sink, std::size_t limit,
                                                                    std::vector<BudgetUsedUp>& used_up) {
  std::vector<Row> rows;
  if (limit == 0) return rows;
  const auto idempotent = idempotent_.number(sink);
  if (!idempotent) return rows;  // an operator holds it
  const auto held = held_partitions();
  const Instant leased = clock_.now();
  Purses purses = spending_.open(sink, leased, used_up);
  take_ready(sink, true, limit, held, purses, rows);
  if (rows.size() < limit) take_ready(sink, false, limit - rows.size(), held, purses, rows);
  spending_.charge(sink, purses, leased);
  const std::int64_t now = to_micros(leased);
  for (Row& row : rows) {
    row.token = epoch_ * kSequences + ++sequence_;
    mark_leased_.run(row.token, row.id);
    insert_attempt_.run(row.id, row.attempt, row.token, now);
    out_[row.id] = {sink,        row.token,    row.person,       row.channel, row.attempt,
                    row.excused, row.unknowns, *idempotent != 0, now,         row.urgent};
  }
  if (!rows.empty()) VESTITEL_FAULT_POINT("t3.before_commit");
  return rows;
}

void SqliteDelivery::take_ready(std::int64_t sink, bool urgent, std::size_t limit, const std::bitset<kPartitions>& held,
                                Purses& purses, std::vector<Row>& rows) {
  const Instant now = clock_.now();
  std::vector<std::pair<std::int64_t, Instant>> postponed;
  {
    auto found = ready_.rows(sink, urgent ? 0 : 1, to_micros(now), open_channels(purses, urgent), limit);
    while (found.step()) {
      Purse& purse = purses.at(static_cast<std::size_t>(found.integer(3)));
      if (!purse.affords(urgent)) continue;
      if (!held.test(static_cast<std::size_t>(found.integer(4)))) continue;
      const auto back = held_back_.find({sink, found.integer(2)});
      if (back != held_back_.end()) {
        if (back->second > now) {
          postponed.emplace_back(found.integer(0), back->second);
          continue;
        }
        held_back_.erase(back);
      }
      Row row;
      row.id = found.integer(0);
      row.event = found.integer(1);
      row.person = found.integer(2);
      row.channel = static_cast<Channel>(found.integer(3));
      row.attempt = static_cast<int>(found.integer(5)) + 1;
      row.excused = static_cast<int>(found.integer(8));
      row.unknowns = static_cast<int>(found.integer(9));
      row.expires = from_micros(found.integer(6));
      row.idem = to_hex(as_octets(found.blob(7)));
      row.urgent = urgent;
      purse.take();
      rows.push_back(std::move(row));
    }
  }
  for (const auto& [id, until] : postponed) postpone_.run(to_micros(until), id);
}

Result<std::vector<LeasedMessage>> SqliteDelivery::lease(std::string_view sink, std::size_t limit) {
  auto done = settle_and_lease({}, sink, limit);
  if (!done) return done.error();
  return std::move(done->leased);
}

Result<SettledAndLeased> SqliteDelivery::settle_and_lease(std::span<const Settlement> settlements,
                                                          std::string_view sink, std::size_t limit) {
  SettleOutcome outcome;
  std::vector<BudgetUsedUp> used_up;
  auto rows = writer_
                  .submit<std::vector<Row>>([&]() -> Result<std::vector<Row>> {
                    if (!settlements.empty()) {
                      auto settled = apply(settlements);
                      if (!settled) return settled.error();
                      outcome = *settled;
                      VESTITEL_FAULT_POINT("t4.before_commit");
                    }
                    return lease_rows(routing_.sink_id(sink, false), limit, used_up);
                  })
                  .get();
  if (!rows) return rows.error();
  if (!settlements.empty()) VESTITEL_FAULT_POINT("t4.after_commit");
  if (!rows->empty()) VESTITEL_FAULT_POINT("t3.after_commit");
  if (budget_told_)
    for (const BudgetUsedUp& one : used_up) budget_told_(one);
  auto loaded = load(*rows, outcome);
  return loaded ? std::move(loaded) : put_back(*rows, loaded.error());
}

// Nothing of them has been sent: they fall due again, and no attempt of theirs counts.
Error SqliteDelivery::put_back(const std::vector<Row>& rows, const Error& why) {
  std::vector<Settlement> settlements;
  settlements.reserve(rows.size());
  for (const Row& row : rows) {
    Settlement settlement{row.id, row.token, {}, false, clock_.now() + kLoadAgain, false};
    settlement.verdict.kind = VerdictKind::kConfigError;
    settlement.verdict.reason = "not sent: " + why.message;
    settlements.push_back(std::move(settlement));
  }
  if (auto settled = settle(settlements); !settled) return settled.error();
  return {Failure::kBusy, why.message};
}

Result<SettledAndLeased> SqliteDelivery::load(std::vector<Row>& rows, SettleOutcome settled) {
  if (rows.empty()) return SettledAndLeased{settled, {}};
  std::vector<PersonId> people;
  people.reserve(rows.size());
  for (const Row& row : rows) people.push_back(row.person);
  auto keys = people_.keys_of(people);
  if (!keys) return keys.error();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].key = (*keys)[i];

  std::vector<LeasedMessage> messages;
  std::vector<Settlement> undeliverable;
  messages.reserve(rows.size());
  auto read = guarded("reading leased messages", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->store);
    for (Row& row : rows) {
      LeasedMessage message;
      auto loaded = load_one(*reader.operator->(), row, message);
      if (loaded && *loaded) {
        messages.push_back(std::move(message));
        continue;
      }
      Settlement settlement{row.id, row.token, {}, false, {}, true};
      settlement.verdict.kind = VerdictKind::kPermanent;
      settlement.verdict.reason = loaded ? "the recipient has no usable address any more" : loaded.error().message;
      undeliverable.push_back(std::move(settlement));
    }
    return Done{};
  });
  if (!read) return read.error();
  if (!undeliverable.empty()) {
    auto decided = settle(undeliverable);
    if (!decided) return decided.error();
    settled.dead += decided->dead;
  }
  return SettledAndLeased{settled, std::move(messages)};
}

// False: there is nowhere to send it to. An error: what is stored does not open.
Result<bool> SqliteDelivery::load_one(Reader& reader, Row& row, LeasedMessage& out) {
  if (row.key == nullptr) return false;
  Message& message = out.message;
  {
    auto contact = reader.contact_of.rows(row.person, static_cast<int>(row.channel));
    if (!contact.step() || !contact.null(1)) return false;
    auto address = open(*row.key, contact.blob(0), contact_place(row.person, row.channel));
    if (!address) return address.error().during("opening an address");
    message.to = PersonalText(std::move(*address));
  }
  auto body = reader.outbox_body.rows(row.id);
  if (!body.step()) return Error{Failure::kInternal, "reading a message: it has no body"};
  auto plain = open(*row.key, body.blob(0), message_place(row.event, row.person, row.channel));
  if (!plain || !decode_message(*plain, message))
    return Error{Failure::kInternal, "reading a message: its body does not open"};
  message.outbox_id = row.id;
  message.idem_key = std::move(row.idem);
  message.channel = row.channel;
  message.expires = row.expires;
  message.priority = row.urgent ? 1 : 0;
  out.token = row.token;
  out.attempt = row.attempt - row.excused;
  out.recipient = row.person;
  if (row.attempt <= 1) return true;
  auto before = reader.last_reason.rows(row.id, row.attempt - 1);
  if (before.step()) out.last_reason = before.text(0);
  return true;
}

// ---- T4 -------------------------------------------------------------------------------------------------------

Result<SettleOutcome> SqliteDelivery::settle(std::span<const Settlement> settlements) {
  auto done = writer_
                  .submit<SettleOutcome>([&]() -> Result<SettleOutcome> {
                    auto outcome = apply(settlements);
                    VESTITEL_FAULT_POINT("t4.before_commit");
                    return outcome;
                  })
                  .get();
  if (done) VESTITEL_FAULT_POINT("t4.after_commit");
  return done;
}

void SqliteDelivery::count(SettleOutcome& outcome, std::optional<OutboxState> state) {
  ++(state ? outcome.settled : outcome.stale);
  if (state == OutboxState::kDead) ++outcome.dead;
  if (state == OutboxState::kHeld) ++outcome.held;
  if (state == OutboxState::kReady || state == OutboxState::kInDoubt) ++outcome.put_off;
}

Result<SettleOutcome> SqliteDelivery::apply(std::span<const Settlement> settlements) {
  SettleOutcome outcome;
  for (const Settlement& settlement : settlements) count(outcome, apply_one(settlement));
  return outcome;
}

std::optional<SqliteDelivery::Leased> SqliteDelivery::leased_row(std::int64_t id) {
  if (const auto ours = out_.find(id); ours != out_.end()) return ours->second;
  auto row = leased_.rows(id);
  if (!row.step()) return std::nullopt;
  return Leased{row.integer(0),
                row.integer(1),
                row.integer(2),
                static_cast<Channel>(row.integer(3)),
                static_cast<int>(row.integer(4)),
                static_cast<int>(row.integer(5)),
                static_cast<int>(row.integer(6)),
                row.integer(7) != 0,
                row.integer(8),
                row.integer(9) == 0};
}

std::optional<OutboxState> SqliteDelivery::apply_one(const Settlement& settlement) {
  const auto row = leased_row(settlement.outbox_id);
  if (!row || row->token != settlement.token) return std::nullopt;
  out_.erase(settlement.outbox_id);
  if (!may_have_cost(settlement)) spending_.give_back(row->sink, row->channel, from_micros(row->since));
  settle_attempt_.run(to_micros(clock_.now()), static_cast<int>(settlement.verdict.kind),
                      std::string_view(settlement.verdict.reason), std::string_view(settlement.verdict.provider_id),
                      settlement.outbox_id, settlement.token);
  OutboxState state = next_state(settlement, *row);
  const bool waited_for = routing_.anybody_waits() && release_.number(settlement.outbox_id).has_value();
  if ((state == OutboxState::kReady || state == OutboxState::kInDoubt) && waited_for) state = OutboxState::kSuperseded;
  move_on(settlement, *row, state);
  if (state == OutboxState::kAccepted) state = await_receipt(settlement, *row);
  return state;
}

OutboxState SqliteDelivery::next_state(const Settlement& settlement, const Leased& row) {
  switch (settlement.verdict.kind) {
    case VerdictKind::kAccepted: return OutboxState::kAccepted;
    case VerdictKind::kDelivered: return OutboxState::kDelivered;
    case VerdictKind::kRetry: return settlement.bury ? OutboxState::kDead : OutboxState::kReady;
    case VerdictKind::kConfigError: return OutboxState::kReady;
    case VerdictKind::kPermanent:
    case VerdictKind::kContactDead: return OutboxState::kDead;
    case VerdictKind::kUnknown: break;
  }
  return doubts_.after_unknown(row.sink, row.idempotent, row.unknowns, settlement.bury);
}

void SqliteDelivery::move_on(const Settlement& settlement, const Leased& row, OutboxState state) {
  const Verdict& verdict = settlement.verdict;
  const bool counts = verdict.kind != VerdictKind::kConfigError;
  const bool unknown = verdict.kind == VerdictKind::kUnknown;
  settle_row_.run(static_cast<int>(state), to_micros(settlement.retry_at), row.excused + (counts ? 0 : 1),
                  row.unknowns + (unknown ? 1 : 0), settlement.outbox_id);
  const bool awaited = state == OutboxState::kAccepted && receipts_.expects(row.sink, verdict.provider_id);
  if ((state == OutboxState::kAccepted && !awaited) || state == OutboxState::kDelivered ||
      state == OutboxState::kSuperseded)
    drop_body_.run(settlement.outbox_id);
  if (state == OutboxState::kDead) {
    // Where an attempt may have arrived, nobody stands in, but for what is urgent.
    const bool told_perhaps = !row.urgent && (unknown || row.unknowns > 0);
    routing_.endings().died({settlement.outbox_id, row.person, row.channel, row.since, told_perhaps}, verdict,
                            clock_.now());
  }
  if (state == OutboxState::kHeld && row.urgent) routing_.endings().in_doubt(settlement.outbox_id);
  if (verdict.kind == VerdictKind::kRetry && verdict.scope == RetryScope::kRecipient)
    hold_back(row.sink, row.person, settlement.retry_at);
}

void SqliteDelivery::hold_back(std::int64_t sink, PersonId recipient, Instant until) {
  if (held_back_.size() >= kHeldBack)
    std::erase_if(held_back_, [now = clock_.now()](const auto& back) { return back.second <= now; });
  held_back_[{sink, recipient}] = until;
}

}  // namespace vestitel::sqlite
