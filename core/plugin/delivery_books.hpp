// The books of one deliver, and the messages of it as one flat batch: the same for both homes.
#pragma once
#include <vestitel/abi.h>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/host_side.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

// Messages as one flat batch: their texts side by side in one heap.
class FlatMessages {
 public:
  explicit FlatMessages(std::span<const Message> messages);

  // False when the texts do not fit the ABI's 32-bit spans.
  [[nodiscard]] bool fits() const { return heap_.size() <= UINT32_MAX; }
  [[nodiscard]] vestitel_msg_batch batch() const;

 private:
  vestitel_span add(std::string_view text);
  vestitel_msg flat(const Message& m);

  std::string heap_;
  std::vector<vestitel_msg> msgs_;
};

// Sees to it that every message of a deliver is settled exactly once, whatever the plugin does: a second verdict is
// dropped, a missing one becomes unknown (begun) or retry (never begun), and a verdict that does not exist becomes
// permanent. Its calls come one at a time.
class DeliveryBooks final : public DeliverCall {
 public:
  // `breach` takes a sentence about the plugin's conduct. Both are borrowed.
  using Breach = std::function<void(std::string_view)>;
  DeliveryBooks(std::size_t count, SettleReceiver& out, const Breach& breach)
      : out_(out), breach_(breach), states_(count) {}

  void begin(std::uint32_t index) override;
  void settle(std::uint32_t index, const vestitel_verdict& given) override;

  // A message of which nothing can have left, and which must not be tried again.
  void give_up(std::uint32_t index, std::string_view why);

  // Gives every message without a verdict the one that what happened allows. True when there were such.
  bool settle_rest(std::string_view why, std::chrono::milliseconds after);

 private:
  enum class State : std::uint8_t { kNew, kBegun, kSettled };

  SettleReceiver& out_;
  const Breach& breach_;
  std::vector<State> states_;
};

// What a sink says of itself, within our bounds.
SinkLimits limits_of(std::uint32_t max_batch, std::int64_t max_send_us, bool idempotent);
// How long a failed deliver asked to wait, within our bounds.
std::chrono::milliseconds wait_of(std::int64_t after_ms);
// The plugin's verdict as ours.
Verdict verdict_of(const vestitel_verdict& verdict);

}  // namespace vestitel
