<<<<<<< HEAD
// The same bytes again for the same seed. For tests alone: anybody can guess them.
#pragma once
=======
// The same bytes again for the same seed.
#pragma once
#include <cstdint>
>>>>>>> intake
#include <mutex>
#include <random>

#include "core/base/random.hpp"

namespace vestitel::test {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mutex mutex_;
<<<<<<< HEAD
  std::mt19937_64 engine_;
=======
  std::mt19937_64 engine_;  // under mutex_
>>>>>>> intake
};

}  // namespace vestitel::test
