// The runner's life: hello, sandbox, load, calls until the hub goes.
#pragma once
#include "core/base/owned_fd.hpp"

namespace vestitel {

// Serves the hub at the other end of `socket`. The process's exit code.
int run_session(OwnedFd socket, OwnedFd region, OwnedFd library);

}  // namespace vestitel
