// Starts a runner: a process of its own, with nothing of ours in it but what is handed over by number.
//
// What the new process has before its first instruction: its own session; descriptors 0 (nothing), 1 and 2 (two
// pipes), 3 to 5 (socket, shared memory, library) and no other; an empty environment; the working folder /; limits;
// where we are root, a user of its own and a network without interfaces. The rest of the sandbox the runner puts on
// itself before it loads anything (core/runner/sandbox.hpp).
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// Bounds of one runner. 0: none.
struct RunnerLimits {
  std::uint64_t memory = 1ULL << 30;  // bytes of address space
  std::uint32_t files = 64;           // open descriptors
  std::uint32_t cpu_seconds = 0;      // of processor time in its whole life
  std::uint32_t processes = 64;       // of its user, threads included; binds where it has a user of its own
  int nice = 10;                      // it gives way to the hub
};

struct LaunchSpec {
  std::vector<std::string> command;  // absolute program, then its words; through a launcher it is the launcher's own
  std::string program;               // a plugin that is a program of its own and speaks the protocol; "": a library
  RunnerLimits limits;
  bool network = false;  // false: in a network of its own without interfaces, where that can be made
  int socket = -1, region = -1, library = -1, out = -1, err = -1;  // borrowed
};

struct Launched {
  pid_t pid = -1;
  OwnedFd handle;  // a pidfd: readable once the process has ended
  bool own_user = false, own_network = false;
};

// Thread: any; the process may have many. The caller reaps.
Result<Launched> launch(const LaunchSpec& spec);

}  // namespace vestitel
