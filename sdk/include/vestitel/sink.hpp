// What a sink is given and what it answers.
//
//   struct Hello {
//     vestitel::Verdict deliver(const vestitel::Message& message);                        // one at a time, or
//     void deliver(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery);    // the whole batch
//   };
//
// Nothing left the process: retry. The peer could already act on what was sent and gave no answer: unknown. A sink
// never repeats by itself and never sleeps for a Retry-After: it says so and returns.
#pragma once
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "call.hpp"

namespace vestitel {
inline namespace v1 {

// How widely a retry holds back.
enum class Scope : std::int32_t {
  message = VESTITEL_SCOPE_MESSAGE,
  recipient = VESTITEL_SCOPE_RECIPIENT,
  link = VESTITEL_SCOPE_LINK,
  sink = VESTITEL_SCOPE_SINK,
};

// The answer for one message. `reason` is told to operators: words and the peer's code, no address, no payload; what
// is longer than 256 bytes is cut.
class [[nodiscard]] Verdict {
 public:
  // The provider took it; a receipt under this id (at most 256 bytes) may follow. The id may be empty.
  static Verdict accepted(std::string provider_id = {}) {
    Verdict v(VESTITEL_ACCEPTED, {});
    v.provider_id_ = std::move(provider_id);
    return v;
  }
  // It reached the address.
  static Verdict delivered() { return Verdict(VESTITEL_DELIVERED, {}); }
  // Not sent; try again, at the earliest after `after` (0: the hub's own backoff).
  static Verdict retry(std::string reason, Scope scope = Scope::message, std::chrono::milliseconds after = {}) {
    Verdict v(VESTITEL_RETRY, std::move(reason));
    v.scope_ = scope;
    v.after_ = after;
    return v;
  }
  // Not sent, and this message never will be.
  static Verdict permanent(std::string reason) { return Verdict(VESTITEL_PERMANENT, std::move(reason)); }
  // The address is gone, since then by the provider's word (microseconds since 1970 UTC; 0: it did not say).
  static Verdict contact_dead(std::string reason, std::int64_t since_us = 0) {
    Verdict v(VESTITEL_CONTACT_DEAD, std::move(reason));
    v.since_us_ = since_us;
    return v;
  }
  // In a receipt: the message arrived, and the person asked for no more at this address, as by a complaint to their
  // mail provider. The address ends, the message does not.
  static Verdict unwanted(std::string reason, std::int64_t since_us = 0) {
    Verdict v = contact_dead(std::move(reason), since_us);
    v.flags_ = VESTITEL_VERDICT_ARRIVED;
    return v;
  }
  static Verdict contact_dead(std::int64_t since_us) { return contact_dead({}, since_us); }
  // Settings or credentials are wrong: no message will pass until somebody mends them.
  static Verdict config_error(std::string reason) { return Verdict(VESTITEL_CONFIG_ERROR, std::move(reason)); }
  // May have been sent; nobody can prove either.
  static Verdict unknown(std::string reason) { return Verdict(VESTITEL_UNKNOWN, std::move(reason)); }

  std::int32_t kind() const { return kind_; }
  Scope scope() const { return scope_; }
  std::chrono::milliseconds after() const { return after_; }
  std::int64_t since_us() const { return since_us_; }
  const std::string& provider_id() const { return provider_id_; }
  const std::string& reason() const { return reason_; }

  // The struct of the ABI. A provider id too long to carry is left out, never cut.
  vestitel_verdict abi() const {
    vestitel_verdict v{};
    v.size = sizeof v;
    v.kind = kind_;
    if (kind_ == VESTITEL_RETRY) {
      v.scope = static_cast<std::int32_t>(scope_);
      v.after_ms = after_.count() < 0 ? 0 : after_.count();
    }
    v.since_us = since_us_;
    v.flags = flags_;
    const bool fits = provider_id_.size() <= sizeof v.provider_id;
    if (fits) v.provider_id_len = copy_cut(v.provider_id, sizeof v.provider_id, provider_id_);
    const std::string_view why = fits ? std::string_view(reason_) : "the provider's id is longer than 256 bytes";
    v.reason_len = copy_cut(v.reason, sizeof v.reason, why);
    return v;
  }

 private:
  Verdict(std::int32_t kind, std::string reason) : kind_(kind), reason_(std::move(reason)) {}
  std::int32_t kind_;
  Scope scope_ = Scope::message;
  std::chrono::milliseconds after_{0};
  std::int64_t since_us_ = 0;
  std::uint32_t flags_ = 0;
  std::string provider_id_, reason_;
};

// One message; the views live as long as the call of deliver. All text is UTF-8.
struct Message {
  std::uint32_t channel = 0;                           // VESTITEL_CHANNEL_*
  std::string_view id;                                 // the hub's id of this delivery; the same at every repeat
  std::string_view to;                                 // the address
  std::string_view title, body, body_html, data_json;  // body_html and data_json may be empty
  std::string_view idem_key;                           // pass it on: the same key takes effect once
  std::string_view locale;                             // bg, en
  std::int64_t expires_us = 0, deadline_us = 0;        // worthless after; this send must be over by. 0: none
  std::uint32_t priority = 0;                          // VESTITEL_PRIORITY_*
};

namespace detail {

// Items that stand one after another, with their texts in one heap. Borrowed.
template <class Raw, class Item, const Item* Raw::*kItems>
class FlatBatch {
 public:
  explicit FlatBatch(const Raw& batch) : batch_(batch) {}
  std::uint32_t size() const { return batch_.count; }

 protected:
  const Item& item(std::uint32_t i) const {
    const auto* base = reinterpret_cast<const char*>(batch_.*kItems) + std::size_t{i} * batch_.stride;
    return *reinterpret_cast<const Item*>(base);
  }
  std::string_view text(vestitel_span s) const {
    return s.len == 0 ? std::string_view() : std::string_view(batch_.heap + s.off, s.len);
  }
  // `spans(item)` lists the spans of one. False: the stride is too small, or a span lies beyond the heap.
  template <class Spans>
  bool keeps_to_heap(Spans&& spans) const {
    if (batch_.count > 0 && batch_.stride < sizeof(Item)) return false;
    for (std::uint32_t i = 0; i < batch_.count; ++i)
      for (const vestitel_span& span : spans(item(i)))
        if (std::uint64_t{span.off} + span.len > batch_.heap_len) return false;
    return true;
  }

 private:
  const Raw& batch_;
};

// Where a sink's words about the messages of one call go. [any] within that call, so threads may settle.
class Settling {
 public:
  Settling(const vestitel_delivery_v1* service, Call& call) : service_(service), call_(call) {}

  void settle(std::uint32_t i, const Verdict& verdict) {
    const vestitel_verdict v = verdict.abi();
    service_->settle(call_.host().abi(), i, &v);
  }

  // True when the call should return soon.
  bool cancelled() const { return call_.host().cancelled(); }
  std::int64_t now_us() const { return call_.host().now_us(); }

 protected:
  const vestitel_delivery_v1* service_;
  Call& call_;
};

}  // namespace detail

// The messages of one call. Borrowed; every span has been checked.
class MessageBatch : public detail::FlatBatch<vestitel_msg_batch, vestitel_msg, &vestitel_msg_batch::msgs> {
 public:
  using FlatBatch::FlatBatch;

  Message operator[](std::uint32_t i) const {
    const vestitel_msg& m = item(i);
    return {m.channel,         text(m.id),       text(m.to),     text(m.title), text(m.body),  text(m.body_html),
            text(m.data_json), text(m.idem_key), text(m.locale), m.expires_us,  m.deadline_us, m.priority};
  }

  // False when the batch breaks the ABI: a stride too small, or a span beyond the heap.
  bool sound() const {
    return keeps_to_heap([](const vestitel_msg& m) {
      return std::array<vestitel_span, 8>{m.id, m.to, m.title, m.body, m.body_html, m.data_json, m.idem_key, m.locale};
    });
  }
};

// Where verdicts go, each as soon as it is known. [any] within the call of deliver, so threads may settle.
//
// settle(i, verdict): the verdict on message i, once. A message that was begun and is not settled when deliver returns
// is unknown; one never begun is retried. What is not begun when cancelled() says so is simply left.
class Delivery : public detail::Settling {
 public:
  using Settling::Settling;

  // From here on the peer may act on message i. Call it before the first byte that could take effect leaves: a crash
  // before it is a retry, after it an unknown.
  void begin(std::uint32_t i) { service_->begin(call_.host().abi(), i); }
};

}  // namespace v1
}  // namespace vestitel
