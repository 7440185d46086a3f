// Its manifest promises glibc 2.31, and arc4random came with 2.36.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance& self, vestitel_error*) {
    self.kept = reinterpret_cast<void*>(static_cast<std::uintptr_t>(arc4random()));
    return VESTITEL_OK;
  }
};
BARE(Broken)
