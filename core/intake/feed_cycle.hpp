// One feed: when it is polled, and what becomes of each poll. Time is looked at, never waited for: whoever calls step()
// waits.
//
//   waiting ──due──▶ polling ──END──▶ waiting, until the schedule says so
//      ▲                │ ──MORE─▶ polling again at once
//      └──── failing ◀──┤   the other side, the store, a crash: again from the same cursor, later and later
//                       └▶ paused   settings or credentials are wrong, or its process died three times at one cursor:
//                                   nothing until somebody resumes it, sets its cursor, or starts the hub anew
//
// A pause for settings or credentials ends with the hub's process: who mends them starts it anew. One for crashes, and
// one that an operator made, outlive it.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/base/schedule.hpp"
#include "core/intake/feed_unit.hpp"

namespace vestitel {

struct FeedSettings {
  std::string instance;
  Schedule schedule = Schedule::every(std::chrono::minutes(15));
  std::chrono::milliseconds jitter{0};  // each poll comes up to so much later; how much is drawn once
  std::uint32_t max_events = 1'000;     // in one poll
  bool catch_up = true;                 // what was missed while the hub did not run is made good once, at its start
  bool baseline = false;                // nobody is told of what comes before the first END
  std::uint64_t kv_quota = 1024UL * 1024;
};

struct FeedHooks {
  Validate validate;
  std::function<Result<>()> room;  // whether there is space to take anything in
  std::function<void()> sealed;    // there is something to route
};

enum class FeedState : std::uint8_t { kWaiting, kPolling, kFailing, kPaused };
std::string_view to_text(FeedState state);  // "waiting" ...

// What a running feed says of itself.
struct FeedStanding {
  std::string feed;
  FeedState state = FeedState::kWaiting;
  std::string reason;          // of the failure or the pause
  std::optional<Instant> due;  // when it is polled next; nothing while it is polled or paused
};

class FeedCycle {
 public:
  // Borrows all but settings and hooks.
  FeedCycle(Feed& feed, FeedStore& store, const Clock& clock, Random& random, FeedSettings settings, FeedHooks hooks);

  // Does what is due, at most one poll. How long there is nothing to do then; 0: go on at once. Thread: one.
  Micros step(const std::stop_token& stop);

  // The checkpoint was changed from outside: it is read anew, and what is not paused is polled at once. Thread: any.
  void steer() { steered_ = true; }
  [[nodiscard]] FeedStanding standing() const;  // Thread: any

 private:
  Result<> load(bool steered);
  Micros poll(const std::stop_token& stop);
  Micros succeeded(bool more);
  Micros failed(Error error, std::chrono::milliseconds asked);
  Micros crashed(Error error);
  Micros retry(const Error& error, std::chrono::milliseconds asked);
  Micros pause(const std::string& reason);
  void sealed(const FeedCommitted& committed) const;
  void stand(FeedState state, std::string reason, std::optional<Instant> due);
  [[nodiscard]] Micros left() const;

  Feed& feed_;
  FeedStore& store_;
  const Clock& clock_;
  Random& random_;
  const FeedSettings settings_;
  const FeedHooks hooks_;
  const Micros offset_;

  bool loaded_ = false;
  FeedCheckpoint at_;
  std::optional<std::string> paused_;  // why
  Instant due_{}, planned_{};          // by the schedule; when that was said
  Micros again_{0};                    // monotonic: not before
  std::uint32_t failures_ = 0;         // in a row
  std::atomic<bool> steered_{false};

  mutable std::mutex mutex_;
  FeedStanding standing_;  // under mutex_
};

}  // namespace vestitel
