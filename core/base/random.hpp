// Randomness as an argument: keys and tokens from the system, the same bytes again in a test.
#pragma once
#include <cstdint>
#include <span>

namespace vestitel {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;  // safe to share between threads

  std::uint64_t number() {
    std::uint64_t n = 0;
    fill({reinterpret_cast<std::uint8_t*>(&n), sizeof n});
    return n;
  }
};

// OpenSSL's generator. A generator that fails is a machine that cannot be trusted: the process ends.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace vestitel
