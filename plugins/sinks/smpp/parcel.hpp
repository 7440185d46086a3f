// A message as it travels: its parts, ready to be sent, and the call that waits for what becomes of it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <vestitel/sink.hpp>

namespace vestitel::smpp {

struct Parcel {
  std::uint32_t index = 0;          // in the batch of its call
  std::string idem_key, recipient;  // recipient: an opaque word for the person; equal words, one person
  std::vector<std::string> parts;   // bodies of submit_sm
  std::int64_t start_by = 0;        // no part leaves after it; monotonic
};

// One call of deliver. Its thread waits; the engine's begins and settles.
class Call {
 public:
  using Begin = std::function<void(std::uint32_t)>;
  using Settle = std::function<void(std::uint32_t, const Verdict&)>;
  Call(Begin begin, Settle settle) : begin_(std::move(begin)), settle_(std::move(settle)) {}

  // So many more will be settled.
  void expect(std::size_t messages) {
    const std::lock_guard lock(mutex_);
    left_ += messages;
  }
  void begin(std::uint32_t index) { begin_(index); }
  void settle(std::uint32_t index, const Verdict& verdict) {
    settle_(index, verdict);
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) done_.notify_all();
  }
  // Whether all that are expected are settled, after that long at most.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return done_.wait_for(lock, time, [this] { return left_ == 0; });
  }

 private:
  const Begin begin_;
  const Settle settle_;
  std::mutex mutex_;  // below
  std::condition_variable done_;
  std::size_t left_ = 0;
};

}  // namespace vestitel::smpp
