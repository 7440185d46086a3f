// What delivery needs of the store: T3 (lease and attempt, before anything is sent) and T4 (settle by token).
//
//   ready --lease--> leased --settle--> accepted | delivered
//     ^                                 ready     retry: later | config_error: once the sink resumes, uncounted
//     |                                 ready     unknown: once more, on record as "may repeat"     resend
//     |                                 held      unknown twice where the sink honours no key: a person decides
//     |                                 held      unknown                                           hold
//     |                                 in doubt  unknown: the sink is asked what became of it      ask
//     |                                 in doubt --answer--> accepted | delivered | dead: it is known now
//     |                                            ready   it surely did not arrive: a retry without doubt
//     |                                            held    nobody has known until it was too old
//     |                                 dead      permanent, contact_dead, or attempts or age used up
//     |                                 accepted --receipt (T5)--> delivered | dead, and never back
//     `--- a lease that ends unsettled counts as unknown
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/doubt.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/spending.hpp"

namespace vestitel {

struct LeasedMessage {
  std::int64_t token = 0;  // fences: settling with a stale one changes nothing
  int attempt = 0;         // 1 on the first
  PersonId recipient = 0;
  Message message;
  std::string last_reason;  // of the attempt before this one; "" on the first
};

struct Settlement {
  std::int64_t outbox_id = 0;
  std::int64_t token = 0;
  Verdict verdict;
  bool begun = true;   // false: the peer cannot have acted on it
  Instant retry_at{};  // retry and unknown: when it is due again; the policy of delivery has decided
  bool bury = false;   // retry: attempts or age used up
};

// What a sink instance is like.
struct SinkTraits {
  bool idempotent = false;                  // honours keys: decides what an unknown becomes
  std::chrono::seconds receipts_within{0};  // how long a receipt is waited for; 0: it gives none
  bool silence_is_fine = false;             // only what failed is reported: nobody stands in where nothing comes
  UnknownPolicy unknown = UnknownPolicy::kResend;
};

// Whose address on which channel.
struct Recipient {
  PersonId person = 0;
  Channel channel = Channel::kEmail;
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct SettleOutcome {
  std::size_t settled = 0;
  std::size_t stale = 0;
  std::size_t dead = 0, held = 0, put_off = 0;  // of the settled: given up, for a person to decide, due again
};

struct SettledAndLeased {
  SettleOutcome settled;
  std::vector<LeasedMessage> leased;
};

using BudgetTold = std::function<void(const BudgetUsedUp&)>;

class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  // Registers a sink instance under its id.
  virtual Result<> register_sink(std::string_view sink, const SinkTraits& traits) = 0;

  // T3: leases up to `limit` due messages of `sink`, urgent ones first, then oldest, and records an attempt for each,
  // durable when this returns. Messages whose address is gone meanwhile are decided here and not returned. What the
  // budget of its channel does not afford today is left as it is.
  virtual Result<std::vector<LeasedMessage>> lease(std::string_view sink, std::size_t limit) = 0;

  // T4: applies verdicts; durable when this returns.
  virtual Result<SettleOutcome> settle(std::span<const Settlement> settlements) = 0;

  // T4 and T3 in one transaction: settles one batch and leases the next.
  // The outcome counts too what lease() decides.
  virtual Result<SettledAndLeased> settle_and_lease(std::span<const Settlement> settlements, std::string_view sink,
                                                    std::size_t limit) = 0;

  // Messages in doubt that the sink is to be asked about by now, at most `limit`, the longest due first. They stay so
  // until they are answered.
  virtual Result<std::vector<Doubt>> doubts(std::string_view sink, std::size_t limit) = 0;
  // Applies what the sink answered; durable when this returns. One that is no longer in doubt, or of another attempt,
  // is stale: nothing changes.
  virtual Result<SettleOutcome> answer(std::span<const DoubtAnswer> answers) = 0;
  // Before anything is leased: what messages cost and what a day may cost. `told` hears of each channel of a sink once
  // a day, on the thread that leases, and once more when what is kept for urgent messages is used up too.
  virtual Result<> limit_spending(const SpendingRules& rules, BudgetTold told) = 0;

  // An operator's word: nothing is leased for the sink any more, or again. It may be one that was never registered.
  virtual Result<> hold(std::string_view sink, bool held) = 0;

  // T5, where no receipt has come: the next channel of those whose receipt is overdue has its turn. At most `limit`;
  // how many there were.
  virtual Result<std::size_t> note_overdue(std::size_t limit) = 0;

  // Addresses that were wrongly called dead are used again.
  virtual Result<> revive(std::span<const Recipient> recipients) = 0;

  // Under the process lock at start: this node's own old leases are void; what they held counts as unknown.
  virtual Result<std::size_t> void_own_leases() = 0;
  // Renews the node's partition leases. kConflict when another node has taken one over.
  virtual Result<> renew_leases() = 0;
};

}  // namespace vestitel
