#include "core/plugin/sink_adapter.hpp"

#include <algorithm>
#include <vector>

#include "core/base/json_text.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"

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

// Messages as one flat batch: their texts side by side in one heap.
class FlatMessages {
 public:
  explicit FlatMessages(std::span<const Message> messages) {
    std::size_t total = 0;
    for (const auto& m : messages)
      total += 20 + m.to.reveal().size() + m.title.size() + m.body.size() + m.body_html.size() + m.data_json.size() +
               m.idem_key.size() + m.locale.size();
    heap_.reserve(total);
    msgs_.reserve(messages.size());
    for (const auto& m : messages) msgs_.push_back(flat(m));
  }

  // False when the texts do not fit the ABI's 32-bit spans.
  [[nodiscard]] bool fits() const { return heap_.size() <= UINT32_MAX; }
  [[nodiscard]] vestitel_msg_batch batch() const {
    return {sizeof(vestitel_msg_batch),
            sizeof(vestitel_msg),
            static_cast<std::uint32_t>(msgs_.size()),
            0,
            msgs_.data(),
            heap_.data(),
            heap_.size()};
  }

 private:
  vestitel_span add(std::string_view text) {
    const vestitel_span span{static_cast<std::uint32_t>(heap_.size()), static_cast<std::uint32_t>(text.size())};
    heap_ += text;
    return span;
  }

  vestitel_msg flat(const Message& m) {
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

  std::string heap_;
  std::vector<vestitel_msg> msgs_;
};

// Keeps the books of one deliver(). Its calls come one at a time: the host side holds its lock around them.
class Books final : public DeliverCall {
 public:
  Books(const HostSide& host, std::size_t count, SettleReceiver& out) : host_(host), out_(out), states_(count) {}

  void begin(std::uint32_t index) override {
    if (index >= states_.size()) return host_.note_breach("a message was begun that is not in the batch");
    if (states_[index] != State::kNew) return host_.note_breach("a message was begun twice or after its verdict");
    states_[index] = State::kBegun;
    out_.begin(index);
  }

  void settle(std::uint32_t index, const vestitel_verdict& given) override {
    if (index >= states_.size()) return host_.note_breach("a verdict was given on a message that is not in the batch");
    if (states_[index] == State::kSettled) return host_.note_breach("a message was given a second verdict");
    const Verdict verdict = verdict_of(given);
    if (states_[index] == State::kNew && may_have_left(verdict.kind)) {
      host_.note_breach("a message was sent that had not been begun");
      out_.begin(index);
    }
    states_[index] = State::kSettled;
    out_.settle(index, verdict);
  }

  // Gives every message without a verdict the one that what happened allows. True when there were such.
  bool settle_rest(std::string_view why, std::chrono::milliseconds after) {
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

 private:
  enum class State : std::uint8_t { kNew, kBegun, kSettled };
  static bool may_have_left(VerdictKind kind) {
    return kind == VerdictKind::kAccepted || kind == VerdictKind::kDelivered || kind == VerdictKind::kUnknown;
  }

  const HostSide& host_;
  SettleReceiver& out_;
  std::vector<State> states_;
};

class AbiSink final : public Sink {
 public:
  AbiSink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent) : core_(core), table_(table) {
    limits_.max_batch = std::clamp(table.max_batch, 1U, kMaxBatch);
    const std::chrono::milliseconds send{table.max_send_us / 1000};
    limits_.max_send = send.count() > 0 ? std::min(send, kLongestSend) : kDefaultSend;
    limits_.idempotent = idempotent;
  }

  SinkLimits limits() const override { return limits_; }

  Result<> check() override {
    if (core_.plugin->check == nullptr) return Done{};
    const auto rc = call_plugin([&](vestitel_error* e) { return core_.plugin->check(core_.plugin, e); });
    if (!rc) return rc.error();
    return Done{};
  }

  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    Books books(core_.host, messages.size(), out);
    const auto done = send(messages, books);
    const auto after = done ? std::chrono::milliseconds{0} : after_;
    const std::string why = done ? "the sink returned without a verdict" : done.error().message;
    if (books.settle_rest(why, after) && done)
      core_.host.note_breach("deliver returned without a verdict on each message");
    return done;
  }

  void cancel() override { core_.host.set_cancelled(true); }

 private:
  Result<> send(std::span<const Message> messages, Books& books) {
    after_ = std::chrono::milliseconds{0};
    if (messages.empty()) return Done{};
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    if (messages.size() > limits_.max_batch)
      return {Failure::kInternal, "the batch holds more messages than the sink takes"};
    const FlatMessages flat(messages);
    if (!flat.fits()) return {Failure::kInternal, "the batch is larger than 4 GiB"};
    const vestitel_msg_batch batch = flat.batch();
    const HostSide::Serving<DeliverCall> serving(core_.host, books);
    const auto rc = call_plugin([&](vestitel_error* e) {
      const vestitel_rc answer = table_.deliver(core_.plugin, &batch, e);
      after_ = std::clamp(std::chrono::milliseconds{e->retry_after_ms}, std::chrono::milliseconds{0}, kLongestWait);
      return answer;
    });
    if (!rc) return rc.error();
    return Done{};
  }

  InProcessCore& core_;
  const vestitel_deliver_v1& table_;
  SinkLimits limits_;
  std::chrono::milliseconds after_{0};  // what the last failed call asked to wait
};

}  // namespace

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
    verdict.after = std::clamp(std::chrono::milliseconds{given.after_ms}, std::chrono::milliseconds{0}, kLongestWait);
  }
  if (verdict.kind == VerdictKind::kContactDead && given.since_us > 0) verdict.since = from_micros(given.since_us);
  // An id is never cut, for half of one finds nothing: one that is too long or no text is left out.
  const std::string_view id = fixed(given.provider_id, given.provider_id_len, sizeof given.provider_id);
  if (given.provider_id_len <= sizeof given.provider_id && is_utf8(id)) verdict.provider_id = id;
  return verdict;
}

std::unique_ptr<Sink> make_sink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent) {
  return std::make_unique<AbiSink>(core, table, idempotent);
}

}  // namespace vestitel
