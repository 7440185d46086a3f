#include "core/delivery/sink_worker.hpp"

#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGather{3};         // how long a first verdict waits for company while the sink is still at work
constexpr milliseconds kLookAgain{1'000};  // for what falls due by the clock alone
constexpr milliseconds kListen{200};       // as long a poll may be late

// What is said of the trial address says nothing of the person's.
Verdict of_trial(Verdict verdict) {
  if (verdict.kind != VerdictKind::kContactDead) return verdict;
  verdict.kind = VerdictKind::kConfigError;
  verdict.since.reset();
  verdict.reason.insert(0, "the address test_to is not taken: ");
  return verdict;
}

// What a crash leaves unsettled is sent again where nothing else is said; where keys are honoured, that does no harm.
// Where a person or the provider is to look at each of them, they stay few.
BatchSize batches_for(const SinkWorkerSettings& settings, const SinkLimits& limits) {
  std::size_t most = settings.batch == 0 ? limits.max_batch : std::min(settings.batch, limits.max_batch);
  if (settings.unknown != UnknownPolicy::kResend) most = std::min(most, BatchSize::kCareful);
  return BatchSize(most, limits.idempotent ? BatchSize::kUsual : BatchSize::kCareful);
}

std::unique_ptr<DoubtDesk> desk_for(Sink& sink, DeliveryStore& store, const Clock& clock, Random& random,
                                    const SinkWorkerSettings& settings) {
  if (settings.unknown != UnknownPolicy::kAsk) return nullptr;
  return std::make_unique<DoubtDesk>(sink, store, settings.sink, settings.policy, clock, random, settings.log);
}

}  // namespace

// Hands the sink's word on each message to the worker, with whether it had begun.
class SinkWorker::Receiver final : public SettleReceiver {
 public:
  Receiver(SinkWorker& worker, const Batch& batch) : worker_(worker), batch_(batch), begun_(batch.size()) {}
  void begin(std::size_t index) override {
    if (index < begun_.size()) begun_[index].store(true, std::memory_order_relaxed);
  }
  void settle(std::size_t index, const Verdict& verdict) override {
    if (index >= batch_.size()) return;
    VESTITEL_FAULT_POINT("delivery.after_send");
    taken_.fetch_add(is_taken(verdict.kind) ? 1 : 0, std::memory_order_relaxed);
    worker_.settled(batch_[index], verdict, begun_[index].load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  SinkWorker& worker_;
  const Batch& batch_;
  std::atomic<std::size_t> taken_{0};
  std::vector<std::atomic<bool>> begun_;
};

SinkWorker::SinkWorker(Sink& sink, DeliveryStore& store, const Clock& clock, Random& random,
                       SinkWorkerSettings settings)
    : sink_(sink),
      store_(store),
      clock_(clock),
      random_(random),
      settings_(std::move(settings)),
      limits_(sink.limits()),
      batch_(batches_for(settings_, limits_)),
      health_(settings_.sink, settings_.log),
      dead_(settings_.dead_share),
      listener_(sink, settings_.sink, settings_.receipts_every, clock,
                desk_for(sink, store, clock, random, settings_)) {
  tokens_ = settings_.rate_count;
  tokens_at_ = clock_.monotonic();
}

SinkWorker::~SinkWorker() { stop(milliseconds(0)); }

Result<> SinkWorker::enroll() {
  const SinkTraits traits{limits_.idempotent, settings_.receipts_within, settings_.silence_is_fine, settings_.unknown};
  return store_.register_sink(settings_.sink, traits);
}

void SinkWorker::start() {
  deliver_thread_ = std::thread([this] { deliver_loop(); });
  store_thread_ = std::thread([this] { store_loop(); });
}

void SinkWorker::wake() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
    idle_ = false;
  }
  store_wake_.notify_one();
}

void SinkWorker::offer(std::string head, std::string body, Answer answer) {
  listener_.offer({head, body}, std::move(answer));
  { const std::lock_guard lock(mutex_); }  // who is about to wait sees it
  deliver_wake_.notify_all();
}

void SinkWorker::begin_stop() {
  listener_.close();
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  deliver_wake_.notify_all();
  store_wake_.notify_all();
}

SinkStanding SinkWorker::standing() const {
  const std::lock_guard lock(mutex_);
  return health_.standing(clock_.monotonic());
}

