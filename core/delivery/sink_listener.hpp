// Hears what becomes of a sink's messages: hands on what its provider calls with, and gives it a turn to ask. Both are
// work of the sink, which does one thing at a time: they wait while it delivers, and go before its next batch.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/clock.hpp"
#include "core/delivery/doubt_desk.hpp"
#include "core/ports/provider_calls.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

class SinkListener {
 public:
  static constexpr std::size_t kMostWaiting = 512;
  static constexpr std::chrono::seconds kLongestWait{10};  // a provider is told to come again rather than kept longer

  // `every`: how often the sink is polled. Borrows sink and clock. `desk`: null where nothing is asked about.
  SinkListener(Sink& sink, std::string name, std::chrono::milliseconds every, const Clock& clock,
               std::unique_ptr<DoubtDesk> desk = nullptr);

  // kBusy where too many wait, or it is closed. Thread: any.
  void offer(ProviderCall call, ProviderCallTaker::Answer answer);
  // Something is to be done now. Thread: any.
  [[nodiscard]] bool due() const;
  // Does it: what waits, a poll where one is due, and what is in doubt. Thread: the sink's.
  void work();
  // Answers who has waited too long: kBusy. Thread: any.
  void expire();
  // Answers all who wait, and who comes later: kBusy. Thread: any.
  void close();

 private:
  struct Waiting {
    std::string head, body;
    ProviderCallTaker::Answer answer;
    Micros until;
  };
  [[nodiscard]] bool poll_due() const;  // under mutex_
  void poll();
  [[nodiscard]] bool closed() const;
  void polled(const Result<bool>& more);

  Sink& sink_;
  const std::string name_;
  const std::chrono::milliseconds every_;
  const Clock& clock_;
  const bool polls_;
  const std::unique_ptr<DoubtDesk> desk_;

  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;  // under mutex_
  Micros next_poll_;             // under mutex_
  bool closed_ = false;          // under mutex_
  bool failing_ = false;         // the sink's thread
};

}  // namespace vestitel
