// T5: what a provider says later, however late, twice or early; and the channel that stands in for one that failed.
#include <catch2/catch.hpp>

#include "core/pipeline/choose.hpp"
#include "core/routing/router.hpp"
#include "core/store/sqlite/receipts.hpp"
#include "core/store/sqlite/schema.hpp"
#include "tests/pipeline/rules.hpp"
#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

constexpr const char* kPhone = "+359880000001";

struct ReceiptRig : StoreRig {
  // E-mail through "mail", SMS through "gateway"; one of the two is enough, e-mail first.
  explicit ReceiptRig(bool fallback = false, bool urgent = false) : pipeline(rules(fallback, urgent)) {
    subscribe(1);
    if (fallback) subscribe(1, Channel::kSms, kPhone);
    restart();
  }
  static Pipeline rules(bool fallback, bool urgent) {
    HubConfig config = small_config();
    config.instances.push_back(sink("gateway", {Channel::kSms, Channel::kPush}));
    config.routes.push_back(test::route("all"));
    config.routes.back().urgent = urgent;
    if (fallback) config.routes.back().fallback = {"email", "sms", "push"};
    auto built = build_pipeline(config);
    REQUIRE(to_text(built.errors) == "");
    return std::move(built.pipeline);
  }
  void restart() {
    reopen();
    for (const char* sink : {"mail", "gateway"}) REQUIRE(store->delivery().register_sink(sink, {false, 1h}));
    router = std::make_unique<Router>(store->routing(), pipeline, clock);
  }
  void use(UnknownPolicy policy) {
    SinkTraits traits{false, 1h};
    traits.unknown = policy;
    REQUIRE(store->delivery().register_sink("mail", traits));
    settled();
  }
  void settled() {
    while (router->step().value() > 0) {
    }
  }
  void tell(const char* name, const char* record = "r1", const char* code = "I10") {
    deliver(name, {{1, record, "2203999001", code}});
    settled();
  }
  void accept(const char* id, const std::string& sink = "mail") {
    const auto leased = lease(sink);
    REQUIRE(leased.size() == 1);
    Settlement settlement{leased[0].message.outbox_id, leased[0].token, {}, true, clock.now(), false};
    settlement.verdict.kind = VerdictKind::kAccepted;
    settlement.verdict.provider_id = id;
    REQUIRE(store->delivery().settle({&settlement, 1}));
  }
  void receipt(const char* id, VerdictKind kind, const char* sink = "mail", std::optional<Instant> since = {}) {
    Verdict verdict;
    verdict.kind = kind;
    verdict.since = since;
    verdict.reason = "as the provider says";
    REQUIRE(store->delivery().take_receipt(sink, id, verdict));
    settled();
  }
  // Texts of messages that the store holds.
  std::int64_t texts() {
    close();
    std::int64_t count = -1;
    {
      sqlite::Database db(folder.file("store/vestitel.db"), sqlite::Access::kRead, 8192, 1024);
      count = sqlite::Statement(db, "SELECT count(*) FROM outbox_body").number().value_or(-1);
    }
    restart();
    return count;
  }
  bool reachable() {
    const auto page = store->routing().routable({}, 10, false);
    return page->events.at(0).subscriptions.at(0).reachable;
  }

  Pipeline pipeline;
  std::unique_ptr<Router> router;
};

}  // namespace

TEST_CASE("a receipt moves what was accepted on, and nothing back", "[receipt]") {
  struct Case {
    const char* name;
    std::vector<VerdictKind> receipts;
    const char* after;
  };
  using enum VerdictKind;
  const auto c = GENERATE(values<Case>({
      {"delivered", {kDelivered}, "e-1-1:delivered"},
      {"delivered twice", {kDelivered, kDelivered}, "e-1-1:delivered"},
      {"failed after it was delivered", {kDelivered, kPermanent}, "e-1-1:delivered"},
      {"a dead address after it was delivered", {kDelivered, kContactDead}, "e-1-1:delivered"},
      {"failed", {kPermanent}, "e-1-1:dead"},
      {"delivered after it had failed", {kPermanent, kDelivered}, "e-1-1:dead"},
      {"nothing is known", {kUnknown}, "e-1-1:accepted"},
      {"nothing is known, then delivered", {kUnknown, kDelivered}, "e-1-1:delivered"},
      {"the address is gone", {kContactDead}, "e-1-1:dead"},
  }));
  CAPTURE(c.name);
  const bool early = GENERATE(false, true);  // before the provider's answer to the send
  const bool killed = GENERATE(false, true);
  CAPTURE(early, killed);
  ReceiptRig rig;
  rig.tell("a.xml");
  if (!early) rig.accept("p-17");
  for (const VerdictKind kind : c.receipts) {
    rig.receipt("p-17", kind);
    if (killed) rig.restart();
  }
  if (early && killed) {
    rig.store->delivery().void_own_leases().value();
  }
  if (early) rig.accept("p-17");
  CHECK(rig.state() == c.after);
  CHECK(rig.store->look().books()->balanced());
}

