// The first of two deinits takes away what the library needs.
#include "bare.hpp"
static bool ready = false;
struct Broken : bare::Rows<Broken> {
  static vestitel_rc init() { return ready = true, VESTITEL_OK; }
  static void deinit() { ready = false; }
  static vestitel_rc accept(const vestitel_host*) { return ready ? VESTITEL_OK : VESTITEL_E_INTERNAL; }
};
BARE(Broken)
