#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

namespace vestitel::test {
namespace {

// A hub with one sink for SMS, told of every channel whose budget is used up.
class SpendingRig : public StoreRig {
 public:
  explicit SpendingRig(std::map<Channel, Budget> per_day, const std::string& price = "") {
    rules_.per_day = std::move(per_day);
    terms("sms", {Channel::kSms}, price);
    subscribe(1, Channel::kSms, "+359888000001");
    begin();
  }
  void terms(const std::string& sink, std::vector<Channel> channels, const std::string& price) {
    rules_.sinks[sink] = {std::move(channels), parse_money(price).value_or(Money{})};
  }
  void begin() {
    REQUIRE(store->delivery().register_sink("sms", {true}));
    REQUIRE(store->delivery().limit_spending(rules_, [this](const BudgetUsedUp& one) {
      told += std::string(told.empty() ? "" : " ") + one.sink + ":" + std::string(to_text(one.channel)) + ":" +
              to_text(one.day) + (one.urgent_too ? ":urgent too" : "");
    }));
  }
  void restart() {
    reopen();
    begin();
  }
  void restart(std::map<Channel, Budget> per_day) {
    rules_.per_day = std::move(per_day);
    told.clear();
    restart();
  }
  // `count` messages more are owed.
  void owe(int count, std::uint32_t urgency = kOrdinary) {
    std::vector<Sheet> sheets;
    for (int i = 0; i < count; ++i) sheets.push_back({1, "r" + std::to_string(++records_)});
    deliver("d" + std::to_string(records_) + ".xml", sheets);
    priority = urgency;
    route("sms");
  }
  std::size_t leased(std::size_t limit = 100) { return lease("sms", limit).size(); }
  void at(Instant when) {
    clock.set_wall(when);
    REQUIRE(store->delivery().renew_leases());
  }
  // "sms 3 for 0.135 EUR", of the day that it is.
  std::string spent() {
    std::string text;
    const auto rows = store->look().spent(sofia_date(clock.now())).value();
    for (const SpentRow& row : rows)
      text += std::string(text.empty() ? "" : ", ") + std::string(to_text(row.channel)) + " " +
              std::to_string(row.spent.messages) +
              (row.currency.empty() ? "" : " for " + to_text(Money{row.spent.micros, row.currency}));
    return text;
  }

  std::string told;