TEST_CASE("a receipt that knew nothing, before the answer, leaves the one that knows its turn", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.receipt("p-17", VerdictKind::kUnknown);
  rig.accept("p-17");
  CHECK(rig.state() == "e-1-1:accepted");
  rig.receipt("p-17", VerdictKind::kDelivered);
  CHECK(rig.state() == "e-1-1:delivered");
}

TEST_CASE("a receipt that comes twice is not that of the next message under its id", "[receipt]") {
  const bool early = GENERATE(false, true);
  ReceiptRig rig;
  rig.tell("a.xml");
  if (early) rig.receipt("p-17", VerdictKind::kPermanent);
  rig.accept("p-17");
  if (!early) rig.receipt("p-17", VerdictKind::kPermanent);
  rig.receipt("p-17", VerdictKind::kPermanent);
  rig.tell("b.xml", "r2");
  rig.accept("p-17");
  CHECK(rig.state() == "e-1-1:dead e-2-1:accepted");
}

TEST_CASE("a receipt that comes twice is not that of the same message sent again", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.receipt("p-17", VerdictKind::kPermanent);
  REQUIRE(rig.store->look().replay(1).value());
  rig.accept("p-18");
  rig.receipt("p-17", VerdictKind::kPermanent);
  CHECK(rig.state() == "e-1-1:accepted");
  rig.clock.advance(25h);  // p-17 is forgotten, p-18 is not
  REQUIRE(rig.store->delivery().note_overdue(100).ok());
  CHECK(rig.texts() == 1);
  rig.receipt("p-18", VerdictKind::kPermanent);
  CHECK(rig.state() == "e-1-1:dead");
  CHECK(rig.store->look().books()->balanced());
}

TEST_CASE("an address that was entered while the message was on its way is another one", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  const auto leased = rig.lease();
  rig.clock.advance(1s);
  rig.subscribe(1, Channel::kEmail, "anew@example.test");
  rig.clock.advance(1s);
  Settlement settlement{leased.at(0).message.outbox_id, leased.at(0).token, {}, true, rig.clock.now(), false};
  settlement.verdict.kind = VerdictKind::kAccepted;
  settlement.verdict.provider_id = "p-17";
  REQUIRE(rig.store->delivery().settle({&settlement, 1}));
  rig.receipt("p-17", VerdictKind::kContactDead);
  CHECK(rig.reachable());
}

TEST_CASE("a receipt belongs to the sink that gave it", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.receipt("p-17", VerdictKind::kDelivered, "gateway");
  CHECK(rig.state() == "e-1-1:accepted");
}

TEST_CASE("what a receipt said stands beside its attempt", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.receipt("p-17", VerdictKind::kPermanent);
  const auto row = rig.store->look().delivery(1)->value();
  REQUIRE(row.history.size() == 1);
  CHECK(row.history[0].verdict == VerdictKind::kAccepted);
  CHECK(row.history[0].receipt == VerdictKind::kPermanent);
  CHECK(row.history[0].receipt_reason == "as the provider says");
}

TEST_CASE("a receipt that speaks of an older address leaves the new one alone", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  const bool again = GENERATE(false, true);
  rig.clock.advance(1min);
  if (again) rig.subscribe(1, Channel::kEmail, "anew@example.test");
  rig.clock.advance(1min);
  rig.receipt("p-17", VerdictKind::kContactDead);
  CHECK(rig.reachable() == again);
}

TEST_CASE("the text of a message is kept until nothing more can be heard of it", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  SECTION("it failed, and is sent again by a person") {
    rig.receipt("p-17", VerdictKind::kPermanent);
    REQUIRE(rig.store->look().replay(1).value());
    const auto leased = rig.lease();
    REQUIRE(leased.size() == 1);
    CHECK(!leased[0].message.body.empty());
  }
  SECTION("it was delivered") {
    rig.receipt("p-17", VerdictKind::kDelivered);
    CHECK(rig.texts() == 0);
  }
  SECTION("nothing came") {
    rig.clock.advance(2h);
    REQUIRE(rig.store->delivery().note_overdue(100).value() == 1);
    CHECK(rig.texts() == 1);
    rig.clock.advance(24h * 15);
    REQUIRE(rig.store->delivery().note_overdue(100).value() == 0);
    CHECK(rig.texts() == 0);
  }
  SECTION("its id went to another message") {
    rig.tell("b.xml", "r2");
    rig.accept("p-17");
    CHECK(rig.texts() == 1);
  }
}

