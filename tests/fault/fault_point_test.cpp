// Each case runs in a child of its own: what VESTITEL_FAULT says is read once a process.
#include "core/base/fault_point.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#ifndef VESTITEL_FAULT_POINTS
#error "the tests are built with crash points"
#endif

namespace vestitel::test {
namespace {

struct Ending {
  int status = 0;
  std::string stderr_text;
};

// Runs `body` in a child with VESTITEL_FAULT set; the child exits 0 if it survives.
template <typename Body>
Ending run_with(const char* fault, Body body) {
  std::array<int, 2> pipe_ends{};
  REQUIRE(::pipe(pipe_ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // Catch's handler would report the child's end as a failure of the parent
    ::setenv("VESTITEL_FAULT", fault, 1);
    body();
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  Ending ending;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    ending.stderr_text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(pipe_ends[0]);
  REQUIRE(::waitpid(child, &ending.status, 0) == child);
  return ending;
}

bool killed(const Ending& e) { return WIFSIGNALED(e.status) && WTERMSIG(e.status) == SIGKILL; }
bool survived(const Ending& e) { return WIFEXITED(e.status) && WEXITSTATUS(e.status) == 0; }

void pass_t1(int times) {
  for (int i = 0; i < times; ++i) VESTITEL_FAULT_POINT("t1.before_commit");
}

// Four threads, 1000 passages each.
void pass_in_parallel() {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) threads.emplace_back(pass_t1, 1000);
  for (auto& t : threads) t.join();
}

}  // namespace

TEST_CASE("the process dies at the named passage and not before", "[fault]") {
  CHECK(survived(run_with("t1.before_commit:3", [] { pass_t1(2); })));
  CHECK(killed(run_with("t1.before_commit:3", [] { pass_t1(3); })));
  CHECK(survived(run_with("t2.before_commit:1", [] { pass_t1(3); })));
  CHECK(survived(run_with("", [] { pass_t1(3); })));
}

TEST_CASE("passages of all threads count as one sequence", "[fault]") {
  CHECK(killed(run_with("t1.before_commit:4000", pass_in_parallel)));
  CHECK(survived(run_with("t1.before_commit:4001", pass_in_parallel)));
}

TEST_CASE("log tells each passage and lets the process live", "[fault]") {
  const auto some = run_with("t1.before_commit:2:log", [] { pass_t1(3); });
  CHECK(survived(some));
  CHECK(some.stderr_text == "fault_point t1.before_commit 2\nfault_point t1.before_commit 3\n");
  const auto every = run_with("*:1:log", [] {
    pass_t1(1);
    VESTITEL_FAULT_POINT("t4.after_commit");
  });
  CHECK(every.stderr_text == "fault_point t1.before_commit 1\nfault_point t4.after_commit 1\n");
}

TEST_CASE("a setting that aims at nothing ends the process", "[fault]") {
  const char* setting = GENERATE("t9.before_commit:1", "t1.before_commit", "t1.before_commit:0", "t1.before_commit:x",
                                 "*:1", "t1.before_commit:1:stop");
  CAPTURE(setting);
  const auto ending = run_with(setting, [] { pass_t1(1); });
  CHECK((WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGABRT));
  CHECK(ending.stderr_text.find("allowed is") != std::string::npos);
}

}  // namespace vestitel::test
