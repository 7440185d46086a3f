#include "core/store/sqlite/doubts.hpp"

namespace vestitel::sqlite {

DoubtBook::DoubtBook(Database& store)
    : set_policy_(store, "UPDATE sink SET unknown = ? WHERE id = ?"),
      policy_(store, "SELECT unknown FROM sink WHERE id = ?"),
      release_(store,
               "UPDATE outbox SET state = CASE WHEN ?2 = 0 AND (?3 OR unknowns <= 1) THEN 1 ELSE 6 END, due = ?4 WHERE "
               "sink = ?1 AND state = 9 RETURNING id, state, later"),
      find_(
          store,
          "SELECT o.sink, o.person, o.channel, o.attempts, o.excused, o.unknowns, a.leased, o.later FROM outbox o JOIN "
          "attempt a ON a.outbox = o.id AND a.n = o.attempts WHERE o.id = ? AND o.state = 9"),
      again_(store, "UPDATE outbox SET state = ?, due = ? WHERE id = ?"),
      note_(store,
            "UPDATE attempt SET receipt = ?2, receipt_at = ?3, receipt_reason = ?4, asked = asked + 1, provider_id = "
            "CASE WHEN ?5 <> '' THEN ?5 ELSE provider_id END WHERE outbox = ?1 AND n = (SELECT attempts FROM outbox "
            "WHERE id = ?1)") {}

std::vector<std::int64_t> DoubtBook::set_policy(std::int64_t sink, UnknownPolicy policy, bool idempotent, Instant now) {
  set_policy_.run(static_cast<int>(policy), sink);
  std::vector<std::int64_t> held;
  if (policy == UnknownPolicy::kAsk) return held;
  auto rows = release_.rows(sink, static_cast<int>(policy), idempotent ? 1 : 0, to_micros(now));
  while (rows.step())
    if (static_cast<OutboxState>(rows.integer(1)) == OutboxState::kHeld && rows.integer(2) == 0)
      held.push_back(rows.integer(0));
  return held;
}

OutboxState DoubtBook::after_unknown(std::int64_t sink, bool idempotent, int unknowns, bool bury) {
  const auto policy = static_cast<UnknownPolicy>(policy_.number(sink).value_or(0));
  if (policy == UnknownPolicy::kAsk) return OutboxState::kInDoubt;
  if (policy == UnknownPolicy::kHold) return OutboxState::kHeld;
  if (idempotent) return bury ? OutboxState::kDead : OutboxState::kReady;
  return unknowns == 0 ? OutboxState::kReady : OutboxState::kHeld;
}

std::optional<DoubtBook::InDoubt> DoubtBook::find(std::int64_t outbox) {
  auto row = find_.rows(outbox);
  if (!row.step()) return std::nullopt;
  return InDoubt{row.integer(0),
                 row.integer(1),
                 static_cast<Channel>(row.integer(2)),
                 static_cast<int>(row.integer(3)),
                 static_cast<int>(row.integer(4)),
                 static_cast<int>(row.integer(5)),
                 row.integer(6),
                 row.integer(7) == 0};
}

void DoubtBook::ask_again(std::int64_t outbox, Instant at, bool held) {
  again_.run(static_cast<int>(held ? OutboxState::kHeld : OutboxState::kInDoubt), to_micros(at), outbox);
}

void DoubtBook::note(std::int64_t outbox, const Verdict& verdict, Instant now) {
  note_.run(outbox, static_cast<int>(verdict.kind), to_micros(now), std::string_view(verdict.reason),
            std::string_view(verdict.provider_id));
}

}  // namespace vestitel::sqlite
