// A feed in a process of its own, killed at each point of its unit and at any instant.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <map>

#include "tests/support/store_rig.hpp"

#ifndef VESTITEL_FAULT_POINTS
#error "the tests are built with crash points"
#endif

namespace vestitel::test {
namespace {

constexpr int kRecords = 60;

pid_t begin_step(const std::string& store, const std::string& fault) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (fault.empty())
    ::unsetenv("VESTITEL_FAULT");
  else
    ::setenv("VESTITEL_FAULT", fault.c_str(), 1);
  ::execl(FEED_STEP, FEED_STEP, store.c_str(), std::to_string(kRecords).c_str(), nullptr);
  ::_exit(127);
}

// How the step ended: 0, or the signal.
int end_step(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

// Events, cursor and what is kept say the same: all that was read up to the cursor is there once, and nothing else.
void check_whole(StoreRig& rig, bool at_the_end) {
  rig.open();
  const std::string cursor = rig.store->feeds().checkpoint("feed").value().cursor;
  const auto kept = rig.store->kv().get("feed", "read").value();
  CHECK((kept ? kept->value : "") == cursor);
  std::map<std::string, int> seen;
  const auto all = rig.store->look().events({0, 1000});
  for (const Event& event : *all) ++seen[event.record];
  std::map<std::string, int> expected;
  const int read = cursor.empty() ? 0 : std::stoi(cursor);
  for (int i = 0; i < read; ++i) expected["r" + std::to_string(i)] = 1;
  CHECK(seen == expected);
  if (at_the_end) CHECK(read == kRecords);
  rig.close();
}

}  // namespace

TEST_CASE("a feed killed at any point of its unit has each event once, and its cursor with them", "[feed]") {
  for (const char* point : {"key.before_commit", "key.after_commit", "t1.before_commit", "t1.after_commit",
                            "seal.before_commit", "seal.after_commit"}) {
    for (const int passage : {1, 2, 5}) {
      CAPTURE(point, passage);
      StoreRig rig;
      rig.close();
      const std::string store = rig.folder.file("store");
      REQUIRE(end_step(begin_step(store, std::string(point) + ":" + std::to_string(passage))) == SIGKILL);
      check_whole(rig, false);
      REQUIRE(end_step(begin_step(store, "")) == 0);
      check_whole(rig, true);
    }
  }
}

TEST_CASE("a feed killed again and again at any instant has each event once", "[feed]") {
  SeededRandom random(2026);
  for (int round = 0; round < 10; ++round) {
    StoreRig rig;
    rig.close();
    const std::string store = rig.folder.file("store");
    CAPTURE(round);
    int ended = SIGKILL;
    for (int kill = 0; kill < 8 && ended != 0; ++kill) {
      const pid_t child = begin_step(store, "");
      const timespec wait{0, static_cast<long>(random.number() % 40'000'000)};
      ::nanosleep(&wait, nullptr);  // the kill comes from outside, at no point that the step knows of
      ::kill(child, SIGKILL);
      ended = end_step(child);
      check_whole(rig, false);
    }
    REQUIRE(end_step(begin_step(store, "")) == 0);
    check_whole(rig, true);
  }
}

}  // namespace vestitel::test