 private:
  SpendingRules rules_;
  int records_ = 0;
};

const std::map<Channel, Budget> kTenMessages{{Channel::kSms, {10, ""}}};

}  // namespace

TEST_CASE("what a day's budget does not afford waits, and nothing of it dies", "[spending]") {
  SpendingRig rig({{Channel::kSms, *parse_budget("0.50 EUR")}}, "0.045 EUR");
  rig.owe(15);
  CHECK(rig.leased() == 10);  // nine tenths of 0.50 EUR
  CHECK(rig.leased() == 0);
  CHECK(rig.spent() == "sms 10 for 0.45 EUR");
  CHECK(rig.store->look().deliveries("ready", {}).value().size() == 5);
  CHECK(rig.store->look().deliveries("dead", {}).value().empty());
  CHECK(rig.told == "sms:sms:2026-11-22");
}

TEST_CASE("a budget is told as used up once a day, and again when urgent messages wait too", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.owe(12);
  CHECK(rig.leased() == 9);
  for (int i = 0; i < 3; ++i) CHECK(rig.leased() == 0);
  CHECK(rig.told == "sms:sms:2026-11-22");
  rig.owe(3, kUrgent);
  CHECK(rig.leased() == 1);
  for (int i = 0; i < 3; ++i) CHECK(rig.leased() == 0);
  CHECK(rig.told == "sms:sms:2026-11-22 sms:sms:2026-11-22:urgent too");
}

TEST_CASE("a budget is told as used up of each sink that serves the channel, at its own price", "[spending]") {
  SpendingRig rig({{Channel::kSms, *parse_budget("0.50 EUR")}}, "0.045 EUR");
  rig.terms("dear", {Channel::kEmail, Channel::kSms}, "0.40 EUR");
  rig.terms("free", {Channel::kSms}, "0 EUR");
  rig.terms("post", {Channel::kEmail}, "0.40 EUR");
  rig.begin();
  for (const char* sink : {"dear", "free", "post"}) REQUIRE(rig.store->delivery().register_sink(sink, {true}));
  rig.owe(15);
  CHECK(rig.leased(5) == 5);
  for (int turn = 0; turn < 2; ++turn)
    for (const char* sink : {"free", "post", "dear"}) CHECK(rig.lease(sink, 1).empty());
  CHECK(rig.told == "dear:sms:2026-11-22:urgent too");
  CHECK(rig.leased() == 5);
  CHECK(rig.leased() == 0);
  for (const char* sink : {"free", "post", "dear"}) CHECK(rig.lease(sink, 1).empty());
  CHECK(rig.told == "dear:sms:2026-11-22:urgent too sms:sms:2026-11-22");
}

TEST_CASE("urgent messages have the last tenth, go first, and go no further", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.owe(20);
  rig.owe(4, kUrgent);
  const auto leased = rig.lease("sms", 100);
  REQUIRE(leased.size() == 9);
  for (std::size_t i = 0; i < leased.size(); ++i) CHECK((leased[i].message.priority == kUrgent) == (i < 4));
  rig.owe(5, kUrgent);
  CHECK(rig.leased() == 1);
  CHECK(rig.leased() == 0);
}

TEST_CASE("the day of a budget begins at midnight in Sofia, also where clocks change", "[spending]") {
  struct Case {
    const char* name;
    Instant before, after;  // the last moment of a day, the first of the next
  };
  const auto c = GENERATE(values<Case>({
      {"winter", sys_days{year{2026} / 11 / 22} + 22h - 1us, sys_days{year{2026} / 11 / 22} + 22h},
      {"summer", sys_days{year{2026} / 7 / 1} + 21h - 1us, sys_days{year{2026} / 7 / 1} + 21h},
      {"the day of 23 hours begins", sys_days{year{2026} / 3 / 28} + 22h - 1us, sys_days{year{2026} / 3 / 28} + 22h},
      {"the day of 23 hours ends", sys_days{year{2026} / 3 / 29} + 21h - 1us, sys_days{year{2026} / 3 / 29} + 21h},
      {"the day of 25 hours begins", sys_days{year{2026} / 10 / 24} + 21h - 1us, sys_days{year{2026} / 10 / 24} + 21h},
      {"the day of 25 hours ends", sys_days{year{2026} / 10 / 25} + 22h - 1us, sys_days{year{2026} / 10 / 25} + 22h},
  }));
  CAPTURE(c.name);
  SpendingRig rig(kTenMessages);
  rig.at(c.before - 1h);  // for what is owed is due by then
  rig.owe(20);
  rig.at(c.before);
  CHECK(rig.leased() == 9);
  CHECK(rig.leased() == 0);
  rig.at(c.after);
  CHECK(rig.spent() == "");
  CHECK(rig.leased() == 9);
  CHECK(rig.leased() == 0);
}

TEST_CASE("an hour that comes twice is of one day", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.at(sys_days{year{2026} / 10 / 25} + 30min);  // 03:30, in summer time
  rig.owe(20);
  CHECK(rig.leased() == 9);
  rig.at(sys_days{year{2026} / 10 / 25} + 90min);  // 03:30 again
  CHECK(rig.leased() == 0);
  rig.at(sys_days{year{2026} / 10 / 25} + 21h + 30min);  // 23:30; a day of summer would be over
  CHECK(rig.leased() == 0);
}

TEST_CASE("a restart forgets nothing of what was spent", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.owe(20);
  CHECK(rig.leased(5) == 5);
  rig.restart();  // as after a kill: the five may have been sent
  CHECK(rig.spent() == "sms 5");
  CHECK(rig.leased() == 4);
  CHECK(rig.leased() == 0);
}

TEST_CASE("urgent messages that a lower budget holds back go as soon as it is raised", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.owe(8, kUrgent);
  CHECK(rig.leased(3) == 3);
  rig.restart({{Channel::kSms, {2, ""}}});
  CHECK(rig.leased() == 0);
  CHECK(rig.told == "sms:sms:2026-11-22:urgent too");
  rig.restart({{Channel::kSms, {4, ""}}});
  CHECK(rig.leased() == 1);
  CHECK(rig.leased() == 0);
  rig.restart({});
  CHECK(rig.leased() == 8);  // with those that were on their way at the restarts
  CHECK(rig.told == "");
}

TEST_CASE("an attempt counts where it may have cost money", "[spending]") {
  struct Case {
    const char* name;
    VerdictKind verdict;
    bool begun;
    const char* spent;
  };
  const auto c = GENERATE(values<Case>({
      {"taken", VerdictKind::kAccepted, true, "sms 1 for 0.10 EUR"},
      {"taken, by a sink that does not say when it begins", VerdictKind::kAccepted, false, "sms 1 for 0.10 EUR"},
      {"no answer", VerdictKind::kUnknown, true, "sms 1 for 0.10 EUR"},
      {"refused for now", VerdictKind::kRetry, true, "sms 0 for 0 EUR"},
      {"refused for good", VerdictKind::kPermanent, true, "sms 1 for 0.10 EUR"},
      {"a dead address", VerdictKind::kContactDead, true, "sms 1 for 0.10 EUR"},
      {"never begun", VerdictKind::kRetry, false, "sms 0 for 0 EUR"},
      {"too long to be sent", VerdictKind::kPermanent, false, "sms 0 for 0 EUR"},
      {"a wrong configuration", VerdictKind::kConfigError, true, "sms 0 for 0 EUR"},
  }));
  CAPTURE(c.name);
  SpendingRig rig(kTenMessages, "0.10 EUR");
  rig.owe(1);
  const auto leased = rig.lease("sms", 1).at(0);
  CHECK(rig.spent() == "sms 1 for 0.10 EUR");
  Settlement settlement{leased.message.outbox_id, leased.token, {}, c.begun, rig.clock.now() + 1h, false};
  settlement.verdict.kind = c.verdict;
  REQUIRE(rig.store->delivery().settle({&settlement, 1})->settled == 1);
  CHECK(rig.spent() == c.spent);
  CHECK(rig.store->delivery().settle({&settlement, 1})->stale == 1);  // again: it gives nothing back twice
  CHECK(rig.spent() == c.spent);
}

TEST_CASE("what is given back was spent on the day of its lease", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.at(sys_days{year{2026} / 11 / 22} + 21h + 59min);
  rig.owe(20);
  const auto late = rig.lease("sms", 1).at(0);
  rig.at(sys_days{year{2026} / 11 / 22} + 22h + 1min);
  CHECK(rig.leased(1) == 1);
  Settlement settlement{late.message.outbox_id, late.token, {}, false, rig.clock.now() + 48h, false};
  settlement.verdict.kind = VerdictKind::kRetry;
  REQUIRE(rig.store->delivery().settle({&settlement, 1}));
  CHECK(rig.spent() == "sms 1");
  CHECK(rig.store->look().spent(sofia_date(rig.clock.now() - 1h))->at(0).spent.messages == 0);
}

TEST_CASE("several who lease and settle at the same time never spend more than there is", "[spending]") {
  SpendingRig rig({{Channel::kSms, {100, ""}}});
  rig.owe(200);
  std::atomic<int> kept{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      int turn = t;
      for (;;) {
        const auto leased = rig.store->delivery().lease("sms", 3).value();
        if (leased.empty()) return;
        std::vector<Settlement> settlements;
        for (const LeasedMessage& one : leased) {
          const bool begun = ++turn % 3 != 0;
          settlements.push_back({one.message.outbox_id, one.token, {}, begun, rig.clock.now() + 1h, false});
          settlements.back().verdict.kind = begun ? VerdictKind::kDelivered : VerdictKind::kRetry;
          kept += begun ? 1 : 0;
        }
        if (!rig.store->delivery().settle(settlements)) return;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(kept <= 90);
  CHECK(rig.spent() == "sms " + std::to_string(kept.load()));
  while (!rig.lease("sms", 7).empty()) {
  }
  CHECK(rig.spent() == "sms 90");
}

TEST_CASE("a channel whose budget is used up holds up no other of its sink", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.subscribe(2, Channel::kEmail, "p2@example.test");
  rig.owe(300);
  rig.clock.advance(1s);
  rig.deliver("mail.xml", {{2, "m1"}});
  rig.route("sms");
  CHECK(rig.leased(50) == 9);
  const auto leased = rig.lease("sms", 50);
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].message.channel == Channel::kEmail);
}

TEST_CASE("over several channels of a sink the oldest message goes first", "[spending]") {
  SpendingRig rig({});
  rig.subscribe(2, Channel::kEmail, "p2@example.test");
  std::string order;
  for (int i = 0; i < 3; ++i) {
    rig.owe(1);
    rig.clock.advance(1s);
    rig.deliver("m" + std::to_string(i) + ".xml", {{2, "m" + std::to_string(i)}});
    rig.route("sms");
    rig.clock.advance(1s);
  }
  for (const LeasedMessage& one : rig.lease("sms", 5)) order += std::string(to_text(one.message.channel)) + " ";
  CHECK(order == "sms email sms email sms ");
}

TEST_CASE("a message that waited too long for a budget goes the way of all that are too old", "[spending]") {
  SpendingRig rig(kTenMessages);
  rig.expires = rig.clock.now() + 2h;
  rig.owe(10);
  CHECK(rig.leased() == 9);
  rig.at(sys_days{year{2026} / 11 / 23});
  const auto leased = rig.lease("sms", 10);
  REQUIRE(leased.size() == 1);  // its age is the worker's to judge: it is handed over, and buried unsent
  CHECK(leased[0].message.expires < rig.clock.now());
}

TEST_CASE("what has neither price nor budget is not counted", "[spending]") {
  SpendingRig rig({{Channel::kEmail, {10, ""}}});
  rig.owe(3);
  CHECK(rig.leased() == 3);
  CHECK(rig.spent() == "");
}

TEST_CASE("dead letters are listed by channel and replayed together; what is held is not among them", "[spending]") {
  SpendingRig rig({});
  rig.owe(4);
  for (const LeasedMessage& one : rig.lease("sms", 3)) REQUIRE(rig.settle(one, VerdictKind::kPermanent));
  REQUIRE(rig.store->delivery().register_sink("sms", {false}));
  for (int i = 0; i < 2; ++i) REQUIRE(rig.settle(rig.lease("sms", 1).at(0), VerdictKind::kUnknown));
  CHECK(rig.store->look().dead_letters(Channel::kEmail)->empty());
  const auto letters = rig.store->look().dead_letters(Channel::kSms).value();
  REQUIRE(letters.size() == 3);
  CHECK(letters[2].sink == "sms");
  std::vector<std::int64_t> ids{99};  // there is none of this number
  for (const DeadLetter& one : letters) ids.push_back(one.id);
  CHECK(rig.store->look().replay(std::span<const std::int64_t>(ids)).value() == 3);
  CHECK(rig.store->look().dead_letters(std::nullopt)->empty());
  CHECK(rig.leased() == 3);
}

TEST_CASE("a dead letter whose record was corrected since is not sent with all others", "[spending]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route();
  for (const LeasedMessage& one : rig.lease()) REQUIRE(rig.settle(one, VerdictKind::kPermanent));
  REQUIRE(rig.store->look().dead_letters(std::nullopt)->size() == 2);
  rig.deliver("b.xml", {{1, "r1", "2203999001", "I11", Revision::kCorrected}}, 1h);
  CHECK(rig.store->look().dead_letters(std::nullopt)->size() == 1);
}

}  // namespace vestitel::test
