// Decides by a byte that nobody has written.
#include <unistd.h>

#include <cstdlib>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance&, vestitel_error*) {
    static char* volatile bytes;  // so that the compiler does not see what memcheck shall
    bytes = static_cast<char*>(std::malloc(64));
    if (bytes[17] == 'x') ::getppid();
    std::free(bytes);
    return VESTITEL_OK;
  }
};
BARE(Broken)
