// Poco's part of the process: signals and termination.
#pragma once
#include <functional>

namespace vestitel {

// From here on a signal to stop waits until serve_until_told_to_stop() takes it, in every thread that is started later:
// one that comes while the hub starts still ends it in order.
void hold_signals_to_stop();

// Calls `ready`, then waits for SIGTERM, SIGINT, SIGQUIT or SIGHUP. Returns the exit code.
int serve_until_told_to_stop(const std::function<void()>& ready);

}  // namespace vestitel
