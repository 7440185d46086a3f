// One feed, on a thread of its own: polls it when it is due, and one poll at a time.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/intake/feed_cycle.hpp"

namespace vestitel {

class FeedWorker {
 public:
  // Borrows what the cycle borrows.
  FeedWorker(Feed& feed, FeedStore& store, const Clock& clock, Random& random, FeedSettings settings, FeedHooks hooks)
      : name_(settings.instance), cycle_(feed, store, clock, random, std::move(settings), std::move(hooks)) {}
  ~FeedWorker() { stop(); }
  FeedWorker(const FeedWorker&) = delete;
  FeedWorker& operator=(const FeedWorker&) = delete;

  void start();
  void begin_stop() { thread_.request_stop(); }  // comes before the plugin is cancelled: that is no failure then
  void stop();   // a poll that runs has to be cancelled first; what it had not committed is dropped
  void steer();  // its checkpoint was changed from outside. Thread: any

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] FeedStanding standing() const { return cycle_.standing(); }
  // True when the last poll found that nothing more is there, and none is due. Thread: any.
  [[nodiscard]] bool idle() const { return idle_.load(); }

 private:
  void loop(const std::stop_token& stop);

  const std::string name_;
  FeedCycle cycle_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool poked_ = false;  // under mutex_
  std::atomic<bool> idle_{false};
  std::jthread thread_;
};

}  // namespace vestitel
