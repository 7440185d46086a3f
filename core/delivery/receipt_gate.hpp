// What stands between a sink's receipts and the store: a centre that calls everybody gone is not believed, here as in
// its answers (dead_share.hpp). Its messages end as failed, and their addresses stay in use. The few that were believed
// before there were too many to be true stay dead: whose they were the store alone knows.
#pragma once
#include <mutex>

#include "core/base/log.hpp"
#include "core/delivery/dead_share.hpp"
#include "core/ports/receipt_taker.hpp"

namespace vestitel {

class ReceiptGate final : public ReceiptTaker {
 public:
  // Of one sink; borrows the store.
  ReceiptGate(ReceiptTaker& store, unsigned dead_share) : store_(store), dead_(dead_share) {}

  Result<> take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) override;

 private:
  Verdict judged(std::string_view sink, std::string_view provider_id, const Verdict& verdict);

  ReceiptTaker& store_;
  std::mutex mutex_;
  DeadShare dead_;  // under mutex_
};

}  // namespace vestitel
