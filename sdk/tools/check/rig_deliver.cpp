// The sink's side of the rig: messages and doubts in one flat batch, and the rules of begin and settle.
#include <algorithm>
#include <cstring>

#include "sdk/tools/check/rig.hpp"

namespace vestitel::check {
namespace {

vestitel_span put_into(std::string& heap, const std::string& text) {
  const vestitel_span span{static_cast<std::uint32_t>(heap.size()), static_cast<std::uint32_t>(text.size())};
  heap += text;
  return span;
}

vestitel_msg flat(const Message& message, std::string& heap) {
  const auto put = [&](const std::string& text) { return put_into(heap, text); };
  vestitel_msg m{};
  m.size = sizeof m;
  m.channel = message.channel;
  m.id = put(message.id);
  m.to = put(message.to);
  m.title = put(message.title);
  m.body = put(message.body);
  m.body_html = put(message.body_html);
  m.data_json = put(message.data_json);
  m.idem_key = put(message.idem_key);
  m.locale = put(message.locale);
  m.expires_us = message.expires_us;
  m.deadline_us = message.deadline_us;
  return m;
}

vestitel_doubt flat(const Doubt& doubt, std::string& heap) {
  vestitel_doubt d{};
  d.size = sizeof d;
  d.channel = doubt.channel;
  d.id = put_into(heap, doubt.id);
  d.idem_key = put_into(heap, doubt.idem_key);
  d.provider_id = put_into(heap, doubt.provider_id);
  d.sent_us = doubt.sent_us;
  d.expires_us = doubt.expires_us;
  d.asked = doubt.asked;
  return d;
}

// `Given` one after the other as `Item`, where a host of this shape would have them.
template <class Batch, class Item>
class Flat {
 public:
  template <class Given>
  Flat(Shape shape, const std::vector<Given>& all, const Item* Batch::*items)
      : stride_(sizeof(Item) + (shape == Shape::future ? kFutureTail : 0)),
        items_(stride_ * all.size() + (shape == Shape::ordinary ? 1024 : 0)),
        batch_(shape) {
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Item item = flat(all[i], text);
      char* at = items_.at() + i * stride_;
      std::memset(at, kPoison, stride_);
      std::memcpy(at, &item, sizeof item);
      reinterpret_cast<Item*>(at)->size = static_cast<std::uint32_t>(stride_);
    }
    heap_ = std::make_unique<Guarded>(text.size());
    std::memcpy(heap_->at(), text.data(), text.size());
    batch_->stride = static_cast<std::uint32_t>(stride_);
    batch_->count = static_cast<std::uint32_t>(all.size());
    (*batch_).*items = reinterpret_cast<const Item*>(items_.at());
    batch_->heap = heap_->at();
    batch_->heap_len = text.size();
  }
  const Batch* get() { return batch_.get(); }

 private:
  const std::size_t stride_;
  Guarded items_;
  std::unique_ptr<Guarded> heap_;
  Placed<Batch> batch_;
};

bool may_have_left(std::int32_t kind) {
  return kind == VESTITEL_ACCEPTED || kind == VESTITEL_DELIVERED || kind == VESTITEL_UNKNOWN;
}

// What a verdict breaks by itself.
std::string verdict_problem(const vestitel_verdict& v) {
  if (v.kind < VESTITEL_ACCEPTED || v.kind > VESTITEL_UNKNOWN) return "its kind is " + std::to_string(v.kind);
  if (v.kind == VESTITEL_RETRY && (v.scope < VESTITEL_SCOPE_MESSAGE || v.scope > VESTITEL_SCOPE_SINK))
    return "a retry has the scope " + std::to_string(v.scope);
  if (v.kind != VESTITEL_RETRY && v.scope != 0) return "it has a scope and is no retry";
  if (v.kind != VESTITEL_RETRY && v.after_ms != 0) return "it has after_ms and is no retry";
  if (v.after_ms < 0) return "its after_ms is negative";
  if (v.kind != VESTITEL_CONTACT_DEAD && v.since_us != 0) return "it has since_us and is no contact_dead";
  if (v.provider_id_len > sizeof v.provider_id || v.reason_len > sizeof v.reason)
    return "a length lies beyond its text";
  if ((v.flags & 0xFFFF0000U) != 0) return "it carries a flag that the host must understand";
  return {};
}

}  // namespace

void Rig::settle(std::uint32_t i, const vestitel_verdict* verdict) {
  if (delivered_ == nullptr) return;
  const std::string which = "message " + std::to_string(i);
  if (i >= delivered_->answers.size()) return breach("settled " + which + ", which is not there");
  if (verdict == nullptr || verdict->size < sizeof *verdict)
    return breach("the verdict on " + which + " is null or too small");
  Answer& answer = delivered_->answers[i];
  if (++answer.settled > 1) return breach("settled " + which + " twice");
  answer.verdict = *verdict;
  if (const std::string problem = verdict_problem(*verdict); !problem.empty())
    return breach("the verdict on " + which + ": " + problem);
  if (!asking_ && may_have_left(verdict->kind) && !answer.begun)
    breach("settled " + which + " as sent, but never began it");
  say(std::string_view(verdict->reason, verdict->reason_len));
}

Delivered Rig::answered(std::size_t count, bool asking, const std::function<vestitel_rc(vestitel_error*)>& body) {
  Delivered delivered;
  delivered.answers.resize(count);
  delivered_ = &delivered;
  asking_ = asking;
  delivered.call = call(body);
  const std::lock_guard lock(mutex_);
  delivered_ = nullptr;
  asking_ = false;
  return delivered;
}

Delivered Rig::deliver(const std::vector<Message>& messages) {
  Delivered none;
  const auto* table = static_cast<const vestitel_deliver_v1*>(extension("vestitel.deliver/1"));
  if (table == nullptr) return none.call.rc = VESTITEL_E_UNSUPPORTED, none;
  Flat<vestitel_msg_batch, vestitel_msg> batch(shape_, messages, &vestitel_msg_batch::msgs);
  return answered(messages.size(), false,
                  [&](vestitel_error* error) { return table->deliver(plugin_, batch.get(), error); });
}

Delivered Rig::ask(const std::vector<Doubt>& doubts) {
  Delivered none;
  const auto* table = static_cast<const vestitel_ask_v1*>(extension("vestitel.ask/1"));
  if (table == nullptr || table->ask == nullptr || doubts.size() > std::max(table->max_batch, 1U))
    return none.call.rc = VESTITEL_E_UNSUPPORTED, none;
  Flat<vestitel_doubt_batch, vestitel_doubt> batch(shape_, doubts, &vestitel_doubt_batch::doubts);
  return answered(doubts.size(), true, [&](vestitel_error* error) { return table->ask(plugin_, batch.get(), error); });
}

}  // namespace vestitel::check
