// T5: the part of SqliteDelivery that takes receipts, and takes back what was believed.
#include "core/store/sqlite/delivery.hpp"

namespace vestitel::sqlite {

Result<> SqliteDelivery::take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        const std::int64_t number = routing_.sink_id(sink, false);
        const auto known = receipts_.message_of(number, provider_id, verdict, clock_.now());
        if (!known) return known.error();
        const auto& awaited = *known;
        if (awaited && verdict.arrived) complained(awaited->outbox, verdict);
        if (awaited && awaited->stage != ReceiptBook::Stage::ended &&
            apply_receipt(*awaited, verdict) != OutboxState::kAccepted)
          receipts_.ended(number, provider_id, clock_.now());
        return Done{};
      })
      .get();
}

// Only what was accepted moves on, and never back.
OutboxState SqliteDelivery::apply_receipt(const ReceiptBook::Awaited& awaited, const Verdict& verdict) {
  const std::int64_t outbox = awaited.outbox;
  if (!accepted_.number(outbox)) return OutboxState::kDead;
  note_receipt_.run(outbox, static_cast<int>(verdict.kind), to_micros(clock_.now()), std::string_view(verdict.reason));
  if (verdict.kind == VerdictKind::kUnknown) return OutboxState::kAccepted;
  const OutboxState state =
      verdict.kind == VerdictKind::kDelivered || verdict.arrived ? OutboxState::kDelivered : OutboxState::kDead;
  EndedDelivery ended{outbox, 0, Channel::kEmail, left_.number(outbox).value_or(0)};
  {
    auto row = ended_.rows(static_cast<int>(state), outbox);
    row.step();
    ended.person = row.integer(0);
    ended.channel = static_cast<Channel>(row.integer(1));
  }
  if (state == OutboxState::kDelivered) drop_body_.run(outbox);
  if (state == OutboxState::kDead) routing_.endings().died(ended, verdict, clock_.now());
  return state;
}

// The address is used no more, whatever is known of the message by now.
void SqliteDelivery::complained(std::int64_t outbox, const Verdict& verdict) {
  EndedDelivery told{outbox, 0, Channel::kEmail, left_.number(outbox).value_or(0), false};
  {
    auto row = whose_.rows(outbox);
    if (!row.step()) return;
    told.person = row.integer(0);
    told.channel = static_cast<Channel>(row.integer(1));
  }
  routing_.endings().address_ended(told, verdict, clock_.now());
}

Result<std::int64_t> SqliteDelivery::awaited(std::string_view sink) {
  return writer_
      .submit<std::int64_t>([&]() -> Result<std::int64_t> { return receipts_.awaited(routing_.sink_id(sink, false)); })
      .get();
}

// Of what was just accepted: its receipt may have been here first.
OutboxState SqliteDelivery::await_receipt(const Settlement& settlement, const Leased& row) {
  const auto early = receipts_.accepted(row.sink, settlement.verdict.provider_id, settlement.outbox_id, clock_.now());
  if (!early) return OutboxState::kAccepted;
  if (early->arrived) complained(settlement.outbox_id, *early);
  return apply_receipt({settlement.outbox_id}, *early);
}

Result<> SqliteDelivery::revive(std::span<const Recipient> recipients) {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        for (const Recipient& one : recipients) routing_.endings().revive(one.person, one.channel);
        return Done{};
      })
      .get();
}

Result<std::size_t> SqliteDelivery::note_overdue(std::size_t limit) {
  return writer_
      .submit<std::size_t>([this, limit]() -> Result<std::size_t> {
        const auto overdue = receipts_.overdue(clock_.now(), limit);
        for (const std::int64_t outbox : overdue)
          if (accepted_.number(outbox)) routing_.endings().in_doubt(outbox);
        return overdue.size();
      })
      .get();
}

}  // namespace vestitel::sqlite