TEST_CASE("a receipt without a message is kept a day", "[receipt]") {
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.receipt("p-17", VerdictKind::kDelivered);
  const bool late = GENERATE(false, true);
  rig.clock.advance(late ? 25h : 23h);
  REQUIRE(rig.store->delivery().note_overdue(100).value() == 0);
  REQUIRE(rig.store->delivery().renew_leases());
  rig.accept("p-17");
  CHECK(rig.state() == (late ? "e-1-1:accepted" : "e-1-1:delivered"));
}

TEST_CASE("of channels of which one is enough the first is told", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  CHECK(rig.state() == "e-1-1:ready e-1-1:stands in");
  rig.accept("p-17");
  rig.receipt("p-17", VerdictKind::kDelivered);
  CHECK(rig.state() == "e-1-1:delivered e-1-1:stands in");
}

TEST_CASE("the next channel is told once, whatever is said of the first after that", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  SECTION("the sink refuses the message") {
    REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
    rig.settled();
    CHECK(rig.state() == "e-1-1:dead e-1-1:ready");
  }
  SECTION("the address is gone") {
    REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kContactDead));
    rig.settled();
    CHECK(rig.state() == "e-1-1:dead e-1-1:ready");
  }
  SECTION("a receipt says that it failed") {
    rig.accept("p-17");
    rig.receipt("p-17", VerdictKind::kPermanent);
    rig.receipt("p-17", VerdictKind::kPermanent);
    CHECK(rig.state() == "e-1-1:dead e-1-1:ready");
  }
  SECTION("no receipt comes in its time") {
    rig.accept("p-17");
    rig.clock.advance(59min);
    REQUIRE(rig.store->delivery().note_overdue(100).value() == 0);
    rig.clock.advance(2min);
    REQUIRE(rig.store->delivery().note_overdue(100).value() == 1);
    rig.settled();
    CHECK(rig.state() == "e-1-1:accepted e-1-1:ready");
    CHECK(rig.store->delivery().note_overdue(100).value() == 0);
    rig.receipt("p-17", VerdictKind::kPermanent);
    CHECK(rig.state() == "e-1-1:dead e-1-1:ready");
  }
  SECTION("no receipt comes, and then one that says delivered") {
    rig.accept("p-17");
    rig.clock.advance(2h);
    REQUIRE(rig.store->delivery().note_overdue(100).value() == 1);
    rig.receipt("p-17", VerdictKind::kDelivered);
    CHECK(rig.state() == "e-1-1:delivered e-1-1:ready");
  }
  REQUIRE(rig.store->delivery().renew_leases());
  const auto leased = rig.lease("gateway");
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].message.to.reveal() == kPhone);
}

TEST_CASE("where silence is fine nobody stands in for it, and what failed late still counts", "[fallback]") {
  ReceiptRig rig(true);
  REQUIRE(rig.store->delivery().register_sink("mail", {false, 1h, true}));
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.clock.advance(2h);
  REQUIRE(rig.store->delivery().renew_leases());
  CHECK(rig.store->delivery().note_overdue(100).value() == 0);
  rig.settled();
  CHECK(rig.state() == "e-1-1:accepted e-1-1:stands in");
  rig.receipt("p-17", VerdictKind::kPermanent);
  CHECK(rig.state() == "e-1-1:dead e-1-1:ready");
}

TEST_CASE("who complains has been told, and is told no more there", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  rig.accept("p-17");
  Verdict unwanted;
  unwanted.kind = VerdictKind::kContactDead;
  unwanted.arrived = true;
  const bool first = GENERATE(true, false);
  if (!first) rig.receipt("p-17", VerdictKind::kDelivered);
  rig.clock.advance(1min);
  REQUIRE(rig.store->delivery().take_receipt("mail", "p-17", unwanted).ok());
  rig.settled();
  CHECK(rig.state() == "e-1-1:delivered e-1-1:stands in");
  CHECK_FALSE(rig.reachable());
}

