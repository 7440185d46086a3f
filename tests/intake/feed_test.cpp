#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "core/intake/feed_worker.hpp"
#include "tests/intake/upstream.hpp"

namespace vestitel::test {
namespace {

using namespace std::chrono_literals;

struct CycleRig : StoreRig {
  CycleRig() {
    settings.instance = "feed";
    settings.max_events = 2;
    start();
  }

  void start() {
    hooks.sealed = [this] { ++woken; };
    cycle.emplace(upstream, store->feeds(), clock, random, settings, hooks);
  }
  void restart() {
    cycle.reset();
    reopen();
    start();
  }

  Micros step() { return cycle->step(stop.get_token()); }
  // Steps until there is nothing to do at once, and says for how long.
  Micros settle() {
    Micros wait{0};
    for (int i = 0; i < 1000 && (wait = step()) == Micros{0}; ++i) {
    }
    return wait;
  }
  // Steps, and waits as it is told, so often.
  void go(int times) {
    for (int i = 0; i < times; ++i) clock.advance(step());
  }
  void trouble(std::function<Result<FeedAnswer>(FeedReceiver&)> what) { upstream.troubles.push_back(std::move(what)); }
  void refuse(Failure failure, const std::string& why, std::chrono::milliseconds after = 0ms) {
    trouble([=](FeedReceiver& out) -> Result<FeedAnswer> {
      out.put_off(after);
      return {failure, why};
    });
  }
  FeedCheckpoint at() const { return store->feeds().checkpoint("feed").value(); }
  std::string records() const {
    std::string text;
    const auto all = store->look().events({0, 1000});
    for (const Event& event : *all) text += (text.empty() ? "" : " ") + event.record;
    return text;
  }
  std::string stands() const {
    const FeedStanding standing = cycle->standing();
    return std::string(to_text(standing.state)) + (standing.reason.empty() ? "" : ": " + standing.reason);
  }
  Micros due_in() const { return cycle->standing().due.value() - clock.now(); }

  Upstream upstream{5};
  FeedSettings settings;
  FeedHooks hooks;
  std::stop_source stop;
  int woken = 0;
  std::optional<FeedCycle> cycle;
};

}  // namespace

TEST_CASE("a feed is polled while there is more, then when its schedule says so", "[feed]") {
  CycleRig rig;
  const Micros wait = rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
  CHECK(rig.upstream.asked == std::vector<std::string>{"", "2", "4"});
  CHECK(rig.woken == 3);
  CHECK(wait == 15min);
  CHECK(rig.stands() == "waiting");
  CHECK(rig.due_in() == 15min);
  CHECK(rig.at().ended == rig.clock.now());

  rig.upstream.records = 6;
  rig.clock.advance(14min);
  CHECK(rig.step() == 1min);
  CHECK(rig.upstream.asked.size() == 3);
  rig.clock.advance(1min);
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4 r5");
  CHECK(rig.upstream.asked.back() == "5");
}

TEST_CASE("a restart goes on behind what was committed", "[feed]") {
  CycleRig rig;
  CHECK(rig.step() == Micros{0});
  rig.restart();
  rig.settle();
  CHECK(rig.upstream.asked == std::vector<std::string>{"", "2", "4"});
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
}

TEST_CASE("a failing feed is left alone, longer and longer, and asked again from the same cursor", "[feed]") {
  CycleRig rig;
  for (int i = 0; i < 20; ++i) rig.refuse(Failure::kBusy, "no answer");
  std::vector<Micros> waits;
  for (int i = 0; i < 20; ++i) {
    waits.push_back(rig.step());
    CHECK(rig.stands() == "failing: no answer");
    CHECK(rig.step() == waits.back());  // and nothing is asked meanwhile
    rig.clock.advance(waits.back());
  }
  CHECK(rig.upstream.asked == std::vector<std::string>(20, ""));
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const Micros most = std::min<Micros>(1s * (1 << std::min<std::size_t>(i, 10)), 15min);
    CHECK(waits[i] >= most / 2);
    CHECK(waits[i] <= most);
  }
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
  CHECK(rig.stands() == "waiting");
}

TEST_CASE("how long the other side asks to be left alone is honoured, within an hour", "[feed]") {
  CycleRig rig;
  rig.refuse(Failure::kBusy, "too often", 42s);
  rig.refuse(Failure::kBusy, "too often", 48h);
  CHECK(rig.step() == 42s);
  rig.clock.advance(42s);
  CHECK(rig.step() == 1h);
}

TEST_CASE("what somebody has to mend pauses a feed until it is resumed", "[feed]") {
  const auto failure = GENERATE(Failure::kConfig, Failure::kDenied);
  CycleRig rig;
  rig.refuse(failure, "asking for a page: 401");
  rig.step();
  CHECK(rig.stands() == "paused: asking for a page: 401");
  CHECK_FALSE(rig.cycle->standing().due);
  rig.clock.advance(48h);
  rig.step();
  CHECK(rig.upstream.asked.size() == 1);
  SECTION("by hand") { rig.cycle->steer(); }
  SECTION("by a new start of the hub") { rig.restart(); }
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
}

