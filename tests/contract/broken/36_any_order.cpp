// Takes its calls in any order.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc in_order(bool) { return VESTITEL_OK; }
};
BARE(Broken)
