#include <catch2/catch.hpp>

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include "core/delivery/sink_worker.hpp"
#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

// Answers every message with `answer`, once the gate is open.
class GatedSink final : public Sink {
 public:
  explicit GatedSink(bool open) : open_(open) {}
  SinkLimits limits() const override { return {10, 1000ms, true}; }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_ || cancelled_; });
    Verdict verdict;
    verdict.kind = cancelled_ ? VerdictKind::kRetry : VerdictKind::kDelivered;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (!cancelled_) out.begin(i);
      out.settle(i, verdict);
    }
    delivered_ += cancelled_ ? 0 : messages.size();
    changed_.notify_all();
    return Done{};
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait_delivered(std::size_t n) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] { return delivered_ >= n; });
  }
  bool wait_called() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] { return calls_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_, cancelled_ = false;
  std::size_t delivered_ = 0, calls_ = 0;
};

// Hears, and does one thing at a time.
class OneThingSink final : public Sink {
 public:
  SinkLimits limits() const override {
    SinkLimits limits{10, 1000ms, true};
    limits.hears_callbacks = limits.polls_receipts = true;
    return limits;
  }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    const Once once(*this);
    for (std::size_t i = 0; i < messages.size(); ++i)
      out.settle(i, Verdict{VerdictKind::kDelivered, {}, {}, {}, {}, {}});
    return Done{};
  }
  Result<> hear(const ProviderCall&) override {
    const Once once(*this);
    ++heard;
    return Done{};
  }
  Result<bool> poll_receipts(std::uint32_t) override {
    const Once once(*this);
    ++polls;
    return false;
  }
  void cancel() override {}

  std::atomic<int> heard{0}, polls{0}, beside{0};

 private:
  struct Once {
    explicit Once(OneThingSink& s) : sink(s), others(sink.busy_++) { sink.beside += others; }
    ~Once() { --sink.busy_; }
    OneThingSink& sink;
    const int others;
  };
  std::atomic<int> busy_{0};
};

// Calls every address gone.
class GoneSink final : public Sink {
 public:
  SinkLimits limits() const override { return {4, 1000ms, true}; }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    Verdict verdict;
    verdict.kind = VerdictKind::kContactDead;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      elsewhere += messages[i].to.reveal() == kTrial ? 0 : 1;
      out.settle(i, verdict);
    }
    answered += messages.size();
    return Done{};
  }
  void cancel() override {}

  static constexpr const char* kTrial = "trial@example.test";
  std::atomic<std::size_t> answered{0}, elsewhere{0};
};

// Takes each message and loses its answer; asked, it knows what it took.
class ForgetfulSink final : public Sink {
 public:
  SinkLimits limits() const override {
    SinkLimits limits{10, 1000ms, false};
    limits.max_ask = 10;
    return limits;
  }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      out.begin(i);
      ++taken_[messages[i].idem_key];
      out.settle(i, Verdict{VerdictKind::kUnknown, {}, {}, {}, {}, "no answer"});
    }
    return Done{};
  }
  Result<std::vector<Verdict>> ask(std::span<const Doubt> doubts) override {
    const std::lock_guard lock(mutex_);
    std::vector<Verdict> answers(doubts.size());
    for (std::size_t i = 0; i < doubts.size(); ++i)
      answers[i].kind = taken_[doubts[i].idem_key] > 0 ? VerdictKind::kDelivered : VerdictKind::kRetry;
    return answers;
  }
  void cancel() override {}
  // How often each was taken: "1 1".
  std::string taken() {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [key, times] : taken_) out += (out.empty() ? "" : " ") + std::to_string(times);
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> taken_;
};

// Is through with whatever it is given, at once.
class QuickSink final : public Sink {
 public:
  explicit QuickSink(bool honours_keys) : honours_keys_(honours_keys) {}
  SinkLimits limits() const override { return {1'000, 1000ms, honours_keys_}; }
  Result<> check() override { return Done{}; }
  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    largest = std::max(largest.load(), messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i)
      out.settle(i, Verdict{VerdictKind::kDelivered, {}, {}, {}, {}, {}});
    delivered += messages.size();
    return Done{};
  }
  void cancel() override {}

  std::atomic<std::size_t> largest{0}, delivered{0};

 private:
  const bool honours_keys_;
};

void wait_until_failing(const SinkWorker& worker) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!worker.standing().failing && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
}

SinkWorkerSettings named(const char* sink) {
  SinkWorkerSettings settings;
  settings.sink = sink;
  return settings;
}

