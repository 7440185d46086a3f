// What the hostile plugin is told to do, and what the hub is to say of it.
#pragma once
#include <string>
#include <vector>

namespace vestitel::test {

struct Fault {
  std::string deed;
  std::string said;  // part of the reason that the hub gives
  bool hangs = false;
};

// Faults of a running plugin.
inline const std::vector<Fault> kFaults = {
    {"exit", "ended by itself with exit code 0"},
    {"quick exit", "ended by itself with exit code 1"},
    {"abort", "SIGABRT"},
    {"terminate", "SIGABRT"},
    {"null pointer", "SIGSEGV"},
    {"divide by zero", "SIGFPE"},
    {"illegal instruction", "SIGILL"},
    {"stack overflow", "SIGSEGV"},
    {"throw in a thread", "SIGABRT"},
    {"broken pipe", "SIGPIPE"},
    {"leak", "the plugin died"},  // at its limit it aborts; where memory is slow to come, its deadline is first
    {"stop itself", "no sign of work", true},
    {"end its thread", "no sign of work", true},
    {"endless loop", "no sign of work", true},
    {"sleep", "no sign of work", true},
    {"close descriptors", "the plugin died", true},
    {"print without end", "no sign of work", true},
    {"complain without end", "no sign of work", true},
    {"log without end", "no sign of work", true},
    {"make threads", "no sign of work", true},
    {"nonsense to the hub", "no frame"},
    {"half a frame", "no sign of work", true},
    {"answer unasked", "answers a call that nobody made"},
    {"scribble", "no sign of work", true},
};

// Faults that happen while the library is loaded or the instance created: a library each.
inline const std::vector<Fault> kFaultsAtLoad = {
    {"static-exit", "ended by itself with exit code 0"},
    {"static-abort", "SIGABRT"},
    {"static-segfault", "SIGSEGV"},
    {"static-throw", "SIGABRT"},
    {"static-loop", "was not loaded within", true},
    {"static-exec", "SIGSYS"},
    {"init", "was not loaded within", true},
    {"create", "SIGABRT"},
    {"truncated", "cut off"},
};

// What nobody tries by mistake: the kernel ends the process at the first call.
inline const std::vector<std::string> kDeadly = {"exec",     "ptrace",         "read memory", "bpf",
                                                 "io_uring", "userfaultfd",    "unshare",     "mount",
                                                 "keyctl",   "memfd and exec", "vfork"};

// What is denied, and the plugin goes on. FILE, FOLDER and PORT are the test's own, and would be there to be had.
inline const std::vector<std::string> kAttempts = {
    "open FILE",        "write FILE",       "write FOLDER/new",
    "list FOLDER",      "link FILE",        "rename FILE",
    "remove FILE",      "chmod FILE",       "symlink FOLDER/link",
    "open /etc/passwd", "open /etc/shadow", "list /etc",
    "list /proc",       "list /root",       "write /tmp/vestitel-hostile",
    "connect PORT",     "abstract",         "listen",
    "raw-socket",       "netlink",          "fork",
    "clone3",           "kill-parent",      "kill-all",
    "queue-signal",     "written-code",     "limits",
    "others",           "shared-memory",    "shrink",
    "priority",         "session",          "capabilities"};

}  // namespace vestitel::test
