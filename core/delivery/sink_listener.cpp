#include "core/delivery/sink_listener.hpp"

#include <utility>

#include "core/base/log.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kMostReceipts = 500;  // of one poll
constexpr int kMostPolls = 20;                // in a row: messages wait meanwhile

Result<> come_again(const char* why) { return {Failure::kBusy, why}; }

}  // namespace

SinkListener::SinkListener(Sink& sink, std::string name, std::chrono::milliseconds every, const Clock& clock,
                           std::unique_ptr<DoubtDesk> desk)
    : sink_(sink),
      name_(std::move(name)),
      every_(every),
      clock_(clock),
      polls_(sink.limits().polls_receipts && every.count() > 0),
      desk_(std::move(desk)),
      next_poll_(clock.monotonic()) {}

void SinkListener::offer(ProviderCall call, ProviderCallTaker::Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_ && waiting_.size() < kMostWaiting) {
      waiting_.push_back(
          {std::string(call.head), std::string(call.body), std::move(answer), clock_.monotonic() + kLongestWait});
      return;
    }
  }
  answer(come_again("too many calls wait for the sink"));
}

bool SinkListener::due() const {
  const std::lock_guard lock(mutex_);
  return !closed_ && (!waiting_.empty() || poll_due() || (desk_ && desk_->due()));
}

bool SinkListener::poll_due() const { return !closed_ && polls_ && clock_.monotonic() >= next_poll_; }

void SinkListener::work() {
  for (std::size_t heard = 0; heard < kMostWaiting; ++heard) {
    Waiting one;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) break;
      one = std::move(waiting_.front());
      waiting_.pop_front();
    }
    auto went = sink_.hear({one.head, one.body});
    if (!went) log::warning("provider_call_failed", {{"sink", name_}, {"reason", went.error().message}});
    one.answer(std::move(went));
  }
  bool poll_now = false;
  {
    const std::lock_guard lock(mutex_);
    poll_now = poll_due();
  }
  if (poll_now) poll();
  if (desk_ && !closed()) desk_->work();
}

void SinkListener::poll() {
  Result<bool> more = true;
  for (int i = 0; more && *more && i < kMostPolls && !closed(); ++i) more = sink_.poll_receipts(kMostReceipts);
  polled(more);
  const std::lock_guard lock(mutex_);
  next_poll_ = clock_.monotonic() + (more && *more ? std::chrono::milliseconds{0} : every_);
}

bool SinkListener::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

// Said once when it begins to fail, and once when it is over.
void SinkListener::polled(const Result<bool>& more) {
  if (!more && !failing_) log::warning("receipts_not_read", {{"sink", name_}, {"reason", more.error().message}});
  if (more && failing_) log::info("receipts_read_again", {{"sink", name_}});
  failing_ = !more;
}

void SinkListener::expire() {
  std::deque<Waiting> over;
  {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_.monotonic();
    while (!waiting_.empty() && waiting_.front().until <= now) {
      over.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (const Waiting& one : over) one.answer(come_again("the sink is at work"));
}

void SinkListener::close() {
  std::deque<Waiting> over;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    over.swap(waiting_);
  }
  for (const Waiting& one : over) one.answer(come_again("the hub is stopping"));
}

}  // namespace vestitel