std::size_t largest_batch(bool honours_keys, UnknownPolicy unknown) {
  constexpr std::size_t kMessages = 600;
  StoreRig rig;
  rig.subscribe(1);
  std::vector<Sheet> sheets;
  for (std::size_t i = 0; i < kMessages; ++i) sheets.push_back({1, "r" + std::to_string(i)});
  rig.deliver("a.xml", sheets);
  rig.route();
  QuickSink sink(honours_keys);
  auto settings = named("mail");
  settings.unknown = unknown;
  SinkWorker worker(sink, rig.store->delivery(), rig.clock, rig.random, std::move(settings));
  REQUIRE(worker.enroll());
  worker.start();
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (sink.delivered < kMessages && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  worker.stop(30s);
  CHECK(sink.delivered == kMessages);
  return sink.largest;
}

}  // namespace

TEST_CASE("a sink that never answers holds up no other", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route("stuck");
  rig.deliver("b.xml", {{1, "r3"}, {1, "r4"}});
  rig.route("quick");
  GatedSink stuck(false);
  GatedSink quick(true);
  SinkWorker first(stuck, rig.store->delivery(), rig.clock, rig.random, named("stuck"));
  SinkWorker second(quick, rig.store->delivery(), rig.clock, rig.random, named("quick"));
  REQUIRE(first.enroll());
  first.start();
  REQUIRE(stuck.wait_called());
  REQUIRE(second.enroll());
  second.start();
  CHECK(quick.wait_delivered(2));
  second.stop(30s);
  CHECK(rig.state() == "e-1-1:leased e-1-2:leased e-2-1:delivered e-2-2:delivered");
  stuck.open();
  first.stop(30s);
  CHECK(rig.state() == "e-1-1:delivered e-1-2:delivered e-2-1:delivered e-2-2:delivered");
}

TEST_CASE("a sink hears and asks between its batches, one thing at a time", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  std::vector<Sheet> sheets;
  for (int i = 0; i < 200; ++i) sheets.push_back({1, "r" + std::to_string(i)});
  rig.deliver("a.xml", sheets);
  rig.route("both");
  OneThingSink sink;
  SinkWorkerSettings settings = named("both");
  settings.receipts_every = 60s;
  SinkWorker worker(sink, rig.store->delivery(), rig.clock, rig.random, settings);
  REQUIRE(worker.enroll());
  worker.start();
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 40; ++i) {
    const auto promise = std::make_shared<std::promise<bool>>();
    calls.push_back(promise->get_future());
    worker.offer("h", "b", [promise](Result<> went) { promise->set_value(went.ok()); });
  }
  for (auto& call : calls) CHECK(call.get());
  worker.stop(30s);
  CHECK(sink.heard == 40);
  CHECK(sink.polls == 1);
  CHECK(sink.beside == 0);
  bool late = true;
  worker.offer("h", "b", [&](Result<> went) { late = went.ok(); });
  CHECK_FALSE(late);
}

TEST_CASE("a stop gives back what was not sent, and nothing counts as unknown", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  std::vector<Sheet> sheets;
  for (int i = 0; i < 25; ++i) sheets.push_back({1, "r" + std::to_string(i)});
  rig.deliver("a.xml", sheets);
  rig.route("stuck");
  GatedSink stuck(false);
  SinkWorker worker(stuck, rig.store->delivery(), rig.clock, rig.random, named("stuck"));
  REQUIRE(worker.enroll());
  worker.start();
  REQUIRE(stuck.wait_called());
  worker.stop(0ms);
  const std::string state = rig.state();
  CHECK(state.find("leased") == std::string::npos);
  CHECK(state.find("unknown") == std::string::npos);
  CHECK(rig.store->look().books()->balanced());
}

TEST_CASE("a crash leaves few to a person or to the provider", "[worker]") {
  CHECK(largest_batch(true, UnknownPolicy::kResend) == 600);
  CHECK(largest_batch(false, UnknownPolicy::kResend) > 100);
  CHECK(largest_batch(true, UnknownPolicy::kHold) == 100);
  CHECK(largest_batch(false, UnknownPolicy::kAsk) == 100);
}

TEST_CASE("in a trial every message goes to one address, of which nothing is learnt of people's", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.subscribe(2);
  rig.deliver("a.xml", {{1, "r1"}, {2, "r2"}});
  rig.route("push");
  GoneSink sink;
  SinkWorkerSettings settings = named("push");
  settings.test_to = PersonalText(GoneSink::kTrial);
  SinkWorker worker(sink, rig.store->delivery(), rig.clock, rig.random, settings);
  REQUIRE(worker.enroll());
  worker.start();
  wait_until_failing(worker);
  worker.stop(30s);
  CHECK(sink.elsewhere == 0);
  CHECK(worker.standing().failing);
  const auto page = rig.store->routing().routable({}, 100, false);
  for (const RoutableEvent& event : page->events) CHECK(event.subscriptions.at(0).reachable);
  CHECK(rig.state() == "e-1-1:ready e-1-2:ready");
}

