#include "core/plugin/sink_adapter.hpp"

#include "core/plugin/abi_call.hpp"
#include "core/plugin/ask_books.hpp"
#include "core/plugin/delivery_books.hpp"

namespace vestitel {
namespace {

class AbiSink final : public Sink {
 public:
  AbiSink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent, const vestitel_receipts_v1* receipts,
          const vestitel_ask_v1* ask)
      : core_(core), table_(table), receipts_(receipts), ask_(ask) {
    limits_ = limits_of(table.max_batch, table.max_send_us, idempotent);
    limits_.hears_callbacks = receipts != nullptr && receipts->on_callback != nullptr;
    limits_.polls_receipts = receipts != nullptr && receipts->poll_receipts != nullptr;
    if (ask != nullptr && ask->ask != nullptr) limits_.max_ask = most_asked(ask->max_batch);
  }

  SinkLimits limits() const override { return limits_; }

  Result<> check() override {
    if (core_.plugin->check == nullptr) return Done{};
    const auto rc = call_plugin([&](vestitel_error* e) { return core_.plugin->check(core_.plugin, e); });
    if (!rc) return rc.error();
    return Done{};
  }

  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    const DeliveryBooks::Breach breach = [this](std::string_view what) { core_.host.note_breach(what); };
    DeliveryBooks books(messages.size(), out, breach);
    const auto done = send(messages, books);
    const auto after = done ? std::chrono::milliseconds{0} : after_;
    const std::string why = done ? "the sink returned without a verdict" : done.error().message;
    if (books.settle_rest(why, after) && done) breach("deliver returned without a verdict on each message");
    return done;
  }

  Result<> hear(const ProviderCall& given) override {
    if (!limits_.hears_callbacks) return Sink::hear(given);
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    const auto* body = reinterpret_cast<const std::uint8_t*>(given.body.data());
    const auto rc = call_plugin([&](vestitel_error* e) {
      return receipts_->on_callback(core_.plugin, to_str(given.head), body, given.body.size(), e);
    });
    if (!rc) return rc.error();
    return Done{};
  }

  Result<bool> poll_receipts(std::uint32_t most) override {
    if (!limits_.polls_receipts) return false;
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    const auto rc = call_plugin([&](vestitel_error* e) { return receipts_->poll_receipts(core_.plugin, most, e); });
    if (!rc) return rc.error();
    return *rc == VESTITEL_MORE;
  }

  Result<std::vector<Verdict>> ask(std::span<const Doubt> doubts) override {
    if (limits_.max_ask == 0 || doubts.empty()) return Sink::ask(doubts);
    if (doubts.size() > limits_.max_ask) return {Failure::kInternal, "more doubts than the sink takes"};
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    const AskBooks::Breach breach = [this](std::string_view what) { core_.host.note_breach(what); };
    AskBooks books(doubts.size(), breach);
    const FlatDoubts flat(doubts);
    const vestitel_doubt_batch batch = flat.batch();
    {
      const HostSide::Serving<DeliverCall> serving(core_.host, books);
      const auto rc = call_plugin([&](vestitel_error* e) { return ask_->ask(core_.plugin, &batch, e); });
      if (!rc) return rc.error();
    }
    return books.take();
  }

  void cancel() override { core_.host.set_cancelled(true); }

 private:
  Result<> send(std::span<const Message> messages, DeliveryBooks& books) {
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
      after_ = wait_of(e->retry_after_ms);
      return answer;
    });
    if (!rc) return rc.error();
    return Done{};
  }

  InProcessCore& core_;
  const vestitel_deliver_v1& table_;
  const vestitel_receipts_v1* receipts_;
  const vestitel_ask_v1* ask_;
  SinkLimits limits_;
  std::chrono::milliseconds after_{0};  // what the last failed call asked to wait
};

}  // namespace

std::unique_ptr<Sink> make_sink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent,
                                const vestitel_receipts_v1* receipts, const vestitel_ask_v1* ask) {
  return std::make_unique<AbiSink>(core, table, idempotent, receipts, ask);
}

}  // namespace vestitel