void SinkWorker::stop(milliseconds drain) {
  begin_stop();
  {
    std::unique_lock lock(mutex_);
    if (delivering_ && !store_wake_.wait_for(lock, drain, [this] { return !delivering_; })) {
      lock.unlock();
      sink_.cancel();
    }
  }
  if (deliver_thread_.joinable()) deliver_thread_.join();
  {
    const std::lock_guard lock(mutex_);
    give_back();
  }
  store_wake_.notify_all();
  if (!store_thread_.joinable()) return;
  store_thread_.join();
  health_.close(clock_.monotonic());
}

// What was leased ahead and never handed over goes back as it was: nobody can have acted on it.
void SinkWorker::give_back() {
  if (!next_) return;
  const Verdict not_sent{VerdictKind::kRetry, RetryScope::kMessage, {}, {}, {}, "the hub stopped before it was sent"};
  for (const LeasedMessage& leased : *next_)
    verdicts_.push_back({leased.message.outbox_id, leased.token, not_sent, false, clock_.now(), false});
  next_.reset();
}

// ---- the sink's thread ----------------------------------------------------------------------------------------

void SinkWorker::deliver_loop() {
  name_thread("vst-sink");
  for (;;) {
    Batch batch;
    if (!wait_for_batch(batch)) return;
    store_wake_.notify_all();
    if (batch.empty())
      listener_.work();
    else
      deliver(std::move(batch));
    {
      const std::lock_guard lock(mutex_);
      delivering_ = false;
      poked_ = true;  // what was asked for meanwhile found the sink at work
    }
    store_wake_.notify_all();
  }
}

// False: there is nothing left to do, ever. An empty batch: somebody is to be heard, every other time at most; what is
// leased meanwhile stays here, where a stop finds it.
bool SinkWorker::wait_for_batch(Batch& batch) {
  std::unique_lock lock(mutex_);
  const auto called = [this] { return stopping_ || failed_ || next_.has_value() || listener_.due(); };
  while (!called()) deliver_wake_.wait_for(lock, kListen, called);
  if (stopping_ || failed_) return false;
  if (next_ && (heard_last_ || !listener_.due())) {
    batch = std::move(*next_);
    next_.reset();
    unsettled_ = batch.size();
    ahead_at_ = ahead_at(unsettled_);
  }
  heard_last_ = batch.empty();
  return delivering_ = true;
}

void SinkWorker::bury_expired(Batch& batch) {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  unsettled_ -= std::erase_if(batch, [&](const LeasedMessage& leased) {
    auto settlement = expired_settlement(leased, now);
    if (settlement) verdicts_.push_back(std::move(*settlement));
    return settlement.has_value();
  });
}

void SinkWorker::deliver(Batch batch) {
  if (batch.empty()) return;
  bury_expired(batch);
  if (batch.empty()) return;
  std::vector<Message> messages;
  messages.reserve(batch.size());
  for (const LeasedMessage& leased : batch) {
    messages.push_back(leased.message);
    messages.back().deadline = clock_.now() + limits_.max_send;
    if (redirected()) messages.back().to = settings_.test_to;
  }
  counts_.attempts += batch.size();
  VESTITEL_FAULT_POINT("delivery.before_send");
  Receiver receiver(*this, batch);
  const Micros began = clock_.monotonic();
  if (auto delivered = sink_.deliver(messages, receiver); !delivered)
    log::warning("sink_call_failed", {{"sink", settings_.sink}, {"reason", delivered.error().message}});
  const std::lock_guard lock(mutex_);
  batch_.delivered(batch.size(), receiver.taken(), clock_.monotonic() - began);
}

void SinkWorker::settled(const LeasedMessage& leased, const Verdict& given, bool begun) {
  const std::lock_guard lock(mutex_);
  if (unsettled_ > 0) --unsettled_;
  const Verdict verdict =
      redirected() ? of_trial(given) : dead_.judged({leased.recipient, leased.message.channel}, given);
  verdicts_.push_back(settlement_for(leased, verdict, begun, clock_.now(), settings_.policy, random_));
  const auto pause = pause_for(verdict, health_.pauses_in_a_row() + 1, settings_.policy, random_);
  if (!stopping_)
    health_.judged(verdict, pause, clock_.monotonic());  // what a stop cuts short says nothing of the sink
  if (verdicts_.size() == 1) store_wake_.notify_all();
}

// ---- the store's thread ---------------------------------------------------------------------------------------

// How many of a batch are unsettled when the next is leased.
std::size_t SinkWorker::ahead_at(std::size_t batch) const {
  if (settings_.unknown != UnknownPolicy::kResend) return 0;
  return limits_.idempotent ? batch / 2 : batch / 4;
}

