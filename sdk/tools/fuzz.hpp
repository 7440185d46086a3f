// Seeded changes to a sample, and what a reader must not do with them. Everything about a case follows from its seed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/document.hpp"
#include "core/ports/source.hpp"
#include "sdk/tools/child.hpp"

namespace vestitel {

// Never the same twice in a row of numbers, and the same everywhere (splitmix64).
class FuzzRandom {
 public:
  explicit FuzzRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

// The seed of the nth case of a run.
std::uint64_t case_seed(std::uint64_t run_seed, std::uint64_t number);

struct FuzzCase {
  std::size_t sample = 0;  // which one was changed
  std::string bytes;
  std::size_t chunk = 1;  // pieces in which it is handed over the second time
};
FuzzCase make_case(const std::vector<std::string>& samples, std::uint64_t seed);

// Reads the case whole, and again in small pieces. "": the reader kept its contract; else what it did. A crash or a
// hang is for the parent to see. Runs plugin code: call it in a child.
std::string try_case(Reader& reader, const DocumentArrival& arrival, const FuzzCase& one, ChildProgress& progress);

inline constexpr std::size_t kFuzzLargest = 256UL * 1024;  // bytes of a case

}  // namespace vestitel
