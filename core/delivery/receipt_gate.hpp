// What stands between a sink's receipts and the store: a provider that calls everybody gone is not believed, here as in
// its answers (dead_share.hpp). Its messages end as failed, and their addresses stay in use. The few that were believed
// before there were too many to be true stay dead: whose they were the store alone knows.
//
// Where only what failed is reported (`silence_is_fine`) each receipt speaks of a dead address or of none: there those
// of the last week are measured against the messages that a receipt may still speak of. Who wants no more is believed.
#pragma once
#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/delivery/dead_share.hpp"
#include "core/ports/receipt_taker.hpp"

namespace vestitel {

class ReceiptGate final : public ReceiptTaker {
 public:
  // Of one sink; borrows store and clock.
  ReceiptGate(ReceiptTaker& store, const Clock& clock, unsigned dead_share, bool silence_is_fine)
      : store_(store), clock_(clock), percent_(dead_share), silence_is_fine_(silence_is_fine), dead_(dead_share) {}

  Result<> take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) override;

 private:
  Verdict judged(std::string_view sink, std::string_view provider_id, const Verdict& verdict);
  Verdict weighed(std::string_view sink, std::string_view provider_id, const Verdict& verdict);
  std::int64_t open_messages(std::string_view sink);

  ReceiptTaker& store_;
  const Clock& clock_;
  const unsigned percent_;
  const bool silence_is_fine_;
  std::mutex mutex_;
  // under mutex_
  DeadShare dead_;
  struct Gone {
    std::size_t message = 0;
    Micros at{0};
  };
  std::deque<Gone> gone_;  // of the last week, each message once
  std::int64_t open_ = 0;
  Micros count_again_{0};
};

}  // namespace vestitel
