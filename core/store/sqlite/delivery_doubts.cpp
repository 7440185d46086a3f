// The part of SqliteDelivery that asks what became of messages without an answer.
#include "core/store/sqlite/delivery.hpp"

namespace vestitel::sqlite {

Result<std::vector<Doubt>> SqliteDelivery::doubts(std::string_view sink, std::size_t limit) {
  return guarded("reading what is in doubt", [&] {
    auto reader = readers_.borrow();
    Statement read(
        reader->store,
        "SELECT o.id, o.attempts, o.idem, o.channel, o.expires, coalesce(a.settled, a.leased), a.provider_id, a.asked, "
        "o.attempts - o.excused FROM outbox o INDEXED BY outbox_in_doubt JOIN attempt a ON a.outbox = o.id AND a.n = "
        "o.attempts WHERE o.sink = (SELECT id FROM sink WHERE name = ? AND held = 0) AND o.state = 9 AND o.due <= ? "
        "ORDER BY o.due LIMIT ?");
    std::vector<Doubt> found;
    auto rows = read.rows(sink, to_micros(clock_.now()), static_cast<std::int64_t>(limit));
    while (rows.step()) {
      Doubt& one = found.emplace_back();
      one.outbox_id = rows.integer(0);
      one.attempt = static_cast<int>(rows.integer(1));
      one.idem_key = to_hex(as_octets(rows.blob(2)));
      one.channel = static_cast<Channel>(rows.integer(3));
      one.expires = from_micros(rows.integer(4));
      one.sent = from_micros(rows.integer(5));
      one.provider_id = rows.text(6);
      one.asked = static_cast<int>(rows.integer(7));
      one.counted = static_cast<int>(rows.integer(8));
    }
    return found;
  });
}

Result<SettleOutcome> SqliteDelivery::answer(std::span<const DoubtAnswer> answers) {
  return writer_
      .submit<SettleOutcome>([&]() -> Result<SettleOutcome> {
        SettleOutcome outcome;
        for (const DoubtAnswer& one : answers) count(outcome, apply_answer(one));
        return outcome;
      })
      .get();
}

// Nothing: it is in doubt no longer, or another attempt of it is.
std::optional<OutboxState> SqliteDelivery::apply_answer(const DoubtAnswer& answer) {
  const auto row = doubts_.find(answer.outbox_id);
  if (!row || row->attempts != answer.attempt) return std::nullopt;
  doubts_.note(answer.outbox_id, answer.verdict, clock_.now());
  if (answer.verdict.kind == VerdictKind::kUnknown) {
    doubts_.ask_again(answer.outbox_id, answer.again_at, answer.give_up);
    if (row->urgent) routing_.endings().in_doubt(answer.outbox_id);  // it does not wait for the peer's memory
    return answer.give_up ? OutboxState::kHeld : OutboxState::kInDoubt;
  }
  // What is known is no unknown of this attempt any more.
  const Leased known{row->sink,         0,     row->person, row->channel, row->attempts, row->excused,
                     row->unknowns - 1, false, row->since,  row->urgent};
  if (answer.verdict.kind == VerdictKind::kRetry)
    spending_.give_back(row->sink, row->channel, from_micros(row->since));  // it did not take place
  const Settlement settlement{answer.outbox_id, 0, answer.verdict, true, answer.again_at, answer.give_up};
  OutboxState state = next_state(settlement, known);
  move_on(settlement, known, state);
  if (state == OutboxState::kAccepted) state = await_receipt(settlement, known);
  return state;
}

}  // namespace vestitel::sqlite