TEST_CASE("a feed whose process dies three times at one cursor is paused with the blame", "[feed]") {
  CycleRig rig;
  for (int i = 0; i < 3; ++i) rig.refuse(Failure::kCrashed, "it was killed by signal 11");
  rig.go(2);
  CHECK(rig.stands() == "failing: it was killed by signal 11");
  rig.restart();  // the count outlives the hub
  rig.go(1);
  CHECK(rig.stands() == "paused: its process died three times at this cursor: it was killed by signal 11");
  rig.restart();  // and so does the pause
  rig.go(3);
  CHECK_THAT(rig.stands(), Catch::StartsWith("paused: its process died three times"));
  CHECK(rig.upstream.asked.size() == 3);
  REQUIRE(rig.store->feeds().pause("feed", FeedPause::kNone, ""));
  rig.cycle->steer();
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
}

TEST_CASE("crashes at different cursors are not counted together", "[feed]") {
  CycleRig rig;
  rig.upstream.records = 100;
  for (int i = 0; i < 4; ++i) {
    rig.refuse(Failure::kCrashed, "it was killed by signal 11");
    rig.go(2);
    CHECK_THAT(rig.stands(), !Catch::StartsWith("paused"));
    rig.step();
  }
}

TEST_CASE("an operator's pause holds until it is ended, over a restart", "[feed]") {
  CycleRig rig;
  rig.settle();
  REQUIRE(rig.store->feeds().pause("feed", FeedPause::kByOperator, "inventory"));
  rig.cycle->steer();
  rig.go(3);
  CHECK(rig.stands() == "paused: inventory");
  rig.restart();
  rig.go(3);
  CHECK(rig.upstream.asked.size() == 3);
  rig.upstream.records = 6;
  REQUIRE(rig.store->feeds().pause("feed", FeedPause::kNone, ""));
  rig.cycle->steer();
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4 r5");
}

TEST_CASE("a cursor that was set is read from at once", "[feed]") {
  CycleRig rig;
  rig.settle();
  REQUIRE(rig.store->feeds().set_cursor("feed", "1"));
  rig.cycle->steer();
  rig.settle();
  CHECK(rig.upstream.asked == std::vector<std::string>{"", "2", "4", "1", "3"});
  CHECK(rig.records() == "r0 r1 r2 r3 r4");  // what was read before counts once
}

TEST_CASE("a feed that is cancelled leaves nothing half done, and is not failing", "[feed]") {
  CycleRig rig;
  rig.trouble([&](FeedReceiver& out) -> Result<FeedAnswer> {
    REQUIRE(out.receive(Upstream::one(0)));
    rig.stop.request_stop();
    const auto refused = out.receive(Upstream::one(1));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().failure == Failure::kCancelled);
    CHECK_FALSE(out.commit("2"));  // one that does not listen
    return FeedAnswer{};
  });
  rig.step();
  CHECK(rig.records().empty());
  CHECK(rig.at().cursor.empty());
  CHECK_THAT(rig.stands(), !Catch::StartsWith("failing"));
}

TEST_CASE("what a poll leaves uncommitted is a failure, and is said again", "[feed]") {
  CycleRig rig;
  SECTION("events") {
    rig.trouble([](FeedReceiver& out) -> Result<FeedAnswer> {
      REQUIRE(out.receive(Upstream::one(0)));
      return FeedAnswer{};
    });
    rig.step();
    CHECK(rig.stands() == "failing: its poll ended with something that it had not committed");
  }
  SECTION("a word that there is more") {
    rig.trouble([](FeedReceiver&) -> Result<FeedAnswer> { return FeedAnswer{true}; });
    CHECK(rig.step() > Micros{0});
    CHECK(rig.stands() == "failing: it says that there is more, and has committed nothing");
  }
  SECTION("a cursor that does not move") {
    rig.trouble([](FeedReceiver& out) -> Result<FeedAnswer> {
      REQUIRE(out.commit(""));
      return FeedAnswer{true};
    });
    CHECK(rig.step() > Micros{0});
    CHECK_THAT(rig.stands(), Catch::StartsWith("failing"));
  }
  CHECK(rig.records().empty());
  rig.clock.advance(1s);
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
}

TEST_CASE("what the hub's rules refuse is quarantined in the unit", "[feed]") {
  CycleRig rig;
  rig.hooks.validate = [](const EventView& event, const DocumentArrival&) -> std::optional<Objection> {
    if (event.record == "r3") return Objection{"Patient", "is no person"};
    return std::nullopt;
  };
  rig.start();
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r4");
  CHECK(rig.store->look().quarantine(0, {}).value().at(0).reason == "is no person");
}

