#include "sdk/tools/program/program_start.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"
#include "core/plugin/wire/frame.hpp"

namespace vestitel {
namespace {

constexpr int kAbove = 16;  // of all numbers that the protocol gives

// What a program may know of where it is tried: the hub gives it nothing but the first.
std::vector<std::string> environment() {
  std::vector<std::string> out{"VESTITEL_SANDBOX=none"};
  for (const char* name : {"TZ", "LC_ALL"}) {
    const char* value = ::getenv(name);  // NOLINT(concurrency-mt-unsafe): set before there is a second thread
    if (value != nullptr) out.push_back(std::string(name) + "=" + value);
  }
  return out;
}

// Copies above all numbers of the protocol, so that none is overwritten before it is in its place.
OwnedFd raised(int fd) { return OwnedFd(::fcntl(fd, F_DUPFD_CLOEXEC, kAbove)); }

class Actions {
 public:
  Actions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Actions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void place(const OwnedFd& fd, int number) { ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), number); }
  void enter(const char* folder) { ::posix_spawn_file_actions_addchdir_np(&actions_, folder); }
  int spawn(pid_t& pid, const std::string& path) {
    auto words = environment();
    std::vector<char*> env;
    env.reserve(words.size() + 1);
    for (auto& word : words) env.push_back(word.data());
    env.push_back(nullptr);
    char* const command[] = {const_cast<char*>(path.c_str()), nullptr};
    return ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, command, env.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<pid_t> start_program(const std::string& path, int socket, int region) {
  const OwnedFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC)), file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {Failure::kNotFound, "starting " + path + ": " + os_error()};
  const OwnedFd from[] = {raised(null.get()), raised(socket), raised(region), raised(file.get())};
  for (const OwnedFd& fd : from)
    if (!fd) return {Failure::kIo, "starting " + path + ": " + os_error()};
  Actions actions;
  actions.place(from[0], STDIN_FILENO);
  actions.place(from[1], wire::kSocketFd);
  actions.place(from[2], wire::kRegionFd);
  actions.place(from[3], wire::kLibraryFd);
  actions.enter("/");
  pid_t pid = -1;
  if (const int refused = actions.spawn(pid, path); refused != 0)
    return {Failure::kInvalid, "starting " + path + ": " + os_error(refused)};
  return pid;
}

bool wait_for_end(pid_t pid, std::chrono::milliseconds most, int& status) {
  const OwnedFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd one{handle.get(), POLLIN, 0};
  int ready = 0;
  if (handle) do
      ready = ::poll(&one, 1, static_cast<int>(most.count()));
    while (ready < 0 && errno == EINTR);
  if (handle && ready == 0) return false;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return true;
}

std::string ending_text(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char* name = ::sigabbrev_np(signal);
    return "was ended by signal " + std::to_string(signal) + (name == nullptr ? "" : std::string(" (SIG") + name + ")");
  }
  return "ended by itself with exit code " + std::to_string(WEXITSTATUS(status));
}

void end_alike(int status) {
  if (!WIFSIGNALED(status)) ::_exit(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  std::signal(signal, SIG_DFL);
  sigset_t this_one;
  sigemptyset(&this_one);
  sigaddset(&this_one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &this_one, nullptr);
  std::raise(signal);  // to this thread: before it returns, the process has gone
  ::_exit(128 + signal);
}

}  // namespace vestitel
