#include "core/delivery/doubt_desk.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

// Answers what it is asked with `answer`.
class AskedSink final : public Sink {
 public:
  SinkLimits limits() const override {
    SinkLimits limits;
    limits.max_ask = 2;
    return limits;
  }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message>, SettleReceiver&) override { return Done{}; }
  Result<std::vector<Verdict>> ask(std::span<const Doubt> doubts) override {
    asked.push_back(doubts.size());
    if (broken) return {Failure::kBusy, "the peer does not answer"};
    Verdict verdict;
    verdict.kind = answer;
    return std::vector<Verdict>(short_by > doubts.size() ? 0 : doubts.size() - short_by, verdict);
  }
  void cancel() override {}

  std::vector<std::size_t> asked;
  VerdictKind answer = VerdictKind::kDelivered;
  std::size_t short_by = 0;
  bool broken = false;
};

struct DeskRig : StoreRig {
  DeskRig() {
    SinkTraits traits;
    traits.unknown = UnknownPolicy::kAsk;
    REQUIRE(store->delivery().register_sink("mail", traits));
    subscribe(1);
    expires = clock.now() + 1h;
    deliver("a.xml", {{1, "r1"}, {1, "r2"}, {1, "r3"}});
    route();
    for (const LeasedMessage& one : lease()) REQUIRE(settle(one, VerdictKind::kUnknown));
  }
  AskedSink sink;
  std::vector<std::string> lines;
  LogWriter note = [this](log::Level, std::string_view line, std::initializer_list<log::Field>) {
    lines.emplace_back(line);
  };
  DoubtDesk desk{sink, store->delivery(), "mail", DeliveryPolicy{1s, 10s, 100}, clock, random, note};
};

}  // namespace

TEST_CASE("what is in doubt is asked about in parts that the sink takes, and then no more", "[doubt]") {
  DeskRig rig;
  REQUIRE(rig.desk.due());
  rig.desk.work();
  CHECK(rig.desk.due());  // it was a full part
  rig.desk.work();
  CHECK_FALSE(rig.desk.due());
  rig.clock.advance(1s);
  rig.desk.work();
  CHECK(rig.sink.asked == std::vector<std::size_t>{2, 1});
  CHECK(rig.state() == "e-1-1:delivered e-1-2:delivered e-1-3:delivered");
  CHECK(rig.lines == std::vector<std::string>{"doubts_settled", "doubts_settled"});
}

TEST_CASE("what surely did not arrive is due again, without a doubt", "[doubt]") {
  DeskRig rig;
  rig.sink.answer = VerdictKind::kRetry;
  rig.desk.work();
  rig.desk.work();
  CHECK(rig.state() == "e-1-1:ready e-1-2:ready e-1-3:ready");
  rig.clock.advance(1s);
  CHECK(rig.lease().size() == 3);
}

TEST_CASE("what nobody knows, or a sink that cannot ask, leaves a message in doubt until it is too old", "[doubt]") {
  DeskRig rig;
  const int how = GENERATE(0, 1, 2);
  rig.sink.answer = VerdictKind::kUnknown;
  rig.sink.broken = how == 1;
  rig.sink.short_by = how == 2 ? 2 : 0;
  rig.desk.work();
  rig.desk.work();
  CHECK(rig.state() == "e-1-1:in-doubt+unknown e-1-2:in-doubt+unknown e-1-3:in-doubt+unknown");
  const std::size_t asked = rig.sink.asked.size();
  rig.desk.work();  // not at once
  CHECK(rig.sink.asked.size() == asked);
  for (int i = 0; i < 3600 / 10 + 2; ++i) {
    rig.clock.advance(10s);
    while (rig.desk.due()) rig.desk.work();
  }
  CHECK(rig.state() == "e-1-1:held+unknown e-1-2:held+unknown e-1-3:held+unknown");
  CHECK(rig.sink.asked.size() > 100);
  if (how == 1) CHECK(std::count(rig.lines.begin(), rig.lines.end(), "ask_failed") == 1);
}

}  // namespace vestitel::test
