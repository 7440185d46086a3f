// Poco's part of the process: signals and termination.
#pragma once
#include <functional>

namespace vestitel {

// Calls `ready`, then waits for SIGTERM, SIGINT or SIGQUIT. Returns the exit code.
int serve_until_told_to_stop(const std::function<void()>& ready);

}  // namespace vestitel
