// Opens a file to be configured.
#include <fcntl.h>
#include <unistd.h>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc settings(bare::Instance& self, vestitel_str json, vestitel_error* error) {
    const int fd = ::open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) ::close(fd);
    return Reader::settings(self, json, error);
  }
};
BARE(Broken)
