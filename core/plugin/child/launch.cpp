#include "core/plugin/child/launch.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

// Users of the range that systemd keeps for services without an account of their own. Taken in turn, so that two
// runners that live at the same time have different ones.
constexpr uid_t kFirstUser = 61'184, kUsers = 4'000;
std::atomic<std::uint32_t> next_user{0};

// What the child tells over the pipe when it cannot become the program, and what it became otherwise.
struct Report {
  int error = 0;
  char step = 0;
  bool own_user = false, own_network = false;
};

// ---- from fork to exec: calls that are safe in the copy of a process with many threads, and no other --------------

bool limit(int what, std::uint64_t value) {
  const rlimit both{value, value};
  return value == 0 || ::setrlimit(static_cast<__rlimit_resource>(what), &both) == 0;
}

bool bound(const RunnerLimits& limits, bool own_user) {
  const rlimit none{0, 0};
  return ::setrlimit(RLIMIT_CORE, &none) == 0 && limit(RLIMIT_AS, limits.memory) &&
         limit(RLIMIT_NOFILE, limits.files) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
         (!own_user || limit(RLIMIT_NPROC, limits.processes));
}

// Each descriptor to its number, by way of numbers above all of them, so that none is overwritten before it is moved.
bool place_descriptors(const LaunchSpec& spec) {
  const std::array<int, 6> from{-1, spec.out, spec.err, spec.socket, spec.region, spec.library};
  std::array<int, 6> high{};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int source = from[i] >= 0 ? from[i] : ::open("/dev/null", O_RDWR | O_CLOEXEC);
    high[i] = ::fcntl(source, F_DUPFD_CLOEXEC, 16);
    if (high[i] < 0) return false;
  }
  for (std::size_t i = 0; i < from.size(); ++i)
    if (::dup2(high[i], static_cast<int>(i)) < 0) return false;
  return true;
}

bool become(uid_t user) {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
}

// Nobody is left to tell where the pipe takes nothing.
void tell(int fd, const Report& report) {
  const ssize_t told = ::write(fd, &report, sizeof report);
  static_cast<void>(told);
}

[[noreturn]] void give_up(int report_fd, Report report, char step) {
  report.error = errno;
  report.step = step;
  tell(report_fd, report);
  ::_exit(127);
}

[[noreturn]] void become_runner(const LaunchSpec& spec, char* const* words, uid_t user, pid_t parent, int report_fd) {
  Report report;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it went before we asked to be told
  ::setsid();
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int signal = 1; signal < 32; ++signal) ::sigaction(signal, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  const int kept = ::fcntl(report_fd, F_DUPFD_CLOEXEC, 32);
  if (kept < 0) give_up(report_fd, report, 'd');
  if (!place_descriptors(spec)) give_up(kept, report, 'd');
  if (!spec.network) report.own_network = ::unshare(CLONE_NEWNET) == 0;
  if (::chdir("/") != 0) give_up(kept, report, 'c');
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, spec.limits.nice));
  report.own_user = user != 0;
  if (!bound(spec.limits, report.own_user)) give_up(kept, report, 'l');
  if (user != 0 && !become(user)) give_up(kept, report, 'u');
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of user has cleared it
  if (::syscall(SYS_close_range, 6U, static_cast<unsigned>(kept) - 1U, 0U) != 0 ||
      ::syscall(SYS_close_range, static_cast<unsigned>(kept) + 1U, ~0U, 0U) != 0)
    give_up(kept, report, 'x');
  tell(kept, report);
  char* const environment[] = {nullptr};
  ::execve(words[0], words, environment);
  give_up(kept, report, 'e');
}

// ---- the parent's side ---------------------------------------------------------------------------------------------

const char* in_words(char step) {
  switch (step) {
    case 'd': return "placing its descriptors";
    case 'c': return "entering its folder";
    case 'l': return "setting its limits";
    case 'u': return "changing its user";
    case 'x': return "closing what is not its own";
    default: return "starting its program";
  }
}

// What it became; a second report, of what went wrong after the first, wins.
Report read_reports(int fd) {
  Report last{ECHILD, 'e', false, false};
  Report one;
  while (true) {
    const ssize_t got = ::read(fd, &one, sizeof one);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(sizeof one)) return last;
    last = one;
  }
}

Error failed(const std::string& why) { return {Failure::kIo, "starting a plugin's process: " + why}; }

}  // namespace

Result<Launched> launch(const LaunchSpec& spec) {
  if (spec.command.empty()) return {Failure::kInternal, "starting a plugin's process: no program"};
  std::vector<char*> words;
  for (const std::string& word : spec.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(os_error());
  const OwnedFd reading(ends[0]);
  OwnedFd writing(ends[1]);
  const uid_t user = ::geteuid() == 0 ? kFirstUser + next_user.fetch_add(1) % kUsers : 0;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return failed(os_error());
  if (pid == 0) become_runner(spec, words.data(), user, parent, writing.get());
  Launched launched;
  launched.pid = pid;
  launched.handle = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  writing = OwnedFd();
  const Report report = read_reports(reading.get());
  if (report.error == 0 && launched.handle) {
    launched.own_user = report.own_user;
    launched.own_network = report.own_network;
    return launched;
  }
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  return failed(launched.handle ? std::string(in_words(report.step)) + ": " + os_error(report.error)
                                : "it cannot be watched");
}

}  // namespace vestitel
