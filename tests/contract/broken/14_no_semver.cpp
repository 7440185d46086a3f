// Two numbers are no version.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static constexpr const char* kVersion = "1.0";
};
BARE(Broken)
