// Opens a file at each init and never closes it.
#include <fcntl.h>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc init() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? VESTITEL_E_INTERNAL : VESTITEL_OK;
  }
};
BARE(Broken)
