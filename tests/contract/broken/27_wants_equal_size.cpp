// Takes a host of exactly the size that it knows.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc accept(const vestitel_host* host) {
    return host->size == sizeof *host ? VESTITEL_OK : VESTITEL_E_INVALID;
  }
};
BARE(Broken)
