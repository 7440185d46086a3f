// Fails without vestitel.emit/1 and does not say that this is why.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance& self, vestitel_error* error) {
    if (self.service<vestitel_emit_v1>("vestitel.emit/1") != nullptr) return VESTITEL_OK;
    return bare::fail(error, VESTITEL_E_DENIED, "something is missing");
  }
};
BARE(Broken)
