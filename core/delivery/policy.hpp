// What a verdict means for a message and for its sink. Pure: nothing else decides about repeating.
//
// Backoff is full jitter between 0 and min(cap, base * 2^n); what the peer stated is a floor, believed up to an hour. A
// message that would fall due after its age limit, or has used its attempts up, is buried.
#pragma once
#include <chrono>
#include <optional>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/ports/delivery_store.hpp"

namespace vestitel {

struct DeliveryPolicy {
  std::chrono::milliseconds base{2'000};
  std::chrono::milliseconds cap{900'000};
  std::uint32_t max_attempts = 1'000;
};

// How a message that was leased as `leased` is settled after `verdict`. `begun`: the peer may have acted on it.
Settlement settlement_for(const LeasedMessage& leased, const Verdict& verdict, bool begun, Instant now,
                          const DeliveryPolicy& policy, Random& random);

// What becomes of a message in doubt by the sink's answer. Not known yet, it is asked about again, until it is too old:
// then a person decides. That its address is dead is not believed of an answer about one message: the next send shows
// it.
DoubtAnswer answer_for(const Doubt& doubt, const Verdict& verdict, Instant now, const DeliveryPolicy& policy,
                       Random& random);

// A message whose age was used up while it waited: buried without a send, for the reason that kept it waiting.
std::optional<Settlement> expired_settlement(const LeasedMessage& leased, Instant now);

// How long the whole sink has to hold back after `verdict`, the nth in a row that says so (1 for the first). Nothing
// where the verdict speaks of one message or one recipient.
std::optional<std::chrono::milliseconds> pause_for(const Verdict& verdict, std::uint32_t in_a_row,
                                                   const DeliveryPolicy& policy, Random& random);

}  // namespace vestitel
