#include "sdk/tools/answer_of_child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"

namespace vestitel {
namespace {

using Steady = std::chrono::steady_clock;

constexpr uid_t kNobody = 65'534;
constexpr char kAnswered = 'a', kRefused = 'r';

void limit(__rlimit_resource what, rlim_t most) {
  const rlimit both{most, most};
  static_cast<void>(::setrlimit(what, &both));
}

// True when what runs from here on cannot do more than a nobody.
bool give_up_rights(bool nobody) {
  if (nobody && ::geteuid() == 0) {
    static_cast<void>(::unshare(CLONE_NEWNET));  // where the machine allows it
    if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0)
      return false;
  }
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

// Length (of kind and text), kind, text: the answer is whole when its length has come, whoever still holds the other
// end.
void say(int fd, char kind, const std::string& text) {
  const std::uint64_t size = text.size() + 1;
  std::string all(reinterpret_cast<const char*>(&size), sizeof size);
  all += kind;
  all += text;
  for (std::size_t done = 0; done < all.size();) {
    const ssize_t n = ::write(fd, all.data() + done, all.size() - done);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

[[noreturn]] void be_child(int answer, const std::function<Result<std::string>()>& body, const AnswerLimits& limits) {
  ::setsid();
  std::signal(SIGPIPE, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_AS, limits.memory);
#endif
  limit(RLIMIT_CPU, static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.time).count() + 1));
  if (!give_up_rights(limits.nobody)) {
    say(answer, kRefused, "giving up the rights of root failed");
    ::_exit(0);
  }
  try {  // border: what a stranger throws ends here
    const auto result = body();
    if (result)
      say(answer, kAnswered, *result);
    else
      say(answer, kRefused, result.error().message);
  } catch (...) {
    say(answer, kRefused, "it threw an exception");
  }
  ::_exit(0);
}

std::string ending(int status, bool late) {
  if (late) return "it did not answer in time and was killed";
  if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
  return "it ended by itself with status " + std::to_string(WEXITSTATUS(status));
}

enum class Heard { kAnswer, kNothing, kLate };

// What the child says until it has said all, has ended, or is late.
Heard listen(int fd, int child, std::string& into, const AnswerLimits& limits) {
  const auto deadline = Steady::now() + limits.time;
  std::array<char, 65'536> piece{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return Heard::kLate;
    std::array<pollfd, 2> both{{{fd, POLLIN, 0}, {child, POLLIN, 0}}};
    const int ready = ::poll(both.data(), both.size(), static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Heard::kLate;
    const ssize_t n = (both[0].revents & (POLLIN | POLLHUP)) != 0 ? ::read(fd, piece.data(), piece.size()) : 0;
    if (n <= 0) return Heard::kNothing;  // it has ended, and all it said has been read
    into.append(piece.data(), static_cast<std::size_t>(n));
    std::uint64_t size = 0;
    if (into.size() < sizeof size) continue;
    std::memcpy(&size, into.data(), sizeof size);
    if (size > limits.answer) return Heard::kLate;
    if (into.size() >= sizeof size + size) return into.erase(0, sizeof size), Heard::kAnswer;
  }
}

}  // namespace

Result<std::string> answer_of_child(const std::function<Result<std::string>()>& body, const AnswerLimits& limits) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {Failure::kIo, "starting a child: " + os_error()};
  OwnedFd from(ends[0]), to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return {Failure::kIo, "starting a child: " + os_error()};
  if (child == 0) be_child(to.get(), body, limits);
  to = OwnedFd();
  const OwnedFd ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  std::string answer;
  const Heard heard = ended ? listen(from.get(), ended.get(), answer, limits) : Heard::kLate;
  if (heard != Heard::kNothing) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-child, SIGKILL);  // what it started stays in its session, and ends with it
  if (heard != Heard::kAnswer) return {Failure::kInternal, ending(status, heard == Heard::kLate)};
  const char kind = answer[0];
  answer.erase(0, 1);
  if (kind == kAnswered) return answer;
  return {Failure::kInvalid, answer};
}

}  // namespace vestitel
