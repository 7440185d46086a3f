// What became of messages that were sent and never answered.
//
//   void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers);
//
// The member gives a sink "vestitel.ask/1". It is [work], and called where the instance says `sink.unknown: ask`. A
// sink has it only where its peer can be asked by what the hub knows: the key that went along with the message.
#pragma once
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
  std::int64_t sent_us = 0;      // when it was handed to the sink: a peer may need a while until it can say "not here"
  std::int64_t expires_us = 0;   // worthless after; 0: never
  std::uint32_t asked = 0;       // how often before
};

// The doubts of one call. Borrowed; every span has been checked.
class Doubts {
 public:
  explicit Doubts(const vestitel_doubt_batch& batch) : batch_(batch) {}

  std::uint32_t size() const { return batch_.count; }
  Doubt operator[](std::uint32_t i) const {
    const vestitel_doubt& d = doubt(i);
    return {d.channel, text(d.id), text(d.idem_key), text(d.provider_id), d.sent_us, d.expires_us, d.asked};
  }

  // False when the batch breaks the ABI: a stride too small, or a span beyond the heap.
  bool sound() const {
    if (batch_.count > 0 && batch_.stride < sizeof(vestitel_doubt)) return false;
    for (std::uint32_t i = 0; i < batch_.count; ++i) {
      const vestitel_doubt& d = doubt(i);
      for (const auto& span : {d.id, d.idem_key, d.provider_id}) {
        if (std::uint64_t{span.off} + span.len > batch_.heap_len) return false;
      }
    }
    return true;
  }

 private:
  const vestitel_doubt& doubt(std::uint32_t i) const {
    const auto* base = reinterpret_cast<const char*>(batch_.doubts) + std::size_t{i} * batch_.stride;
    return *reinterpret_cast<const vestitel_doubt*>(base);
  }
  std::string_view text(vestitel_span s) const {
    return s.len == 0 ? std::string_view() : std::string_view(batch_.heap + s.off, s.len);
  }
  const vestitel_doubt_batch& batch_;
};

// Where answers go. [any] within the call of ask.
class Answers {
 public:
  Answers(const vestitel_delivery_v1* service, Call& call) : service_(service), call_(call) {}

  // What became of doubt i, once: accepted(id) or delivered, it is there; retry, it surely is not, and may be sent
  // again without being told twice; permanent, the peer refused it; unknown, or no answer: nobody knows yet.
  void settle(std::uint32_t i, const Verdict& verdict) {
    const vestitel_verdict v = verdict.abi();
    service_->settle(call_.host().abi(), i, &v);
  }

  // True when ask should return soon.
  bool cancelled() const { return call_.host().cancelled(); }
  std::int64_t now_us() const { return call_.host().now_us(); }

 private:
  const vestitel_delivery_v1* service_;
  Call& call_;
};

}  // namespace v1
}  // namespace vestitel
