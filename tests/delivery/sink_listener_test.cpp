#include "core/delivery/sink_listener.hpp"

#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

// Hears what it is told, and has so many receipts to tell.
class HearingSink final : public Sink {
 public:
  SinkLimits limits() const override {
    SinkLimits limits;
    limits.hears_callbacks = limits.polls_receipts = true;
    return limits;
  }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message>, SettleReceiver&) override { return Done{}; }
  Result<> hear(const ProviderCall& call) override {
    heard.push_back(std::string(call.head) + "|" + std::string(call.body));
    if (call.body == "forged") return {Failure::kConfig, "forged"};
    return Done{};
  }
  Result<bool> poll_receipts(std::uint32_t most) override {
    if (broken) return {Failure::kBusy, "the mailbox does not answer"};
    ++polls;
    receipts -= std::min<std::size_t>(receipts, most);
    return receipts > 0;
  }
  void cancel() override {}

  std::vector<std::string> heard;
  std::size_t receipts = 0, polls = 0;
  bool broken = false;
};

struct Listening {
  explicit Listening(std::chrono::milliseconds every = 0ms) : listener(sink, "sms", every, clock) {}
  void call(const std::string& body) {
    listener.offer({"h", body}, [this](Result<> went) {
      answers.push_back(went ? "ok" : went.error().failure == Failure::kBusy ? "busy" : went.error().message);
    });
  }
  ManualClock clock;
  HearingSink sink;
  SinkListener listener;
  std::vector<std::string> answers;
};
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a provider's call waits for the sink's turn and is answered as the sink says", "[listener]") {
  Listening rig;
  CHECK_FALSE(rig.listener.due());
  rig.call("a");
  rig.call("forged");
  CHECK(rig.listener.due());
  CHECK(rig.answers.empty());
  rig.listener.work();
  CHECK(rig.sink.heard == Words{"h|a", "h|forged"});
  CHECK(rig.answers == Words{"ok", "forged"});
  CHECK_FALSE(rig.listener.due());
}

TEST_CASE("who waits too long, or is one too many, shall come again", "[listener]") {
  Listening rig;
  rig.call("early");
  rig.clock.advance(SinkListener::kLongestWait);
  rig.call("late");
  rig.listener.expire();
  CHECK(rig.answers == Words{"busy"});
  for (std::size_t i = 1; i < SinkListener::kMostWaiting; ++i) rig.call("more");
  CHECK(rig.answers.size() == 1);
  rig.call("one too many");
  CHECK(rig.answers == Words{"busy", "busy"});
  rig.listener.work();
  CHECK(rig.sink.heard.size() == SinkListener::kMostWaiting);
  CHECK(rig.sink.heard.front() == "h|late");
}

TEST_CASE("a stop leaves nobody without an answer", "[listener]") {
  Listening rig;
  rig.call("waiting");
  rig.listener.close();
  rig.call("behind it");
  CHECK(rig.answers == Words{"busy", "busy"});
  CHECK_FALSE(rig.listener.due());
  rig.listener.work();
  CHECK(rig.sink.heard.empty());
}

TEST_CASE("a sink is polled in its time, until it has no more", "[listener]") {
  Listening rig(60s);
  rig.sink.receipts = 1'200;
  CHECK(rig.listener.due());
  rig.listener.work();
  CHECK(rig.sink.receipts == 0);
  CHECK(rig.sink.polls == 3);
  CHECK_FALSE(rig.listener.due());
  rig.clock.advance(59s);
  CHECK_FALSE(rig.listener.due());
  rig.clock.advance(1s);
  CHECK(rig.listener.due());

  rig.sink.broken = true;  // and is left alone for as long
  rig.listener.work();
  CHECK_FALSE(rig.listener.due());
  rig.sink.broken = false;
  rig.clock.advance(60s);
  rig.listener.work();
  CHECK(rig.sink.polls == 4);
}

TEST_CASE("a flood of receipts gives messages their turn", "[listener]") {
  Listening rig(60s);
  rig.sink.receipts = 1'000'000;
  rig.listener.work();
  CHECK(rig.sink.polls == 20);
  CHECK(rig.listener.due());  // at once again
}

}  // namespace vestitel::test
