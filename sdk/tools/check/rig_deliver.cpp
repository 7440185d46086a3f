// The sink's side of the rig: messages in one flat batch, and the rules of begin and settle.
#include <cstring>

#include "sdk/tools/check/rig.hpp"

namespace vestitel::check {
namespace {

vestitel_msg flat(const Message& message, std::string& heap) {
  const auto put = [&](const std::string& text) {
    const vestitel_span span{static_cast<std::uint32_t>(heap.size()), static_cast<std::uint32_t>(text.size())};
    heap += text;
    return span;
  };
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
  if (may_have_left(verdict->kind) && !answer.begun) breach("settled " + which + " as sent, but never began it");
  say(std::string_view(verdict->reason, verdict->reason_len));
}

Delivered Rig::deliver(const std::vector<Message>& messages) {
  Delivered delivered;
  const auto* table = static_cast<const vestitel_deliver_v1*>(extension("vestitel.deliver/1"));
  if (table == nullptr) return delivered.call.rc = VESTITEL_E_UNSUPPORTED, delivered;
  const std::size_t stride = sizeof(vestitel_msg) + (shape_ == Shape::future ? kFutureTail : 0);
  std::string text;
  Guarded flat_messages(stride * messages.size() + (shape_ == Shape::ordinary ? 1024 : 0));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const vestitel_msg m = flat(messages[i], text);
    char* at = flat_messages.at() + i * stride;
    std::memset(at, kPoison, stride);
    std::memcpy(at, &m, sizeof m);
    reinterpret_cast<vestitel_msg*>(at)->size = static_cast<std::uint32_t>(stride);
  }
  Guarded heap(text.size());
  std::memcpy(heap.at(), text.data(), text.size());
  Placed<vestitel_msg_batch> batch(shape_);
  batch->stride = static_cast<std::uint32_t>(stride);
  batch->count = static_cast<std::uint32_t>(messages.size());
  batch->msgs = reinterpret_cast<const vestitel_msg*>(flat_messages.at());
  batch->heap = heap.at();
  batch->heap_len = text.size();
  delivered.answers.resize(messages.size());
  delivered_ = &delivered;
  delivered.call = call([&](vestitel_error* error) { return table->deliver(plugin_, batch.get(), error); });
  const std::lock_guard lock(mutex_);
  delivered_ = nullptr;
  return delivered;
}

}  // namespace vestitel::check
