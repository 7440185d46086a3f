// What staff have to know of a sink, said when it changes and not for each message.
//
//   sink_failing    the first sign that the sink itself cannot send; said again only after a sink_recovered
//   sink_recovered  the first message that the peer took after that
//   sink_paused     the sink holds back, for how long and why; sink_resumed when it is over. Below a second: neither
//   messages_not_delivered  how many became dead or held or were put off, at most one line a minute
//
// Reasons are the verdict's words, which name no person, and pass safe_text() once more. Not thread safe: its owner
// holds a lock.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/model/message.hpp"
#include "core/ports/delivery_store.hpp"

namespace vestitel {

using LogWriter = std::function<void(log::Level, std::string_view, std::initializer_list<log::Field>)>;

// What a running sink says of itself; times are monotonic.
struct SinkStanding {
  std::string sink;
  bool failing = false;
  std::chrono::seconds failing_for{0};
  std::chrono::seconds paused_for{0};  // still to wait; 0: it does not hold back
  std::string reason;                  // of the failure or the pause; "" while all is well
};

class SinkHealth {
 public:
  explicit SinkHealth(std::string sink, LogWriter write = log::write)
      : sink_(std::move(sink)), write_(std::move(write)) {}

  // A verdict on one message. `pause`: how long the sink holds back because of it.
  void judged(const Verdict& verdict, std::optional<std::chrono::milliseconds> pause, Micros now);
  // What the store made of a batch.
  void settled(const SettleOutcome& outcome, Micros now);
  // Lets time pass: the end of a pause, a count that has waited its minute.
  void tick(Micros now);
  // The last counts, whatever the minute says.
  void close(Micros now);

  // A pause is going on. Refusals that come in it belong to the same one.
  [[nodiscard]] bool paused(Micros now) const { return now < paused_until_; }
  // Pauses one behind the other with no success between them.
  [[nodiscard]] std::uint32_t pauses_in_a_row() const { return pauses_in_a_row_; }
  [[nodiscard]] SinkStanding standing(Micros now) const;

 private:
  void failed(const Verdict& verdict, Micros now);
  void pause(const Verdict& verdict, std::chrono::milliseconds length, Micros now);
  void tell_counts(Micros now);

  const std::string sink_;
  const LogWriter write_;
  std::optional<Micros> failing_since_;
  Micros paused_until_{0};
  bool pause_told_ = false;
  std::uint32_t pauses_in_a_row_ = 0;
  std::string reason_;        // of the failure or the pause
  std::string last_refusal_;  // the newest reason why a message was not delivered
  SettleOutcome counted_;     // since the last line of counts
  std::optional<Micros> counts_told_;
};

}  // namespace vestitel
