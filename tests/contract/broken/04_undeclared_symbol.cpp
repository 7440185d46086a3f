// Uses cos() and does not name the library that has it.
#include <cmath>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance& self, vestitel_error*) {
    return std::cos(static_cast<double>(self.host->size)) > 2 ? VESTITEL_E_INTERNAL : VESTITEL_OK;
  }
};
BARE(Broken)
