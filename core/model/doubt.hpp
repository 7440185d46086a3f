// A message in doubt: it was sent, and nobody knows whether it arrived.
#pragma once
#include <cstdint>
#include <string>

#include "core/base/clock.hpp"
#include "core/model/message.hpp"

namespace vestitel {

// What the hub does with such a message.
enum class UnknownPolicy : std::uint8_t {  // stored
  kResend = 0,  // sends it again: as often as needed where the sink honours keys, else once more and then holds it
  kHold = 1,    // leaves it to a person
  kAsk = 2,     // asks the sink what became of it, and sends it again only where it surely did not arrive
};

// Nothing of its text or its address is needed to ask.
struct Doubt {
  std::int64_t outbox_id = 0;
  int attempt = 0;          // which is in doubt, counted from 1
  int counted = 0;          // how many of them cost one, as policy counts
  std::string idem_key;     // as in Message
  std::string provider_id;  // what the attempt was answered with; mostly ""
  Channel channel = Channel::kEmail;
  Instant sent{};     // no later than then it left; since then nobody has known
  Instant expires{};  // worthless after; the epoch: never
  int asked = 0;      // how often before
};

// What becomes of it by the sink's answer; the policy of delivery has decided.
struct DoubtAnswer {
  std::int64_t outbox_id = 0;
  int attempt = 0;       // fences: another attempt is not spoken of
  Verdict verdict;       // accepted, delivered: it is there; retry: it surely is not; permanent; unknown
  Instant again_at{};    // retry: when it is due; unknown: when it is asked about again
  bool give_up = false;  // retry: attempts or age used up; unknown: age used up, a person decides
};

}  // namespace vestitel
