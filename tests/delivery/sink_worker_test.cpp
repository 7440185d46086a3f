#include <catch2/catch.hpp>

#include <condition_variable>
#include <future>
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

SinkWorkerSettings named(const char* sink) {
  SinkWorkerSettings settings;
  settings.sink = sink;
  return settings;
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
  REQUIRE(first.start());
  REQUIRE(stuck.wait_called());
  REQUIRE(second.start());
  CHECK(quick.wait_delivered(2));
  second.stop(30s);
  CHECK(rig.state() == "e-1-1:leased e-1-2:leased e-2-1:delivered e-2-2:delivered");
  stuck.open();
  first.stop(30s);
  CHECK(rig.state() == "e-1-1:delivered e-1-2:delivered e-2-1:delivered e-2-2:delivered");
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
  REQUIRE(worker.start());
  REQUIRE(stuck.wait_called());
  worker.stop(0ms);
  const std::string state = rig.state();
  CHECK(state.find("leased") == std::string::npos);
  CHECK(state.find("unknown") == std::string::npos);
  CHECK(rig.store->look().books()->balanced());
}

}  // namespace vestitel::test
