// Calls what nobody has; lazy binding would hide it.
#include "bare.hpp"
extern "C" int broken_symbol_that_nobody_has(void);
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance& self, vestitel_error*) {
    return self.stopping ? broken_symbol_that_nobody_has() : VESTITEL_OK;
  }
};
BARE(Broken)
