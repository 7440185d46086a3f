// What it emits depends on what it may do outside of itself.
#include <sys/socket.h>
#include <unistd.h>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document*, const bare::Row& row,
                              vestitel_error* error) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) ::close(fd);
    return emit_event(self, fd >= 0 ? "connected" : "alone", row, bare::midnight(row.date), "", "", error);
  }
};
BARE(Broken)
