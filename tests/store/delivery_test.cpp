#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {

TEST_CASE("a verdict decides what becomes of a leased message", "[delivery]") {
  struct Case {
    const char* name;
    bool idempotent;
    VerdictKind verdict;
    const char* after;
  };
  const auto c = GENERATE(values<Case>({
      {"accepted waits for its receipt", false, VerdictKind::kAccepted, "e-1-1:accepted"},
      {"delivered ends it", false, VerdictKind::kDelivered, "e-1-1:delivered"},
      {"retry makes it due again", false, VerdictKind::kRetry, "e-1-1:ready"},
      {"permanent buries it at once", false, VerdictKind::kPermanent, "e-1-1:dead"},
      {"a dead contact buries it at once", false, VerdictKind::kContactDead, "e-1-1:dead"},
      {"a config error makes it due again", false, VerdictKind::kConfigError, "e-1-1:ready"},
      {"unknown goes out once more, on record", false, VerdictKind::kUnknown, "e-1-1:ready+unknown"},
      {"unknown goes out again under its key", true, VerdictKind::kUnknown, "e-1-1:ready+unknown"},
  }));
  CAPTURE(c.name);
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {c.idempotent}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  const auto leased = rig.lease();
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].message.to.reveal() == "p1@example.test");
  CHECK(rig.settle(leased[0], c.verdict));
  CHECK(rig.state() == c.after);
}

TEST_CASE("a second unknown is held for a person where the sink honours no key", "[delivery]") {
  const bool idempotent = GENERATE(false, true);
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {idempotent}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kUnknown));
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kUnknown));
  CHECK(rig.state() == (idempotent ? "e-1-1:ready+unknown" : "e-1-1:held+unknown"));
}

TEST_CASE("a message keeps its key over every repeat", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {true}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  const auto first = rig.lease().at(0);
  REQUIRE(rig.settle(first, VerdictKind::kRetry));
  const auto second = rig.lease().at(0);
  CHECK(first.message.idem_key == second.message.idem_key);
  CHECK(first.message.idem_key.size() == 32);
  CHECK(second.attempt == 2);
}

TEST_CASE("a worker that outlived its lease cannot settle the message", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {true}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  const auto slow = rig.lease();
  REQUIRE(rig.store->delivery().void_own_leases().value() == 1);
  const auto fresh = rig.lease();
  REQUIRE(fresh.size() == 1);
  CHECK_FALSE(rig.settle(slow[0], VerdictKind::kDelivered));
  CHECK(rig.state() == "e-1-1:leased+unknown");
  CHECK(rig.settle(fresh[0], VerdictKind::kDelivered));
  CHECK(rig.state() == "e-1-1:delivered+unknown");
}

TEST_CASE("an attempt is on record before anything is sent", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  const auto leased = rig.lease();
  rig.reopen();  // as after a kill between lease and settle
  const auto row = rig.store->look().delivery(leased[0].message.outbox_id)->value();
  REQUIRE(row.history.size() == 1);
  CHECK(row.history[0].verdict == VerdictKind::kUnknown);
  CHECK(row.state == "ready");
  CHECK(row.unknowns == 1);
}

TEST_CASE("a message that fell due later is not leased before", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kRetry, 10s));
  CHECK(rig.lease().empty());
  rig.clock.advance(11s);
  CHECK(rig.lease().size() == 1);
}

TEST_CASE("a partition that another node holds is left alone", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  rig.clock.advance(61s);  // our leases have ended and nobody renewed them
  CHECK(rig.lease().empty());
  REQUIRE(rig.store->delivery().renew_leases());
  CHECK(rig.lease().size() == 1);
}

TEST_CASE("a retry for the recipient holds back everything to them, and nobody else", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.subscribe(2);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}, {2, "r3"}});
  rig.route();
  const auto first = rig.lease("mail", 1).at(0);
  Settlement settlement{first.message.outbox_id, first.token, {}, true, rig.clock.now() + 60s, false};
  settlement.verdict.kind = VerdictKind::kRetry;
  settlement.verdict.scope = RetryScope::kRecipient;
  REQUIRE(rig.store->delivery().settle({&settlement, 1}));
  auto leased = rig.lease();
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].message.to.reveal() == "p2@example.test");
}

TEST_CASE("a correction replaces an original that has not left", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  rig.deliver("b.xml", {{1, "r1", "2203999001", "I11"}});
  rig.route();
  CHECK(rig.state() == "e-1-1:superseded e-2-1:ready");
}

TEST_CASE("a correction replaces the original on every channel of a sink", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1, Channel::kEmail);
  rig.subscribe(1, Channel::kSms, "+359880000001");
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  SECTION("a correction") {
    rig.deliver("b.xml", {{1, "r1", "2203999001", "I11"}});
    rig.route();
    CHECK(rig.state() == "e-1-1:superseded e-1-1:superseded e-2-1:ready e-2-1:ready");
  }
  SECTION("an annulment") {
    rig.deliver("b.xml", {{1, "r1", "", "", Revision::kAnnulled}});
    rig.route();
    CHECK(rig.state() == "e-1-1:superseded e-1-1:superseded e-2-1:cancelled e-2-1:cancelled");
  }
}

