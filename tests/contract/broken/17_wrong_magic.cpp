// An entry with another magic number.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static constexpr std::uint32_t kMagic = 0x12345678;
};
BARE(Broken)
