// Traps the system calls that reach outside of a process: files, sockets, other processes. For the rest of the life of
// the calling process; a trapped call fails with EPERM.
#pragma once
#include <string>

namespace vestitel::check {

// False: the kernel does not let it.
bool trap_calls();
// The first call that was trapped since, or empty.
std::string trapped_call();
// From here on trapped calls are no longer noted (the kit itself ends its work).
void untrap_reports();

}  // namespace vestitel::check