TEST_CASE("a correction waits for an original that is leaving", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  const auto leaving = rig.lease();
  rig.deliver("b.xml", {{1, "r1", "2203999001", "I11"}});
  rig.route();
  CHECK(rig.lease().empty());
  SECTION("and follows it") {
    REQUIRE(rig.settle(leaving[0], VerdictKind::kDelivered));
    CHECK(rig.state() == "e-1-1:delivered e-2-1:ready");
  }
  SECTION("and takes its place when it comes back") {
    REQUIRE(rig.settle(leaving[0], VerdictKind::kRetry, 10s));
    CHECK(rig.state() == "e-1-1:superseded e-2-1:ready");
  }
  SECTION("and is itself replaced by the next one") {
    rig.deliver("c.xml", {{1, "r1", "2203999001", "I12"}});
    rig.route();
    REQUIRE(rig.settle(leaving[0], VerdictKind::kDelivered));
    CHECK(rig.state() == "e-1-1:delivered e-2-1:superseded e-3-1:ready");
  }
}

TEST_CASE("what is annulled before it left is told to nobody", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  rig.deliver("b.xml", {{1, "r1", "", "", Revision::kAnnulled}});
  rig.route();
  CHECK(rig.state() == "e-1-1:superseded e-2-1:cancelled");
}

TEST_CASE("an address entered while a message was on its way does not die of the old one", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1, Channel::kEmail, "old@example.test");
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route();
  rig.clock.advance(1s);
  const auto leaving = rig.lease("mail", 1);
  rig.clock.advance(1s);
  rig.subscribe(1, Channel::kEmail, "new@example.test");
  rig.clock.advance(1s);
  REQUIRE(rig.settle(leaving.at(0), VerdictKind::kContactDead));
  CHECK(rig.lease().size() == 1);
}

TEST_CASE("nothing leaves through a sink that an operator holds, also after a restart", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().hold("mail", true));  // before it ever ran
  REQUIRE(rig.store->delivery().register_sink("mail", {true}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route();
  CHECK(rig.lease().empty());
  CHECK(rig.store->look().held_sinks().value() == std::vector<std::string>{"mail"});
  REQUIRE(rig.store->delivery().hold("mail", false));
  const auto leased = rig.lease("mail", 1);
  REQUIRE(leased.size() == 1);
  REQUIRE(rig.store->delivery().hold("mail", true));
  REQUIRE(rig.settle(leased[0], VerdictKind::kDelivered));  // what was on its way ends
  CHECK(rig.lease().empty());
  CHECK(rig.state() == "e-1-1:delivered e-1-2:ready");
}

TEST_CASE("a dead contact is not used again until it is registered anew", "[delivery]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route();
  REQUIRE(rig.settle(rig.lease("mail", 1).at(0), VerdictKind::kContactDead));
  CHECK(rig.lease().empty());
  CHECK(rig.state() == "e-1-1:dead e-1-2:dead");
  rig.clock.advance(1s);
  rig.subscribe(1);
  const auto row = rig.store->look().deliveries("dead", {}).value().at(1);
  REQUIRE(rig.store->look().replay(row.id).value());
  CHECK(rig.lease().size() == 1);
}

TEST_CASE("the router's position moves with its decisions or not at all", "[routing]") {
  StoreRig rig;
  rig.deliver("a.xml", {{1, "r1"}});
  const auto from = rig.store->routing().router_position().value();
  const auto page = rig.store->routing().routable(from, 10, false).value();
  Decision decision;
  decision.event = page.events.at(0).event.id;
  decision.not_owed = NotOwedReason::kNoSubscriber;
  CHECK(rig.store->routing().commit_routed({from, page.next, {decision}}).get().ok());
  const auto again = rig.store->routing().commit_routed({from, page.next, {decision}}).get();
  REQUIRE_FALSE(again);
  CHECK(again.error().failure == Failure::kConflict);
  CHECK(rig.store->routing().router_position().value() == page.next);
}

TEST_CASE("documents are routed in the order of their seals, whatever order they were opened in", "[routing]") {
  StoreRig rig;
  rig.subscribe(1);
  auto& intake = rig.store->intake();
  const auto slow = intake.open_document(rig.arrival("slow.xml", "slow"));
  const auto fast = intake.open_document(rig.arrival("fast.xml", "fast"));
  REQUIRE(intake.stage(slow->id, StoreRig::batch({{1, "s1"}})));
  REQUIRE(intake.stage(fast->id, StoreRig::batch({{1, "f1", "2203999001", "I10", Revision::kNew, "other"}})));
  REQUIRE(intake.seal(fast->id));
  CHECK(rig.route() == 1);
  REQUIRE(intake.seal(slow->id));
  CHECK(rig.route() == 1);
  CHECK(rig.state() == "e-2-1:ready e-1-1:ready");
}

TEST_CASE("the books balance", "[books]") {
  StoreRig rig;
  REQUIRE(rig.store->delivery().register_sink("mail", {false}));
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {2, "r2"}, {1, "r3"}});
  rig.route();
  REQUIRE(rig.settle(rig.lease("mail", 1).at(0), VerdictKind::kDelivered));
  const auto books = rig.store->look().books().value();
  CHECK(books.balanced());
  CHECK(books.events == 3);
  CHECK(books.told == 1);
  CHECK(books.owed == 1);
  REQUIRE(books.not_owed.size() == 1);
  CHECK(books.not_owed[0].second == 1);
}

}  // namespace vestitel::test
