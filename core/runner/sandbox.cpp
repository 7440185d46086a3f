#include "core/runner/sandbox.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <vector>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"

namespace vestitel {
namespace {

// What every library may need to read: itself, other libraries, tables of time zones and characters. Not /etc, not
// /proc, no home, no state.
constexpr const char* kSystem[] = {"/lib",
                                   "/lib64",
                                   "/usr/lib",
                                   "/usr/lib64",
                                   "/usr/share/zoneinfo",
                                   "/usr/share/locale",
                                   "/usr/share/icu",
                                   "/etc/ld.so.cache",
                                   "/etc/localtime",
                                   "/etc/ssl/certs",
                                   "/usr/share/ca-certificates",
                                   "/dev/null",
                                   "/dev/urandom"};

// The kernel's structs as they have grown since; an older kernel is given less of them.
struct Rules {
  std::uint64_t files = 0, network = 0, scopes = 0;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kTruncate = 1ULL << 14;  // since version 3
// Also rename and link from one folder below to another, as a Maildir does (since version 2).
constexpr std::uint64_t kWrite = kRead | kTruncate | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t kDevices = 1ULL << 15;   // since version 5
constexpr std::uint64_t kBindAndConnect = 3;     // since version 4
constexpr std::uint64_t kSocketsAndSignals = 3;  // since version 6

Rules rules_of(int version) {
  Rules rules;
  rules.files = (1ULL << 13) - 1;
  if (version >= 2) rules.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rules.files |= kTruncate;
  if (version >= 4) rules.network = kBindAndConnect;
  if (version >= 5) rules.files |= kDevices;
  if (version >= 6) rules.scopes = kSocketsAndSignals;
  return rules;
}

std::size_t size_of(int version) { return version >= 6 ? 24 : version >= 4 ? 16 : 8; }

Result<> permit(int ruleset, int place, std::uint64_t access) {
  struct {
    std::uint64_t access;
    std::int32_t fd;
  } __attribute__((packed)) rule{access, place};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) == 0) return Done{};
  // A file knows fewer rights than a folder.
  rule.access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | kTruncate;
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) == 0) return Done{};
  return {Failure::kDenied, "confining the runner to its files: " + os_error()};
}

// A path that is not there needs no permission.
Result<> permit(int ruleset, const std::string& path, std::uint64_t access) {
  const OwnedFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return place ? permit(ruleset, place.get(), access) : Result<>(Done{});
}

}  // namespace

Result<int> restrict_files(std::span<const wire::Path> paths, int library, std::span<const std::string> executable) {
  const auto version = static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, LANDLOCK_CREATE_RULESET_VERSION));
  if (version < 1) return 0;
  const Rules rules = rules_of(version);
  const OwnedFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size_of(version), 0U)));
  if (!ruleset) return {Failure::kDenied, "confining the runner to its files: " + os_error()};
  if (library >= 0)
    if (auto done = permit(ruleset.get(), library, LANDLOCK_ACCESS_FS_READ_FILE); !done) return done.error();
  for (const std::string& path : executable)
    if (auto done = permit(ruleset.get(), path, kRead | LANDLOCK_ACCESS_FS_EXECUTE); !done) return done.error();
  for (const char* path : kSystem)
    if (auto done = permit(ruleset.get(), path, kRead & rules.files); !done) return done.error();
  for (const wire::Path& path : paths) {
    const std::uint64_t access = (path.write ? kWrite : kRead) & rules.files;
    if (auto done = permit(ruleset.get(), path.path, access); !done) return done.error();
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0)
    return {Failure::kDenied, "confining the runner to its files: " + os_error()};
  return version;
}

namespace {

// What holds for both kinds of plugins, in words.
Result<std::string> enter(std::span<const wire::Path> paths, int library, std::span<const std::string> executable) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return {Failure::kDenied, "giving up new privileges: " + os_error()};
  std::string words = "no-new-privs";
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0) words += " no-dump";
  const auto landlock = restrict_files(paths, library, executable);
  if (!landlock) return landlock.error();
  words += *landlock > 0 ? " landlock-" + std::to_string(*landlock) : " no-landlock";
  const auto execve = executable.empty() ? Execve::kDeadly : Execve::kAllowed;
  if (auto kept = allow_system_calls(execve); !kept) return kept.error();
  return words + " seccomp";
}

// The program itself, the interpreter of its first line, and the linker that starts either.
std::vector<std::string> executables_of(const std::string& program) {
  std::vector<std::string> out{program, "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};
  std::ifstream file(program, std::ios::binary);
  std::string first;
  std::getline(file, first);
  if (first.rfind("#!", 0) != 0) return out;
  const auto begin = first.find_first_not_of(' ', 2);
  if (begin != std::string::npos) out.push_back(first.substr(begin, first.find(' ', begin) - begin));
  return out;
}

}  // namespace

Result<std::string> enter_sandbox(std::span<const wire::Path> paths, int library) { return enter(paths, library, {}); }

Result<std::string> enter_sandbox_for(const std::string& program) {
  // What is started by its descriptor has no folder: it is all that it may read of its own.
  if (program.starts_with("/proc/")) return enter({}, -1, executables_of(program));
  const wire::Path folder{program.substr(0, program.rfind('/')), false};
  return enter({&folder, 1}, -1, executables_of(program));
}

}  // namespace vestitel
