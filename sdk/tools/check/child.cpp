#include "sdk/tools/check/child.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "core/base/os_error.hpp"

namespace vestitel::check {
namespace {

constexpr rlim_t kMaxFile = rlim_t{1} << 30;
constexpr rlim_t kMaxFiles = 512;
constexpr rlim_t kMaxMemory = rlim_t{6} << 30;

void limit(int what, rlim_t most) {
  const rlimit value{most, most};
  ::setrlimit(static_cast<__rlimit_resource_t>(what), &value);
}

// Sanitizers, and a kit that was started under one, need the whole address space. What the kit starts itself may ask
// for it again.
void limit_memory() {
  if (::dlsym(RTLD_DEFAULT, "__asan_init") != nullptr || ::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr) return;
  rlimit value{};
  ::getrlimit(RLIMIT_AS, &value);
  value.rlim_cur = std::min(value.rlim_max, kMaxMemory);
  ::setrlimit(RLIMIT_AS, &value);
}

// Everything beside the caller's own memory starts afresh. Signals too: a tool ignores SIGPIPE, a plugin's home may
// not.
void settle_in(const std::string& scratch, std::chrono::seconds cpu, pid_t parent) {
  ::setsid();
  for (int signal = 1; signal < SIGRTMIN; ++signal) ::signal(signal, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, kMaxFile);
  limit(RLIMIT_NOFILE, kMaxFiles);
  limit_memory();
  limit(RLIMIT_CPU, static_cast<rlim_t>(cpu.count()) * 4 + 5);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  if (null > 2) ::close(null);
  ::clearenv();
  ::setenv("PATH", "/usr/bin:/bin", 1);
  ::setenv("TZ", "UTC", 1);
  if (::chdir(scratch.c_str()) != 0) ::_exit(1);
  ::umask(0077);
}

}  // namespace

Result<Child> Child::start(const std::string& scratch, std::chrono::seconds limit, const std::function<int()>& body) {
  const pid_t parent = ::getpid();
  Child child;
  child.started_ = std::chrono::steady_clock::now();
  child.deadline_ = child.started_ + limit;
  child.pid_ = ::fork();
  if (child.pid_ < 0) return {Failure::kIo, "starting a check: " + os_error(errno)};
  if (child.pid_ == 0) {
    settle_in(scratch, limit, parent);
    int exit = 1;
    try {  // border: a child never returns into its parent's stack
      exit = body();
    } catch (...) {
      exit = 3;
    }
    ::_exit(exit);
  }
  return child;
}

bool Child::poll(Ending& ending) {
  int status = 0;
  rusage used{};
  pid_t ended = ::wait4(pid_, &status, WNOHANG, &used);
  if (ended == 0 && std::chrono::steady_clock::now() >= deadline_) {
    ending.timed_out = true;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ended = ::wait4(pid_, &status, 0, &used);
  }
  if (ended == 0) return false;
  ::kill(-pid_, SIGKILL);  // what it left of its session
  if (!ending.timed_out && WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending.exit = WEXITSTATUS(status);
  const auto took = std::chrono::steady_clock::now() - started_;
  ending.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  ending.peak_rss_kib = used.ru_maxrss;
  return true;
}

namespace {

std::vector<pid_t> children() {
  std::vector<pid_t> all;
  const std::string self = std::to_string(::getpid());
  std::ifstream file("/proc/" + self + "/task/" + self + "/children");
  for (pid_t pid = 0; file >> pid;) all.push_back(pid);
  return all;
}

bool has(const std::vector<pid_t>& all, pid_t pid) { return std::find(all.begin(), all.end(), pid) != all.end(); }

}  // namespace

Orphanage::Orphanage() : own_(children()) {
  ::prctl(PR_GET_CHILD_SUBREAPER, &before_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Orphanage::~Orphanage() {
  clear({});
  ::prctl(PR_SET_CHILD_SUBREAPER, before_);
}

void Orphanage::clear(const std::vector<pid_t>& running) {
  for (int round = 0; round < 8; ++round) {  // killing one may hand over its own
    bool found = false;
    for (const pid_t pid : children()) {
      if (has(own_, pid) || has(running, pid)) continue;
      found = true;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    if (!found) return;
  }
}

Result<std::unique_ptr<Scratch>> Scratch::make() {
  std::string path = "/tmp/vestitel-check-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return {Failure::kIo, "making a scratch folder in /tmp: " + os_error(errno)};
  return std::unique_ptr<Scratch>(new Scratch(path));
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace vestitel::check
