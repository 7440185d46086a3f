#include "sdk/tools/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>
#include <optional>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kSendAt = 64UL * 1024;
constexpr milliseconds kLook{100};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // the sanitizers' own address space is far beyond any limit
#else
constexpr bool kSanitized = false;
#endif

Error system_error(const char* doing) { return {Failure::kIo, std::string(doing) + ": " + os_error()}; }

// One page that both processes see, and that stays when the child goes.
class SharedProgress {
 public:
  static Result<SharedProgress> make() {
    void* page = ::mmap(nullptr, sizeof(ChildProgress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return system_error("mapping a page for a child");
    return SharedProgress(new (page) ChildProgress);
  }
  SharedProgress(SharedProgress&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  SharedProgress& operator=(SharedProgress&&) = delete;
  ~SharedProgress() {
    if (page_ != nullptr) ::munmap(page_, sizeof(ChildProgress));
  }
  ChildProgress& operator*() const { return *page_; }
  ChildProgress* operator->() const { return page_; }

 private:
  explicit SharedProgress(ChildProgress* page) : page_(page) {}
  ChildProgress* page_;
};

void limit(__rlimit_resource_t what, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(what, &both);
}

void enter_child(const ChildLimits& limits) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  // What a fault does is seen by the parent, whatever handlers this program was built with.
  for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGPIPE}) ::signal(fault, SIG_DFL);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  limit(RLIMIT_CORE, 0);
  if (limits.memory != 0 && !kSanitized) limit(RLIMIT_AS, limits.memory);
}

[[noreturn]] void be_child(const ChildLimits& limits, const std::function<int(ChildProgress&, ChildVoice&)>& work,
                           ChildProgress& progress, int pipe) {
  enter_child(limits);
  int status = kChildThrew;
  try {  // border: nothing unwinds into the parent's frames
    ChildVoice voice(pipe);
    status = work(progress, voice);
    voice.send();
    progress.finished = true;
  } catch (const std::exception& e) {
    std::cerr << "the child threw: " << e.what() << "\n";
  } catch (...) {
    std::cerr << "the child threw something that is no exception\n";
  }
  std::fflush(nullptr);
  ::_exit(status);
}

// Watches one child: relays what it says, kills it when it is quiet for too long.
class Watch {
 public:
  Watch(pid_t child, OwnedFd pipe, ChildProgress& progress, const ChildLimits& limits)
      : child_(child), pipe_(std::move(pipe)), progress_(progress), limits_(limits) {
    pidfd_ = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  }

  ChildEnd until_the_end(const std::function<void(std::string_view)>& heard) {
    std::optional<ChildEnd::Kind> killed;
    while (!killed && !gone()) {
      wait_for_something();
      relay(heard);
      killed = overdue();
    }
    ::kill(-child_, SIGKILL);  // and whatever it has started
    ::kill(child_, SIGKILL);
    ChildEnd end = collect();
    relay(heard);
    if (!killed) return end;
    end.kind = *killed;
    end.limit = *killed == ChildEnd::Kind::kLate ? limits_.whole : limits_.quiet;
    return end;
  }

 private:
  bool gone() {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
  }

  void wait_for_something() {
    std::array<pollfd, 2> both{{{pipe_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
    ::poll(both.data(), pidfd_ ? 2 : 1, static_cast<int>(kLook.count()));
  }

  void relay(const std::function<void(std::string_view)>& heard) {
    std::array<char, 65536> buffer;
    for (ssize_t n; (n = ::read(pipe_.get(), buffer.data(), buffer.size())) > 0; progress_.tick())
      heard({buffer.data(), static_cast<std::size_t>(n)});
  }

  std::optional<ChildEnd::Kind> overdue() {
    const auto now = Steady::now();
    const std::uint64_t ticks = progress_.ticks.load();
    if (ticks != ticks_) {
      ticks_ = ticks;
      moved_ = now;
    }
    if (limits_.whole.count() != 0 && now - began_ > limits_.whole) return ChildEnd::Kind::kLate;
    if (now - moved_ > limits_.quiet) return ChildEnd::Kind::kQuiet;
    return std::nullopt;
  }

  ChildEnd collect() {
    int status = 0;
    rusage used{};
    while (::wait4(child_, &status, 0, &used) < 0 && errno == EINTR) {
    }
    ChildEnd end;
    end.kind = WIFSIGNALED(status) ? ChildEnd::Kind::kSignal : ChildEnd::Kind::kExited;
    end.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    end.peak_rss_kib = static_cast<std::uint64_t>(used.ru_maxrss);
    end.bytes = progress_.bytes;
    end.lines = progress_.lines;
    end.number = progress_.number;
    end.doing = progress_.doing;
    end.finished = progress_.finished && end.kind == ChildEnd::Kind::kExited;
    return end;
  }

  const pid_t child_;
  const OwnedFd pipe_;
  OwnedFd pidfd_;
  ChildProgress& progress_;
  const ChildLimits& limits_;
  std::uint64_t ticks_ = 0;
  const Steady::time_point began_ = Steady::now();
  Steady::time_point moved_ = began_;
};

}  // namespace

void ChildVoice::say(std::string_view text) {
  waiting_ += text;
  if (waiting_.size() >= kSendAt) send();
}

void ChildVoice::send() {
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;  // the parent has gone, and this process goes with it
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  waiting_.clear();
}

Result<ChildEnd> run_in_child(const ChildLimits& limits, const std::function<int(ChildProgress&, ChildVoice&)>& work,
                              const std::function<void(std::string_view)>& heard) {
  auto progress = SharedProgress::make();
  if (!progress) return progress.error();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("making a pipe for a child");
  OwnedFd reading(ends[0]), writing(ends[1]);
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return system_error("starting a child");
  if (child == 0) be_child(limits, work, **progress, writing.get());
  ::setpgid(child, child);
  writing = OwnedFd();
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  return Watch(child, std::move(reading), **progress, limits).until_the_end(heard);
}

std::string to_text(const ChildEnd& end) {
  constexpr std::array<const char*, 8> kDoing{"",
                                              " while loading",
                                              " while creating",
                                              " while configuring",
                                              " while starting",
                                              " while parsing",
                                              " while polling",
                                              " while delivering"};
  const auto index = static_cast<std::size_t>(end.doing);
  const std::string at = index < kDoing.size() ? kDoing[index] : "";
  const std::string limit = std::to_string(end.limit.count()) + " ms";
  switch (end.kind) {
    case ChildEnd::Kind::kSignal:
      return "was killed by signal " + std::to_string(end.code) + " (" + ::strsignal(end.code) + ")" + at;
    case ChildEnd::Kind::kQuiet: return "made no progress for " + limit + at + " and was killed";
    case ChildEnd::Kind::kLate: return "was not done after " + limit + at + " and was killed";
    default: return "ended the process with status " + std::to_string(end.code) + at;
  }
}

}  // namespace vestitel
