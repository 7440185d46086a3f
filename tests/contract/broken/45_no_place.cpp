// Quarantines a bad row without saying where it stood.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc refuse_row(bare::Instance& self, std::uint32_t, vestitel_error* error) {
    return Reader::refuse_row(self, 0, error);
  }
};
BARE(Broken)
