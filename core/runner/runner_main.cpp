// vestitel-runner: the home of one plugin. Started by vestitel-launcher alone:
//
//   vestitel-runner                   loads the library at descriptor 5 and speaks for it
//   vestitel-runner --program PATH    becomes that program, inside the sandbox; it speaks for itself
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "core/plugin/wire/frame.hpp"
#include "core/runner/sandbox.hpp"
#include "core/runner/session.hpp"

namespace {

int become_program(const char* path) {
  const auto sandbox = vestitel::enter_sandbox_for(path);
  if (!sandbox) {
    std::fprintf(stderr, "vestitel-runner: %s\n", sandbox.error().message.c_str());
    return 1;
  }
  std::string words = "VESTITEL_SANDBOX=" + *sandbox;
  char* const command[] = {const_cast<char*>(path), nullptr};
  char* const environment[] = {words.data(), nullptr};
  ::execve(path, command, environment);
  std::perror("vestitel-runner: starting the plugin");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using vestitel::OwnedFd;
  namespace wire = vestitel::wire;
  if (::isatty(wire::kSocketFd) != 0 || ::lseek(wire::kRegionFd, 0, SEEK_CUR) < 0) {
    std::fputs("vestitel-runner is started by vestitel, not by hand\n", stderr);
    return 2;
  }
  if (argc == 3 && std::strcmp(argv[1], "--program") == 0) return become_program(argv[2]);
  const int exit = vestitel::run_session(OwnedFd(wire::kSocketFd), OwnedFd(wire::kRegionFd), OwnedFd(wire::kLibraryFd));
  // Without the plugin's destructors: what it left running must not keep the process.
  ::_exit(exit);
}
