#include "core/plugin/delivery_books.hpp"

#include <algorithm>

#include "core/base/json_text.hpp"
#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

static_assert(VESTITEL_ACCEPTED == static_cast<int>(VerdictKind::kAccepted) &&
              VESTITEL_UNKNOWN == static_cast<int>(VerdictKind::kUnknown));
static_assert(VESTITEL_SCOPE_MESSAGE == static_cast<int>(RetryScope::kMessage) &&
              VESTITEL_SCOPE_SINK == static_cast<int>(RetryScope::kSink));

constexpr std::uint32_t kMaxBatch = 4'096;
constexpr std::chrono::milliseconds kDefaultSend{30'000};
constexpr std::chrono::milliseconds kLongestSend = std::chrono::hours{1};
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours{72};

std::string_view fixed(const char* text, std::uint32_t length, std::size_t capacity) {
  return {text, std::min<std::size_t>(length, capacity)};
}

bool may_have_left(VerdictKind kind) {
  return kind == VerdictKind::kAccepted || kind == VerdictKind::kDelivered || kind == VerdictKind::kUnknown;
}

}  // namespace

FlatMessages::FlatMessages(std::span<const Message> messages) {
  std::size_t total = 0;
  for (const auto& m : messages)
    total += 20 + m.to.reveal().size() + m.title.size() + m.body.size() + m.body_html.size() + m.data_json.size() +
             m.idem_key.size() + m.locale.size();
  heap_.reserve(total);
  msgs_.reserve(messages.size());
  for (const auto& m : messages) msgs_.push_back(flat(m));
}

vestitel_msg_batch FlatMessages::batch() const {
  return {sizeof(vestitel_msg_batch),
          sizeof(vestitel_msg),
          static_cast<std::uint32_t>(msgs_.size()),
          0,
          msgs_.data(),
          heap_.data(),
          heap_.size()};
}

vestitel_span FlatMessages::add(std::string_view text) {
  const vestitel_span span{static_cast<std::uint32_t>(heap_.size()), static_cast<std::uint32_t>(text.size())};
  heap_ += text;
  return span;
}

vestitel_msg FlatMessages::flat(const Message& m) {
  vestitel_msg out{};
  out.size = sizeof out;
  out.channel = static_cast<std::uint32_t>(m.channel);
  out.id = add(std::to_string(m.outbox_id));
  out.to = add(m.to.reveal());
  out.title = add(m.title);
  out.body = add(m.body);
  out.body_html = add(m.body_html);
  out.data_json = add(m.data_json);
  out.idem_key = add(m.idem_key);
  out.locale = add(m.locale);
  out.expires_us = to_micros(m.expires);
  out.deadline_us = to_micros(m.deadline);
  out.priority = m.priority;
  return out;
}

void DeliveryBooks::begin(std::uint32_t index) {
  if (index >= states_.size()) return breach_("a message was begun that is not in the batch");
  if (states_[index] != State::kNew) return breach_("a message was begun twice or after its verdict");
  states_[index] = State::kBegun;
  out_.begin(index);
}

void DeliveryBooks::settle(std::uint32_t index, const vestitel_verdict& given) {
  if (index >= states_.size()) return breach_("a verdict was given on a message that is not in the batch");
  if (states_[index] == State::kSettled) return breach_("a message was given a second verdict");
  const Verdict verdict = verdict_of(given);
  if (states_[index] == State::kNew && may_have_left(verdict.kind)) {
    breach_("a message was sent that had not been begun");
    out_.begin(index);
  }
  states_[index] = State::kSettled;
  out_.settle(index, verdict);
}

void DeliveryBooks::give_up(std::uint32_t index, std::string_view why) {
  if (index >= states_.size() || states_[index] != State::kNew) return;
  states_[index] = State::kSettled;
  Verdict verdict;
  verdict.kind = VerdictKind::kPermanent;
  verdict.reason = why;
  out_.settle(index, verdict);
}

bool DeliveryBooks::settle_rest(std::string_view why, std::chrono::milliseconds after) {
  bool any = false;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i] == State::kSettled) continue;
    any = true;
    Verdict verdict;
    verdict.kind = states_[i] == State::kBegun ? VerdictKind::kUnknown : VerdictKind::kRetry;
    if (verdict.kind == VerdictKind::kRetry) verdict.after = after;
    verdict.reason = why;
    states_[i] = State::kSettled;
    out_.settle(i, verdict);
  }
  return any;
}

SinkLimits limits_of(std::uint32_t max_batch, std::int64_t max_send_us, bool idempotent) {
  SinkLimits limits;
  limits.max_batch = std::clamp(max_batch, 1U, kMaxBatch);
  const std::chrono::milliseconds send{max_send_us / 1000};
  limits.max_send = send.count() > 0 ? std::min(send, kLongestSend) : kDefaultSend;
  limits.idempotent = idempotent;
  return limits;
}

std::chrono::milliseconds wait_of(std::int64_t after_ms) {
  return std::clamp(std::chrono::milliseconds{after_ms}, std::chrono::milliseconds{0}, kLongestWait);
}

Verdict verdict_of(const vestitel_verdict& given) {
  Verdict verdict;
  verdict.reason = safe_text(fixed(given.reason, given.reason_len, sizeof given.reason), 256);
  if (given.kind < VESTITEL_ACCEPTED || given.kind > VESTITEL_UNKNOWN) {
    verdict.kind = VerdictKind::kPermanent;
    verdict.reason = "the sink gave verdict " + std::to_string(given.kind) + ", which does not exist";
    return verdict;
  }
  verdict.kind = static_cast<VerdictKind>(given.kind);
  if (verdict.kind == VerdictKind::kRetry) {
    const bool known = given.scope >= VESTITEL_SCOPE_MESSAGE && given.scope <= VESTITEL_SCOPE_SINK;
    verdict.scope = known ? static_cast<RetryScope>(given.scope) : RetryScope::kMessage;
    verdict.after = wait_of(given.after_ms);
  }
  if (verdict.kind == VerdictKind::kContactDead && given.since_us > 0) verdict.since = from_micros(given.since_us);
  // An id is never cut, for half of one finds nothing: one that is too long or no text is left out.
  const std::string_view id = fixed(given.provider_id, given.provider_id_len, sizeof given.provider_id);
  if (given.provider_id_len <= sizeof given.provider_id && is_utf8(id)) verdict.provider_id = id;
  return verdict;
}

}  // namespace vestitel
