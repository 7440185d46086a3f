#include <catch2/catch.hpp>

#include "tests/plugin/rig.hpp"

namespace vestitel::test {
namespace {

// "begin 0", "settle 0 accepted id-1 reason"
class Ledger final : public SettleReceiver {
 public:
  void begin(std::size_t index) override { lines.push_back("begin " + std::to_string(index)); }
  void settle(std::size_t index, const Verdict& v) override {
    lines.push_back("settle " + std::to_string(index) + " " + std::string(to_text(v.kind)) +
                    (v.reason.empty() ? "" : ": " + v.reason));
    last = v;
  }
  std::vector<std::string> lines;
  Verdict last;
};

std::vector<Message> messages(std::initializer_list<const char*> titles) {
  std::vector<Message> out;
  for (const char* title : titles) {
    Message m;
    m.outbox_id = static_cast<std::int64_t>(out.size()) + 1;
    m.title = title;
    m.to = PersonalText("someone@example.bg");
    m.body = "text";
    out.push_back(std::move(m));
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("whatever a sink does, each message has exactly one verdict", "[plugin]") {
  struct Case {
    const char* title;
    Lines lines;
  };
  const auto c = GENERATE(values<Case>({
      {"accepted", {"begin 0", "settle 0 accepted"}},
      {"retry", {"begin 0", "settle 0 retry: busy"}},
      {"rejects at once", {"settle 0 permanent: too long"}},
      {"twice", {"begin 0", "settle 0 permanent: first"}},
      {"nothing", {"settle 0 retry: the sink returned without a verdict"}},
      {"begin only", {"begin 0", "settle 0 unknown: the sink returned without a verdict"}},
      {"no begin", {"begin 0", "settle 0 accepted"}},
      {"unknown kind", {"begin 0", "settle 0 permanent: the sink gave verdict 42, which does not exist"}},
      {"out of range", {"begin 0", "settle 0 delivered"}},
      {"leaks the address", {"begin 0", "settle 0 contact_dead: no such user [address]"}},
  }));
  CAPTURE(c.title);
  PluginRig rig("sink");
  Ledger ledger;
  CHECK(rig.instance->sink()->deliver(messages({c.title}), ledger).ok());
  CHECK(ledger.lines == c.lines);
}

TEST_CASE("a verdict carries what the sink said beside it", "[plugin]") {
  PluginRig rig("sink");
  Ledger ledger;
  REQUIRE(rig.instance->sink()->deliver(messages({"accepted"}), ledger).ok());
  CHECK(ledger.last.provider_id == "id-1");
  REQUIRE(rig.instance->sink()->deliver(messages({"retry"}), ledger).ok());
  CHECK(ledger.last.scope == RetryScope::kLink);
  CHECK(ledger.last.after == std::chrono::milliseconds{1500});
  REQUIRE(rig.instance->sink()->deliver(messages({"long lengths"}), ledger).ok());
  CHECK(ledger.last.provider_id.empty());
}

TEST_CASE("a call that fails leaves what was settled, and the rest by whether it was begun", "[plugin]") {
  Ledger ledger;
  SECTION("by code") {
    PluginRig rig("sink", "fails after the first");
    const auto done = rig.instance->sink()->deliver(messages({"accepted", "accepted"}), ledger);
    REQUIRE_FALSE(done.ok());
    CHECK(done.error().failure == Failure::kBusy);
    CHECK(ledger.lines == Lines{"begin 0", "settle 0 accepted", "settle 1 retry: slow down"});
    CHECK(ledger.last.after == std::chrono::seconds{7});
  }
  SECTION("by an exception") {
    PluginRig rig("sink", "throws after the first");
    const auto done = rig.instance->sink()->deliver(messages({"begin only", "accepted"}), ledger);
    REQUIRE_FALSE(done.ok());
    CHECK(done.error().failure == Failure::kInternal);
    CHECK(ledger.lines == Lines{"begin 0", "settle 0 unknown: the plugin threw an exception over the border",
                                "settle 1 retry: the plugin threw an exception over the border"});
  }
}

TEST_CASE("a sink that is cancelled or not running begins nothing", "[plugin]") {
  PluginRig rig("sink");
  Ledger ledger;
  SECTION("cancelled") {
    rig.instance->sink()->cancel();
    CHECK(rig.instance->sink()->deliver(messages({"accepted"}), ledger).error().failure == Failure::kCancelled);
  }
  SECTION("stopped") {
    REQUIRE(rig.instance->stop(rig.clock.now()).ok());
    CHECK(rig.instance->sink()->deliver(messages({"accepted"}), ledger).error().failure == Failure::kConflict);
  }
  REQUIRE(ledger.lines.size() == 1);
  CHECK(ledger.last.kind == VerdictKind::kRetry);
}

TEST_CASE("a sink without that ability cannot be asked, and knows nothing", "[plugin]") {
  PluginRig rig("sink");
  Sink& sink = *rig.instance->sink();
  CHECK(sink.limits().max_ask == 0);
  const Doubt one;
  const auto answers = sink.ask({&one, 1});
  REQUIRE(answers.ok());
  REQUIRE(answers->size() == 1);
  CHECK(answers->front().kind == VerdictKind::kUnknown);
}

TEST_CASE("a sink's limits are those it declares", "[plugin]") {
  PluginRig rig("sink");
  const SinkLimits limits = rig.instance->sink()->limits();
  CHECK(limits.max_batch == 8);
  CHECK(limits.max_send == std::chrono::seconds{5});
  CHECK(limits.idempotent);
  Ledger ledger;
  const std::vector<Message> nine = messages({"", "", "", "", "", "", "", "", ""});
  CHECK_FALSE(rig.instance->sink()->deliver(nine, ledger).ok());
  CHECK(ledger.lines.size() == 9);
  CHECK(rig.instance->sink()->deliver({}, ledger).ok());
}

}  // namespace vestitel::test
