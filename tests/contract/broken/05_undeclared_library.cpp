// Needs libz and tells nobody.
#include <zlib.h>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance&, vestitel_error*) {
    return zlibVersion()[0] == '0' ? VESTITEL_E_INTERNAL : VESTITEL_OK;
  }
};
BARE(Broken)
