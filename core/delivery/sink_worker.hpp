// Delivers what is owed through one sink. Every sink has a worker of its own, so that a slow or dead one holds up
// neither another nor the intake.
//
// Two threads: one hands batches to the sink, the other talks to the store. A verdict is settled as soon as it is
// known, together with what else has gathered. The next batch is leased when half of this one is settled, or all but a
// quarter where the sink honours no keys, or all where what is unknown waits for somebody: what is leased and not begun
// when the process dies counts as unknown.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/delivery/batch_size.hpp"
#include "core/delivery/dead_share.hpp"
#include "core/delivery/policy.hpp"
#include "core/delivery/sink_health.hpp"
#include "core/delivery/sink_listener.hpp"
#include "core/ports/delivery_store.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

struct SinkWorkerSettings {
  std::string sink;       // instance id
  std::size_t batch = 0;  // 0: as many as the sink takes
  DeliveryPolicy policy;
  std::uint32_t rate_count = 0;  // at most so many messages in each `rate_per`; 0: no limit
  std::chrono::milliseconds rate_per{1'000};
  std::chrono::milliseconds receipts_every{0};  // how often the sink may ask for receipts; 0: never
  std::chrono::seconds receipts_within{0};      // how long a receipt is waited for; 0: the sink gives none
  bool silence_is_fine = false;                 // where none comes in that time
  UnknownPolicy unknown = UnknownPolicy::kResend;
  PersonalText test_to;      // every message goes to this address, and nothing is believed of people's; "": to its own
  unsigned dead_share = 20;  // percent of answers that may call an address dead; 100: any
  LogWriter log = log::write;
};

struct DeliveryCounts {
  std::atomic<std::uint64_t> attempts{0}, told{0}, retried{0}, unknown{0}, buried{0}, stale{0};
};

class SinkWorker final : public ProviderCallTaker {
 public:
  // Borrows all but the settings.
  SinkWorker(Sink& sink, DeliveryStore& store, const Clock& clock, Random& random, SinkWorkerSettings settings);
  ~SinkWorker() override;
  SinkWorker(const SinkWorker&) = delete;
  SinkWorker& operator=(const SinkWorker&) = delete;

  Result<> enroll();  // says in the store what the sink is like: before old leases are void, which goes by it
  void start();       // begins; it is enrolled
  void wake();        // there may be something to send. Thread: any
  void offer(std::string head, std::string body, Answer answer) override;
  void close_to_calls() { listener_.close(); }  // providers shall come again later. Thread: any
  // No new send starts. Returns at once, so that several workers drain at the same time.
  void begin_stop();
  // No new send starts; running ones may end within `drain`, then the sink is told to return. Settles what it answered.
  void stop(std::chrono::milliseconds drain);

  // True when nothing is leased and nothing was due at the last look. Thread: any.
  [[nodiscard]] bool idle() const { return idle_.load(); }
  [[nodiscard]] SinkStanding standing() const;
  [[nodiscard]] const DeliveryCounts& counts() const { return counts_; }
  [[nodiscard]] const std::string& name() const { return settings_.sink; }

 private:
  class Receiver;
  using Batch = std::vector<LeasedMessage>;

  void deliver_loop();
  bool wait_for_batch(Batch& batch);
  void store_loop();
  void deliver(Batch batch);
  void bury_expired(Batch& batch);
  void settled(const LeasedMessage& leased, const Verdict& given, bool begun);
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  bool redirected() const { return !settings_.test_to.reveal().empty(); }
  std::size_t wanted() const;  // under mutex_: how many may be leased now
  std::size_t ahead_at(std::size_t batch) const;
  void give_back();  // under mutex_
  void count(const Settlement& settlement);
  void take_tokens(std::size_t n);
  Result<> revive(const std::vector<Recipient>& recipients);

  Sink& sink_;
  DeliveryStore& store_;
  const Clock& clock_;
  Random& random_;
  SinkWorkerSettings settings_;
  SinkLimits limits_;

  mutable std::mutex mutex_;
  std::condition_variable store_wake_, deliver_wake_;
  // under mutex_
  BatchSize batch_;
  std::vector<Settlement> verdicts_;
  std::optional<Batch> next_;
  bool delivering_ = false, stopping_ = false, poked_ = true, failed_ = false;
  SinkHealth health_;
  DeadShare dead_;
  Micros look_again_{0};                      // monotonic
  std::size_t unsettled_ = 0, ahead_at_ = 0;  // of the batch that the sink has
  double tokens_ = 0;
  Micros tokens_at_{0};

  SinkListener listener_;
  bool heard_last_ = false;  // the sink's thread
  std::atomic<bool> idle_{false};
  DeliveryCounts counts_;
  std::thread deliver_thread_, store_thread_;
};

}  // namespace vestitel
