// What becomes of a message that was sent and not answered, by the policy of its sink.
#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

struct DoubtRig : StoreRig {
  explicit DoubtRig(UnknownPolicy policy = UnknownPolicy::kAsk, bool idempotent = false) {
    use(policy, idempotent);
    subscribe(1);
    expires = clock.now() + 72h;
    deliver("a.xml", {{1, "r1"}});
    route();
  }
  void use(UnknownPolicy policy, bool idempotent = false) {
    SinkTraits traits;
    traits.idempotent = idempotent;
    traits.receipts_within = 1h;
    traits.unknown = policy;
    REQUIRE(store->delivery().register_sink("mail", traits));
  }
  void lose() { REQUIRE(settle(lease().at(0), VerdictKind::kUnknown)); }
  std::vector<Doubt> doubts() { return store->delivery().doubts("mail", 10).value(); }
  SettleOutcome answer(const Doubt& doubt, VerdictKind kind, Micros again_in = Micros{0}, bool give_up = false,
                       const std::string& id = "") {
    DoubtAnswer answer{doubt.outbox_id, doubt.attempt, {}, clock.now() + again_in, give_up};
    answer.verdict.kind = kind;
    answer.verdict.provider_id = id;
    answer.verdict.reason = "as the peer says";
    return store->delivery().answer({&answer, 1}).value();
  }
  std::int64_t texts() {
    close();
    std::int64_t count = -1;
    {
      sqlite::Database db(folder.file("store/vestitel.db"), sqlite::Access::kRead, 8192, 1024);
      count = sqlite::Statement(db, "SELECT count(*) FROM outbox_body").number().value_or(-1);
    }
    open();
    return count;
  }
};

}  // namespace

TEST_CASE("an unknown becomes what the policy of its sink says", "[doubt]") {
  struct Case {
    UnknownPolicy policy;
    bool idempotent;
    const char* after;
    bool leased_again;
  };
  using enum UnknownPolicy;
  const auto c = GENERATE(values<Case>({
      {kResend, false, "e-1-1:ready+unknown", true},
      {kResend, true, "e-1-1:ready+unknown", true},
      {kHold, false, "e-1-1:held+unknown", false},
      {kHold, true, "e-1-1:held+unknown", false},
      {kAsk, false, "e-1-1:in-doubt+unknown", false},
      {kAsk, true, "e-1-1:in-doubt+unknown", false},
  }));
  const bool killed = GENERATE(false, true);  // while it was at the sink
  CAPTURE(c.policy, c.idempotent, killed);
  DoubtRig rig(c.policy, c.idempotent);
  if (killed) {
    REQUIRE(rig.lease().size() == 1);
    rig.reopen();  // the policy is known before the sink is registered again
  } else {
    rig.lose();
  }
  CHECK(rig.state() == c.after);
  CHECK(rig.doubts().size() == (c.policy == kAsk ? 1 : 0));
  CHECK(rig.lease().size() == (c.leased_again ? 1 : 0));
  CHECK(rig.store->look().books()->balanced());
}

TEST_CASE("a sink is asked about a message by its key, and by nothing of the person", "[doubt]") {
  DoubtRig rig;
  const auto leased = rig.lease().at(0);
  rig.clock.advance(60s);  // it waited for its turn at the sink
  REQUIRE(rig.settle(leased, VerdictKind::kUnknown, 10s));
  CHECK(rig.doubts().empty());  // not due yet
  const Instant sent = rig.clock.now();
  rig.clock.advance(10s);
  const auto doubts = rig.doubts();
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0].idem_key == leased.message.idem_key);
  CHECK(doubts[0].attempt == 1);
  CHECK(doubts[0].counted == 1);
  CHECK(doubts[0].sent == sent);
  CHECK(doubts[0].expires == leased.message.expires);
  CHECK(doubts[0].asked == 0);
  REQUIRE(rig.store->delivery().hold("mail", true));
  CHECK(rig.doubts().empty());  // an operator holds the sink
}

