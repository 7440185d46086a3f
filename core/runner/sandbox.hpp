// The part of the sandbox that a process puts on itself, for good, before it loads what it does not trust.
#pragma once
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/plugin/wire/messages.hpp"

namespace vestitel {

// `library`: the file that is about to be loaded, opened; it alone of its folder may be read.
//
// After it the process can: compute, use the descriptors it has, read the system's libraries and tables and what
// `paths` name, make threads. It cannot: open anything else, make a socket, start a program, make a process, look at
// or signal another one, map writable memory as code, raise a limit.
//
// What the kernel does not have is left out; the words say what is in force ("no-new-privs seccomp landlock-6"), and
// the hub shows them. kDenied: not even the system calls can be kept, and nothing may be loaded.
Result<std::string> enter_sandbox(std::span<const wire::Path> paths, int library);

// The same for a plugin that is a program of its own, which is then started: execve stays possible, and finds no more
// than the program, the interpreter that its first line names and the dynamic linker.
Result<std::string> enter_sandbox_for(const std::string& program);

// One layer each. The system calls that are allowed are listed in syscalls.cpp, each group with its reason.
enum class Execve { kDeadly, kAllowed };
Result<> allow_system_calls(Execve execve);
// The version of Landlock that is in force; 0: the kernel has none. `executable`: what may be started, absolute paths.
Result<int> restrict_files(std::span<const wire::Path> paths, int library,
                           std::span<const std::string> executable = {});

}  // namespace vestitel
