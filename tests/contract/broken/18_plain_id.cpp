// An id that could be anybody's.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static constexpr const char* kId = "broken";
};
BARE(Broken)