TEST_CASE("an answer settles what was in doubt", "[doubt]") {
  struct Case {
    const char* name;
    VerdictKind kind;
    bool give_up;
    const char* after;
    std::int64_t texts;
  };
  using enum VerdictKind;
  const auto c = GENERATE(values<Case>({
      {"it is there, and a receipt may follow", kAccepted, false, "e-1-1:accepted", 1},
      {"it arrived", kDelivered, false, "e-1-1:delivered", 0},
      {"it surely is not there: a retry without doubt", kRetry, false, "e-1-1:ready", 1},
      {"it is not there, and too old", kRetry, true, "e-1-1:dead", 1},
      {"it was refused there", kPermanent, false, "e-1-1:dead", 1},
      {"nobody knows yet", kUnknown, false, "e-1-1:in-doubt+unknown", 1},
      {"nobody has known until it was too old", kUnknown, true, "e-1-1:held+unknown", 1},
  }));
  CAPTURE(c.name);
  DoubtRig rig;
  rig.lose();
  const Doubt doubt = rig.doubts().at(0);
  const auto outcome = rig.answer(doubt, c.kind, 0s, c.give_up, "p-17");
  CHECK(outcome.settled == 1);
  CHECK(rig.state() == c.after);
  const auto row = rig.store->look().delivery(1).value();
  CHECK(row->history.at(0).verdict == kUnknown);  // what the attempt itself came to stays on record
  CHECK(row->history.at(0).receipt == c.kind);
  CHECK(row->history.at(0).receipt_reason == "as the peer says");
  if (c.kind == kAccepted) {
    Verdict arrived;
    arrived.kind = kDelivered;
    REQUIRE(rig.store->delivery().take_receipt("mail", "p-17", arrived));
    CHECK(rig.state() == "e-1-1:delivered");
    return;
  }
  CHECK(rig.store->look().books()->balanced());
  CHECK(rig.texts() == c.texts);
}

TEST_CASE("what is not known yet is asked about again when it is due, and counts", "[doubt]") {
  DoubtRig rig;
  rig.lose();
  rig.answer(rig.doubts().at(0), VerdictKind::kUnknown, 30s);
  CHECK(rig.doubts().empty());
  rig.clock.advance(30s);
  CHECK(rig.doubts().at(0).asked == 1);
  rig.reopen();
  CHECK(rig.doubts().at(0).asked == 1);
}

TEST_CASE("an answer about another attempt, or a second one, changes nothing", "[doubt]") {
  DoubtRig rig;
  rig.lose();
  const Doubt first = rig.doubts().at(0);
  rig.answer(first, VerdictKind::kRetry);
  CHECK(rig.answer(first, VerdictKind::kDelivered).stale == 1);
  CHECK(rig.state() == "e-1-1:ready");
  rig.lose();
  CHECK(rig.answer(first, VerdictKind::kDelivered).stale == 1);
  CHECK(rig.state() == "e-1-1:in-doubt+unknown");
  CHECK(rig.answer(rig.doubts().at(0), VerdictKind::kDelivered).settled == 1);
  CHECK(rig.state() == "e-1-1:delivered");
}

TEST_CASE("who turns asking off finds what was in doubt resent or held, as the new policy says", "[doubt]") {
  using enum UnknownPolicy;
  DoubtRig rig;
  rig.lose();
  SECTION("resent once where the sink honours no key") {
    rig.use(kResend);
    CHECK(rig.state() == "e-1-1:ready+unknown");
    rig.lose();
    CHECK(rig.state() == "e-1-1:held+unknown");
  }
  SECTION("held") {
    rig.use(kHold);
    CHECK(rig.state() == "e-1-1:held+unknown");
  }
  SECTION("left alone where asking stays on") {
    rig.use(kAsk);
    CHECK(rig.state() == "e-1-1:in-doubt+unknown");
  }
}

TEST_CASE("a correction replaces what is in doubt", "[doubt]") {
  DoubtRig rig;
  const auto leased = rig.lease().at(0);
  const bool leaving = GENERATE(false, true);
  if (!leaving) REQUIRE(rig.settle(leased, VerdictKind::kUnknown));
  rig.deliver("b.xml", {{1, "r1", "2203999001", "J20"}}, 1s);
  rig.route();
  if (leaving) REQUIRE(rig.settle(leased, VerdictKind::kUnknown));
  CHECK(rig.state() == "e-1-1:superseded+unknown e-2-1:ready");
  CHECK(rig.doubts().empty());
}

}  // namespace vestitel::test
