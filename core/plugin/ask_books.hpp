// The books of one ask, and the doubts of it as one flat batch: the same for both homes.
#pragma once
#include <vestitel/abi.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/host_side.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

// Doubts as one flat batch: their texts side by side in one heap.
class FlatDoubts {
 public:
  explicit FlatDoubts(std::span<const Doubt> doubts);
  [[nodiscard]] vestitel_doubt_batch batch() const;

 private:
  vestitel_span add(std::string_view text);

  std::string heap_;
  std::vector<vestitel_doubt> doubts_;
};

// Takes the plugin's answers: one for each doubt, the first that came; what has none, or one that does not exist, is
// unknown. Its calls come one at a time.
class AskBooks final : public DeliverCall {
 public:
  // `breach` takes a sentence about the plugin's conduct; borrowed.
  using Breach = std::function<void(std::string_view)>;
  AskBooks(std::size_t count, const Breach& breach) : breach_(breach), answers_(count), given_(count) {}

  void begin(std::uint32_t index) override;
  void settle(std::uint32_t index, const vestitel_verdict& given) override;
  [[nodiscard]] std::vector<Verdict> take();

 private:
  const Breach& breach_;
  std::vector<Verdict> answers_;
  std::vector<bool> given_;
};

// How many doubts a sink is asked about at once, within our bounds.
std::size_t most_asked(std::uint32_t max_batch);

}  // namespace vestitel