TEST_CASE("a complaint that comes before the provider's answer ends the address, and the message was told",
          "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  Verdict unwanted;
  unwanted.kind = VerdictKind::kContactDead;
  unwanted.arrived = true;
  const int order = GENERATE(0, 1, 2);  // what else came early: nothing, that it was delivered before or after
  if (order == 1) rig.receipt("p-17", VerdictKind::kDelivered);
  REQUIRE(rig.store->delivery().take_receipt("mail", "p-17", unwanted).ok());
  if (order == 2) rig.receipt("p-17", VerdictKind::kDelivered);
  if (GENERATE(false, true)) rig.restart();
  REQUIRE(rig.store->delivery().void_own_leases());
  rig.accept("p-17");
  rig.settled();
  CHECK(rig.state() == "e-1-1:delivered e-1-1:stands in");
  CHECK_FALSE(rig.reachable());
}

TEST_CASE("a complaint ends the address for two weeks after the message was delivered", "[receipt]") {
  const bool heard = GENERATE(true, false);
  ReceiptRig rig;
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.receipt("p-17", VerdictKind::kDelivered);
  rig.clock.advance(heard ? 24h * 13 : 24h * 15);
  CHECK(rig.store->delivery().note_overdue(100).value() == 0);
  if (GENERATE(false, true)) rig.restart();
  Verdict unwanted;
  unwanted.kind = VerdictKind::kContactDead;
  unwanted.arrived = true;
  REQUIRE(rig.store->delivery().take_receipt("mail", "p-17", unwanted).ok());
  CHECK(rig.state() == "e-1-1:delivered");
  CHECK(rig.reachable() != heard);
}

TEST_CASE("of messages whose end is known only so many are kept, beside those of the last day", "[receipt]") {
  TempFolder folder;
  sqlite::Database db(folder.file("book.db"), sqlite::Access::kWrite, 8192, 1024);
  sqlite::migrate_store(db);
  sqlite::ReceiptBook book(db, 10);
  ManualClock clock;
  book.expect(1, 1h, false, clock.now());
  const auto end = [&](int from, int to) {
    for (int id = from; id < to; ++id) {
      static_cast<void>(book.accepted(1, "p-" + std::to_string(id), id, clock.now()));
      book.ended(1, "p-" + std::to_string(id), clock.now());
      clock.advance(1s);
    }
  };
  const auto look = [&] {
    CHECK(book.overdue(clock.now(), 100).empty());
    return book.awaited(1);
  };
  end(0, 15);
  CHECK(look() == 15);
  clock.advance(25h);
  end(15, 20);
  CHECK(look() == 10);
  CHECK(sqlite::Statement(db, "SELECT min(outbox) FROM awaited").number() == 10);  // what ended first went first
}

TEST_CASE("the hub's own silence is not its provider's", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  rig.accept("p-17");
  rig.clock.advance(5h);  // it did not run
  REQUIRE(rig.store->delivery().renew_leases());
  SECTION("it starts, and waits anew") {
    REQUIRE(rig.store->delivery().register_sink("mail", {false, 1h}));
    CHECK(rig.store->delivery().note_overdue(100).value() == 0);
    rig.clock.advance(61min);
    CHECK(rig.store->delivery().note_overdue(100).value() == 1);
  }
}

TEST_CASE("where an attempt may have arrived nobody stands in, but for what is urgent", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kUnknown));
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
  rig.settled();
  CHECK(rig.state() == "e-1-1:dead+unknown e-1-1:stands in");
}

TEST_CASE("what is urgent does not wait for a peer that does not know when it is asked", "[fallback]") {
  const bool urgent = GENERATE(true, false);
  ReceiptRig rig(true, urgent);
  rig.tell("a.xml");
  rig.use(UnknownPolicy::kAsk);
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kUnknown));
  rig.settled();
  CHECK(rig.state() == "e-1-1:in-doubt+unknown e-1-1:stands in");
  for (int times = 0; times < 2; ++times) {
    const Doubt doubt = rig.store->delivery().doubts("mail", 1)->at(0);
    const DoubtAnswer nobody_knows{doubt.outbox_id, doubt.attempt, {}, rig.clock.now(), false};
    REQUIRE(rig.store->delivery().answer({&nobody_knows, 1}));
    rig.settled();
    CHECK(rig.state() == (urgent ? "e-1-1:in-doubt+unknown e-1-1:ready" : "e-1-1:in-doubt+unknown e-1-1:stands in"));
  }
}