TEST_CASE("nothing is asked for while there is no room for it", "[feed]") {
  CycleRig rig;
  bool room = false;
  rig.hooks.room = [&]() -> Result<> {
    if (room) return Done{};
    return {Failure::kBusy, "12 MiB are free"};
  };
  rig.start();
  rig.go(3);
  CHECK(rig.stands() == "failing: 12 MiB are free");
  CHECK(rig.upstream.asked.empty());
  room = true;
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4");
}

TEST_CASE("nobody is told of what comes before the first end of a feed that begins with its register", "[feed]") {
  CycleRig rig;
  rig.settings.baseline = true;
  rig.start();
  rig.subscribe(1);
  rig.subscribe(5);
  const auto baseline_of = [&] {
    std::string text;
    const auto page = rig.store->routing().routable({}, 100, false);
    for (const auto& one : page->events) text += one.baseline ? 'b' : '-';
    return text;
  };
  CHECK(rig.step() == Micros{0});
  rig.restart();  // a first load may take several starts
  rig.settle();
  CHECK(baseline_of() == "bbbbb");
  rig.upstream.records = 7;
  rig.clock.advance(15min);
  rig.settle();
  CHECK(baseline_of() == "bbbbb--");
  // The setting says what the first load is, not what a later one is.
  rig.settings.baseline = false;
  rig.restart();
  rig.upstream.records = 8;
  rig.clock.advance(15min);
  rig.settle();
  rig.settings.baseline = true;
  rig.restart();
  rig.upstream.records = 9;
  rig.clock.advance(15min);
  rig.settle();
  CHECK(baseline_of() == "bbbbb----");
}

TEST_CASE("what was missed while the hub did not run is made good once, at its start", "[feed]") {
  CycleRig rig;
  rig.clock.set_wall(Instant{Date{std::chrono::year{2026} / 7 / 1}} + 5h);  // 08:00
  rig.settings.schedule = Schedule::parse("0 8 * * *").value();
  const bool catch_up = GENERATE(true, false);
  rig.settings.catch_up = catch_up;
  rig.start();
  rig.settle();
  CHECK(rig.due_in() == 24h);
  rig.clock.advance(3 * 24h + 1h);
  rig.upstream.asked.clear();
  rig.restart();
  rig.settle();
  CHECK(rig.upstream.asked.size() == (catch_up ? 1 : 0));
  CHECK(rig.due_in() == 23h);
  rig.clock.advance(23h);
  rig.settle();
  CHECK(rig.upstream.asked.size() == (catch_up ? 2 : 1));
}

TEST_CASE("feeds of one schedule are put off by their own share of the jitter, the same each time", "[feed]") {
  CycleRig rig;
  rig.settings.schedule = Schedule::parse("0 * * * *").value();
  rig.settings.jitter = 10min;
  std::set<Micros> shares;
  for (const char* instance : {"one", "two", "three"}) {
    rig.settings.instance = instance;
    rig.start();
    rig.settle();
    const Micros first = rig.due_in();
    CHECK(first < 10min);  // the time of this hour is still to come
    rig.clock.advance(first);
    rig.settle();
    CHECK(rig.due_in() == 60min);
    shares.insert(first);
    rig.clock.set_wall(Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}});
  }
  CHECK(shares.size() == 3);
}

TEST_CASE("a wall clock that is set back does not hold a feed up", "[feed]") {
  CycleRig rig;
  rig.settle();
  rig.clock.set_wall(rig.clock.now() - 30 * 24h);
  rig.upstream.records = 6;
  SECTION("while the hub does not run") {
    rig.restart();
    CHECK(rig.settle() == 15min);
    rig.clock.advance(15min);
  }
  SECTION("while it runs") {}
  rig.settle();
  CHECK(rig.records() == "r0 r1 r2 r3 r4 r5");
}

TEST_CASE("a worker polls on a thread of its own, is steered and stops", "[feed]") {
  StoreRig rig;
  Upstream upstream(3);
  FeedSettings settings;
  settings.instance = "feed";
  std::atomic<int> sealed{0};
  FeedHooks hooks;
  hooks.sealed = [&] { ++sealed; };
  FeedWorker worker(upstream, rig.store->feeds(), rig.clock, rig.random, settings, hooks);
  worker.start();
  while (!worker.idle()) ::usleep(1000);
  CHECK(sealed == 1);
  REQUIRE(rig.store->feeds().set_cursor("feed", ""));
  worker.steer();
  while (!worker.idle()) ::usleep(1000);
  worker.stop();
  CHECK(upstream.asked.size() == 2);
  CHECK(rig.store->look().events({}).value().size() == 3);
}

}  // namespace vestitel::test
