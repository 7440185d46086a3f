#include "core/delivery/dead_share.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {
namespace {

Verdict said(VerdictKind kind) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.reason = "UNREGISTERED";
  return verdict;
}

// How many of `people` are believed dead, all being called so after `alive` good answers.
std::size_t believed(DeadShare& share, int alive, int people) {
  for (int i = 0; i < alive; ++i) share.judged({1000 + i, Channel::kPush}, said(VerdictKind::kAccepted));
  std::size_t dead = 0;
  for (int i = 1; i <= people; ++i)
    dead +=
        share.judged({i, Channel::kPush}, said(VerdictKind::kContactDead)).kind == VerdictKind::kContactDead ? 1U : 0U;
  return dead - share.take_back().size();
}

}  // namespace

TEST_CASE("that few addresses are dead is believed", "[dead]") {
  DeadShare share(20);
  CHECK(believed(share, 100, 20) == 20);
}

TEST_CASE("that all are dead is believed of none", "[dead]") {
  DeadShare share(20);
  CHECK(believed(share, 0, 9) == 9);  // too few to tell
  CHECK(share.judged({10, Channel::kPush}, said(VerdictKind::kContactDead)).kind == VerdictKind::kConfigError);
  CHECK(share.take_back().size() == 9);
  CHECK(share.judged({11, Channel::kPush}, said(VerdictKind::kContactDead)).kind == VerdictKind::kConfigError);
  CHECK(share.take_back().empty());
}

TEST_CASE("a share above the bound is believed of none", "[dead]") {
  DeadShare share(20);
  CHECK(believed(share, 100, 21) == 0);
}

TEST_CASE("one person whose address is dead many times is one", "[dead]") {
  DeadShare share(20);
  for (int i = 0; i < 50; ++i)
    CHECK(share.judged({1, Channel::kPush}, said(VerdictKind::kContactDead)).kind == VerdictKind::kContactDead);
}

TEST_CASE("what says nothing of an address does not count", "[dead]") {
  DeadShare share(20);
  for (int i = 0; i < 1000; ++i) share.judged({1000 + i, Channel::kPush}, said(VerdictKind::kRetry));
  CHECK(believed(share, 0, 10) == 0);
}

TEST_CASE("a sink that is always believed", "[dead]") {
  DeadShare share(100);
  CHECK(believed(share, 0, 50) == 50);
}

}  // namespace vestitel::test