TEST_CASE("what a new policy leaves to a person gives the next channel its turn where it is urgent", "[fallback]") {
  using enum UnknownPolicy;
  const bool urgent = GENERATE(true, false);
  ReceiptRig rig(true, urgent);
  rig.tell("a.xml");
  const auto lose = [&] {
    REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kUnknown));
    rig.settled();
  };
  const std::string held = urgent ? "e-1-1:held+unknown e-1-1:ready" : "e-1-1:held+unknown e-1-1:stands in";
  SECTION("hold") {
    rig.use(kAsk);
    lose();
    CHECK(rig.state() == "e-1-1:in-doubt+unknown e-1-1:stands in");
    rig.use(kHold);
    CHECK(rig.state() == held);
  }
  SECTION("resend, of what was sent again already") {
    lose();
    rig.use(kAsk);
    lose();
    CHECK(rig.state() == "e-1-1:in-doubt+unknown e-1-1:stands in");
    rig.use(kResend);
    CHECK(rig.state() == held);
  }
  SECTION("resend, of what was sent once: nobody stands in") {
    rig.use(kAsk);
    lose();
    rig.use(kResend);
    CHECK(rig.state() == "e-1-1:ready+unknown e-1-1:stands in");
  }
  CHECK(rig.store->look().books()->balanced());
}

TEST_CASE("who cannot be reached on the first channel is told on the next", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kContactDead));
  rig.settled();
  rig.tell("b.xml", "r2");
  CHECK(rig.state() == "e-1-1:dead e-1-1:ready e-2-1:ready e-2-1:no channel");
}

TEST_CASE("each failure gives one channel its turn", "[fallback]") {
  ReceiptRig rig(true);
  rig.subscribe(1, Channel::kPush, "token");
  rig.tell("a.xml");
  CHECK(rig.state() == "e-1-1:ready e-1-1:stands in e-1-1:stands in");
  rig.accept("p-17");
  rig.clock.advance(2h);
  REQUIRE(rig.store->delivery().renew_leases());
  REQUIRE(rig.store->delivery().note_overdue(100).value() == 1);
  rig.settled();
  rig.receipt("p-17", VerdictKind::kPermanent);  // its channel has been stood in for
  CHECK(rig.state() == "e-1-1:dead e-1-1:ready e-1-1:stands in");
  rig.accept("p-18", "gateway");
  rig.receipt("p-18", VerdictKind::kContactDead, "gateway");
  CHECK(rig.state() == "e-1-1:dead e-1-1:dead e-1-1:ready");
}

TEST_CASE("a dead letter that is sent again and dies again gives no further channel its turn", "[fallback]") {
  ReceiptRig rig(true);
  rig.subscribe(1, Channel::kPush, "token");
  rig.tell("a.xml");
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
  rig.settled();
  CHECK(rig.state() == "e-1-1:dead e-1-1:ready e-1-1:stands in");
  for (int i = 0; i < 3; ++i) {
    rig.clock.advance(96h);  // older than any message may become
    REQUIRE(rig.store->delivery().renew_leases());
    REQUIRE(rig.store->look().replay(1).value());
    const auto leased = rig.lease();
    REQUIRE(leased.size() == 1);
    CHECK(leased[0].message.expires > rig.clock.now() + 23h);
    REQUIRE(rig.settle(leased[0], VerdictKind::kPermanent));
    rig.settled();
    CHECK(rig.state() == "e-1-1:dead e-1-1:ready e-1-1:stands in");
  }
}

TEST_CASE("a channel that cannot be used passes its turn on", "[fallback]") {
  ReceiptRig rig(true);
  rig.subscribe(1, Channel::kPush, "token");
  rig.tell("a.xml");
  rig.tell("b.xml", "r2");
  auto leased = rig.lease();
  REQUIRE(leased.size() == 2);
  REQUIRE(rig.settle(leased[0], VerdictKind::kPermanent));
  rig.settled();
  REQUIRE(rig.settle(rig.lease("gateway").at(0), VerdictKind::kContactDead));  // the number
  REQUIRE(rig.settle(leased[1], VerdictKind::kPermanent));
  rig.settled();
  CHECK(rig.state() == "e-1-1:dead e-2-1:dead e-1-1:dead e-1-1:ready e-2-1:ready e-2-1:no channel");
}

TEST_CASE("a repeat on the first channel is no failure", "[fallback]") {
  ReceiptRig rig(true);
  rig.tell("a.xml");
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kRetry));
  rig.settled();
  CHECK(rig.state() == "e-1-1:ready e-1-1:stands in");
}

}  // namespace vestitel::test