std::size_t SinkWorker::wanted() const {
  if (stopping_ || next_.has_value()) return 0;
  if (delivering_ && unsettled_ > ahead_at_) return 0;
  const Micros now = clock_.monotonic();
  if (health_.paused(now) || (!poked_ && now < look_again_)) return 0;
  if (settings_.rate_count == 0) return batch_.value();
  const double gained =
      static_cast<double>((now - tokens_at_).count()) / (1'000.0 * static_cast<double>(settings_.rate_per.count()));
  const double available = std::min<double>(settings_.rate_count, tokens_ + gained * settings_.rate_count);
  return std::min(batch_.value(), static_cast<std::size_t>(available));
}

void SinkWorker::take_tokens(std::size_t n) {
  if (settings_.rate_count == 0 || n == 0) return;
  const Micros now = clock_.monotonic();
  const double gained =
      static_cast<double>((now - tokens_at_).count()) / (1'000.0 * static_cast<double>(settings_.rate_per.count()));
  tokens_ = std::min<double>(settings_.rate_count, tokens_ + gained * settings_.rate_count) - static_cast<double>(n);
  tokens_at_ = now;
}

// False: there is nothing left to do, ever.
bool SinkWorker::wait_for_work(std::unique_lock<std::mutex>& lock) {
  listener_.expire();
  while (verdicts_.empty() && wanted() == 0) {
    if (stopping_ && !delivering_ && !next_) return false;  // what was leased ahead is given back first
    health_.tick(clock_.monotonic());
    store_wake_.wait_for(lock, settings_.rate_count > 0 ? milliseconds(20) : milliseconds(200));
    listener_.expire();
  }
  if (!verdicts_.empty() && delivering_)
    store_wake_.wait_for(lock, kGather, [this] { return !delivering_ || stopping_; });
  return true;
}

void SinkWorker::store_loop() {
  name_thread("vst-leases");
  for (;;) {
    std::vector<Settlement> settlements;
    std::vector<Recipient> wrongly_dead;  // by what has been settled, or is now
    std::size_t limit = 0;
    {
      std::unique_lock lock(mutex_);
      if (!wait_for_work(lock)) return;
      settlements.swap(verdicts_);
      wrongly_dead = dead_.take_back();
      limit = wanted();
      if (limit > 0) poked_ = false;
    }
    for (const Settlement& settlement : settlements) count(settlement);
    auto done = store_.settle_and_lease(settlements, settings_.sink, limit);
    if (auto revived = revive(wrongly_dead); done && !revived) done = revived.error();
    const std::lock_guard lock(mutex_);
    if (!done && done.error().failure == Failure::kBusy) {  // what was leased could not be read, and fell due again
      log::warning("delivery_put_off", {{"sink", settings_.sink}, {"reason", done.error().message}});
      look_again_ = clock_.monotonic() + kLookAgain;
      continue;
    }
    if (!done) {
      log::error("delivery_stopped", {{"sink", settings_.sink}, {"reason", done.error().message}});
      failed_ = true;
      deliver_wake_.notify_all();
      return;
    }
    if (stopping_) done->settled.put_off = 0;  // what the stop itself puts off is no news
    health_.settled(done->settled, clock_.monotonic());
    std::vector<LeasedMessage>& leased = done->leased;
    take_tokens(leased.size());
    if (limit > 0 && leased.empty() && !poked_) look_again_ = clock_.monotonic() + kLookAgain;
    if (limit > 0 && !leased.empty()) poked_ = true;
    idle_ = limit > 0 && leased.empty() && !delivering_ && verdicts_.empty() && !poked_;
    if (leased.empty()) continue;
    next_ = std::move(leased);
    if (stopping_) give_back();  // the sink's thread takes nothing any more
    deliver_wake_.notify_one();
  }
}

Result<> SinkWorker::revive(const std::vector<Recipient>& recipients) {
  if (recipients.empty()) return Done{};
  settings_.log(log::Level::kError, "addresses_revived", {{"sink", settings_.sink}, {"addresses", recipients.size()}});
  return store_.revive(recipients);
}

void SinkWorker::count(const Settlement& settlement) {
  switch (settlement.verdict.kind) {
    case VerdictKind::kAccepted:
    case VerdictKind::kDelivered: ++counts_.told; return;
    case VerdictKind::kUnknown: ++counts_.unknown; return;
    case VerdictKind::kPermanent:
    case VerdictKind::kContactDead: ++counts_.buried; return;
    default: ++(settlement.bury ? counts_.buried : counts_.retried);
  }
}

}  // namespace vestitel
