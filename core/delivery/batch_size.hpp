// How many messages are leased for a sink at a time. A batch is awaited to its slowest answer, so larger ones cost less
// of that; they are leased where the sink is through with them so soon that an urgent message behind one hardly waits.
#pragma once
#include <algorithm>
#include <cstddef>

#include "core/base/clock.hpp"

namespace vestitel {

class BatchSize {
 public:
  // kCareful: usual where what a crash leaves unsettled is not simply sent again
  static constexpr std::size_t kLeast = 64, kCareful = 100, kUsual = 1'000, kMost = 4'096;

  // `most`: what the sink takes and the settings allow.
  explicit BatchSize(std::size_t most, std::size_t usual = kUsual)
      : most_(std::clamp<std::size_t>(most, 1, kMost)),
        usual_(std::min(most_, usual)),
        least_(std::min(most_, kLeast)),
        size_(usual_) {}

  [[nodiscard]] std::size_t value() const { return size_; }

  // The sink is through with so many, of which it took `taken`, and it took so long.
  void delivered(std::size_t messages, std::size_t taken, Micros took) {
    if (messages >= size_ && taken > messages / 2 && took < kSoon)
      size_ = std::min(most_, size_ * (took < kSoon / 4 ? 4 : 2));
    if (took > kLate)
      size_ = std::min(size_, took > kFarTooLate ? std::max(least_, std::min(size_, usual_) / 2) : usual_);
  }

 private:
  static constexpr Micros kSoon = std::chrono::milliseconds(250), kLate = std::chrono::milliseconds(1'000),
                          kFarTooLate = std::chrono::seconds(10);
  const std::size_t most_, usual_, least_;
  std::size_t size_;
};

}  // namespace vestitel
