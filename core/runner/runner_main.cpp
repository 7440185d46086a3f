// vestitel-runner: the home of one plugin. Started by vestitel-launcher alone; it takes no words.
#include <unistd.h>

#include <cstdio>

#include "core/plugin/wire/frame.hpp"
#include "core/runner/session.hpp"

int main() {
  using vestitel::OwnedFd;
  namespace wire = vestitel::wire;
  if (::isatty(wire::kSocketFd) != 0 || ::lseek(wire::kRegionFd, 0, SEEK_CUR) < 0) {
    std::fputs("vestitel-runner is started by vestitel, not by hand\n", stderr);
    return 2;
  }
  const int exit = vestitel::run_session(OwnedFd(wire::kSocketFd), OwnedFd(wire::kRegionFd), OwnedFd(wire::kLibraryFd));
  // Without the plugin's destructors: what it left running must not keep the process.
  ::_exit(exit);
}