TEST_CASE("a sink that calls everybody gone costs nobody their address", "[worker]") {
  StoreRig rig;
  std::vector<Sheet> sheets;
  for (int person = 1; person <= 30; ++person) {
    rig.subscribe(person);
    sheets.push_back({person, "r" + std::to_string(person)});
  }
  rig.deliver("a.xml", sheets);
  rig.route("push");
  GoneSink sink;
  SinkWorker worker(sink, rig.store->delivery(), rig.clock, rig.random, named("push"));
  REQUIRE(worker.enroll());
  worker.start();
  wait_until_failing(worker);
  worker.stop(30s);
  CHECK(sink.answered < 30);
  const auto page = rig.store->routing().routable({}, 100, false);
  REQUIRE(page->events.size() == 30);
  for (const RoutableEvent& event : page->events) CHECK(event.subscriptions.at(0).reachable);
}

TEST_CASE("what has expired is not handed to the sink, and its row keeps the last real cause", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.expires = rig.clock.now() + 1h;
  rig.route("quick");
  const auto leased = rig.lease("quick");
  REQUIRE(leased.size() == 1);
  Verdict refused;
  refused.kind = VerdictKind::kRetry;
  refused.reason = "connection refused";
  REQUIRE(rig.store->delivery().settle(
      std::vector<Settlement>{{leased[0].message.outbox_id, leased[0].token, refused, false, rig.clock.now(), false}}));
  REQUIRE(leased[0].message.expires > rig.clock.now());
  rig.clock.advance(leased[0].message.expires - rig.clock.now() + 1s);
  REQUIRE(rig.store->delivery().renew_leases());  // as the hub does all the time
  GatedSink quick(true);
  SinkWorker worker(quick, rig.store->delivery(), rig.clock, rig.random, named("quick"));
  REQUIRE(worker.enroll());
  worker.start();
  const auto patience = std::chrono::steady_clock::now() + 30s;  // reached only when something is wrong
  while (rig.state().find("dead") == std::string::npos && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  worker.stop(30s);
  const auto row = rig.store->look().delivery(leased[0].message.outbox_id);
  REQUIRE((row && *row));
  CHECK((*row)->state == "dead");
  CHECK((*row)->history.back().verdict == VerdictKind::kRetry);
  CHECK((*row)->history.back().reason.find("connection refused") != std::string::npos);
}

TEST_CASE("the store's own count of what died and what waits for a person reaches the log", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route("mail");
  const auto leased = rig.lease("mail");
  REQUIRE(leased.size() == 2);
  std::vector<Settlement> settlements;
  for (const LeasedMessage& one : leased)
    settlements.push_back({one.message.outbox_id, one.token, {}, true, rig.clock.now(), false});
  settlements[0].verdict.kind = VerdictKind::kPermanent;
  settlements[1].verdict.kind = VerdictKind::kUnknown;
  const auto done = rig.store->delivery().settle_and_lease(settlements, "mail", 10);
  REQUIRE(done);
  CHECK(done->settled.dead == 1);
  CHECK(done->settled.put_off == 1);
  REQUIRE(done->leased.size() == 1);
  Settlement again{done->leased[0].message.outbox_id, done->leased[0].token, {}, true, rig.clock.now(), false};
  const auto held = rig.store->delivery().settle({&again, 1});
  REQUIRE(held);
  CHECK(held->held == 1);
}

TEST_CASE("a message whose answer was lost is asked about and not sent again", "[worker]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.deliver("a.xml", {{1, "r1"}, {1, "r2"}});
  rig.route();
  ForgetfulSink sink;
  auto settings = named("mail");
  settings.unknown = UnknownPolicy::kAsk;
  settings.policy.base = 1ms;
  settings.policy.cap = 1ms;
  SinkWorker worker(sink, rig.store->delivery(), rig.clock, rig.random, std::move(settings));
  REQUIRE(worker.enroll());
  worker.start();
  const std::string told = "e-1-1:delivered e-1-2:delivered";
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (rig.state() != told && std::chrono::steady_clock::now() < give_up) {
    rig.clock.advance(1s);
    std::this_thread::yield();
  }
  worker.stop(30s);
  CHECK(rig.state() == told);
  CHECK(sink.taken() == "1 1");
}

}  // namespace vestitel::test
