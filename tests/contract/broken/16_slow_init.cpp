// Takes 600 ms to say what it is.
#include <time.h>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc init() {
    const timespec pause{0, 600'000'000};
    ::nanosleep(&pause, nullptr);
    return VESTITEL_OK;
  }
};
BARE(Broken)
