// What became of messages that were sent and never answered.
//
//   void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers);
//
// The member gives a sink "vestitel.ask/1". It is [work], and called where the instance says `sink.unknown: ask`. A
// sink has it only where its peer can be asked by what the hub knows: the key that went along with the message.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "call.hpp"
#include "sink.hpp"

namespace vestitel {
inline namespace v1 {

// A message that was begun and never answered. The views live as long as the call of ask.
struct Doubt {
  std::uint32_t channel = 0;     // VESTITEL_CHANNEL_*
  std::string_view id;           // the hub's id of this delivery
  std::string_view idem_key;     // what went along with it
  std::string_view provider_id;  // what its attempt was answered with; mostly empty
  // No later than then it left; since then nobody has known. A peer may need a while until it can say "not here".
  std::int64_t sent_us = 0;
  std::int64_t expires_us = 0;  // worthless after; 0: never
  std::uint32_t asked = 0;      // how often before
};

// The doubts of one call. Borrowed; every span has been checked.
class Doubts : public detail::FlatBatch<vestitel_doubt_batch, vestitel_doubt, &vestitel_doubt_batch::doubts> {
 public:
  using FlatBatch::FlatBatch;

  Doubt operator[](std::uint32_t i) const {
    const vestitel_doubt& d = item(i);
    return {d.channel, text(d.id), text(d.idem_key), text(d.provider_id), d.sent_us, d.expires_us, d.asked};
  }

  // False when the batch breaks the ABI: a stride too small, or a span beyond the heap.
  bool sound() const {
    return keeps_to_heap([](const vestitel_doubt& d) {
      return std::array<vestitel_span, 3>{d.id, d.idem_key, d.provider_id};
    });
  }
};

// Where answers go. [any] within the call of ask.
//
// settle(i, verdict): what became of doubt i, once. accepted(id) or delivered, it is there; retry, it surely is not,
// and may be sent again without being told twice; permanent, the peer refused it; unknown, or no answer: nobody knows
// yet.
class Answers : public detail::Settling {
 public:
  using Settling::Settling;
};

}  // namespace v1
}  // namespace vestitel
