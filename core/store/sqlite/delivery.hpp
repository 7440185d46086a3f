// T3, T4 and T5: DeliveryStore and ReceiptTaker over SQLite.
#pragma once
#include <bitset>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.hpp"
#include "core/ports/delivery_store.hpp"
#include "core/ports/receipt_taker.hpp"
#include "core/store/sqlite/doubts.hpp"
#include "core/store/sqlite/person_keys.hpp"
#include "core/store/sqlite/receipts.hpp"
#include "core/store/sqlite/routing.hpp"
#include "core/store/sqlite/spending.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class SqliteDelivery final : public DeliveryStore, public ReceiptTaker {
 public:
  SqliteDelivery(Writer& writer, Pool& readers, PersonKeys& people, SqliteRouting& routing, const Clock& clock,
                 std::string node);

  Result<> register_sink(std::string_view sink, const SinkTraits& traits) override;
  Result<std::vector<LeasedMessage>> lease(std::string_view sink, std::size_t limit) override;
  Result<SettleOutcome> settle(std::span<const Settlement> settlements) override;
  Result<SettledAndLeased> settle_and_lease(std::span<const Settlement> settlements, std::string_view sink,
                                            std::size_t limit) override;
  Result<std::size_t> void_own_leases() override;
  Result<> renew_leases() override;
  Result<> revive(std::span<const Recipient> recipients) override;
  Result<std::vector<Doubt>> doubts(std::string_view sink, std::size_t limit) override;
  Result<SettleOutcome> answer(std::span<const DoubtAnswer> answers) override;
  Result<> limit_spending(const SpendingRules& rules, BudgetTold told) override;
  Result<> hold(std::string_view sink, bool held) override;
  Result<std::size_t> note_overdue(std::size_t limit) override;
  Result<std::int64_t> awaited(std::string_view sink) override;
  Result<> take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) override;

 private:
  struct Row {  // an outbox row on its way to the sink
    std::int64_t id = 0, event = 0, token = 0;
    PersonId person = 0;
    Channel channel = Channel::kEmail;
    int attempt = 0, excused = 0, unknowns = 0;
    bool urgent = false;
    Instant expires{};
    std::string idem;
    std::shared_ptr<const SecretKey> key;
  };

  // writer's thread
  Result<std::vector<Row>> lease_rows(std::int64_t sink, std::size_t limit, std::vector<BudgetUsedUp>& used_up);
  void take_ready(std::int64_t sink, bool urgent, std::size_t limit, const std::bitset<kPartitions>& held,
                  Purses& purses, std::vector<Row>& rows);
  Result<SettleOutcome> apply(std::span<const Settlement> settlements);
  std::optional<OutboxState> apply_one(const Settlement& settlement);  // nothing: the token is stale
  struct Leased {
    std::int64_t sink = 0, token = 0;
    PersonId person = 0;
    Channel channel = Channel::kEmail;
    int attempts = 0, excused = 0, unknowns = 0;
    bool idempotent = false;
    std::int64_t since = 0;  // when it was leased
    bool urgent = false;
  };
  std::optional<Leased> leased_row(std::int64_t id);
  OutboxState next_state(const Settlement& settlement, const Leased& row);
  static void count(SettleOutcome& outcome, std::optional<OutboxState> state);
  std::optional<OutboxState> apply_answer(const DoubtAnswer& answer);  // nothing: it is stale
  void move_on(const Settlement& settlement, const Leased& row, OutboxState state);
  OutboxState await_receipt(const Settlement& settlement, const Leased& row);
  void complained(std::int64_t outbox, const Verdict& verdict);
  OutboxState apply_receipt(const ReceiptBook::Awaited& awaited, const Verdict& verdict);
  std::bitset<kPartitions> held_partitions();

  void hold_back(std::int64_t sink, PersonId recipient, Instant until);

  // caller's thread
  Result<SettledAndLeased> load(std::vector<Row>& rows, SettleOutcome settled);
  Error put_back(const std::vector<Row>& rows, const Error& why);
  Result<bool> load_one(Reader& reader, Row& row, LeasedMessage& out);

  Writer& writer_;
  Pool& readers_;
  PersonKeys& people_;
  SqliteRouting& routing_;
  const Clock& clock_;
  const std::string node_;
  BudgetTold budget_told_;  // set before anything is leased

  // used on the writer's thread alone
  Statement update_sink_, ready_, mark_leased_, insert_attempt_, leased_, settle_row_, settle_attempt_, idempotent_,
      hold_, drop_body_;
  ReceiptBook receipts_;
  DoubtBook doubts_;
  SpendingBook spending_;
  Statement ended_, whose_, note_receipt_, left_, accepted_;
  Statement release_, all_leased_, postpone_, held_, take_partitions_, renew_;
  std::map<std::pair<std::int64_t, PersonId>, Instant> held_back_;  // (sink, recipient) until
  std::unordered_map<std::int64_t, Leased> out_;                    // leased by this process, by outbox id
  std::int64_t epoch_ = 0, sequence_ = 0;
};

}  // namespace vestitel::sqlite
