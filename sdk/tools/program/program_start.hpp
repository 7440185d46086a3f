// The beginning and the end of a program's process.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>

#include "core/base/result.hpp"

namespace vestitel {

// Starts it with the descriptors of the runner's protocol, an environment that holds nothing of the caller's but TZ and
// LC_ALL, and the working folder /. It stays in the caller's process group, and goes with it.
Result<pid_t> start_program(const std::string& path, int socket, int region);

// Waits for its end, at most so long. False: it lives on.
bool wait_for_end(pid_t pid, std::chrono::milliseconds most, int& status);

// "was ended by signal 11 (SIGSEGV)", "ended by itself with exit code 1".
std::string ending_text(int status);

// Ends this process as that one has ended.
[[noreturn]] void end_alike(int status);

}  // namespace vestitel
