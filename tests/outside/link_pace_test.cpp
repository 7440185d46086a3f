#include "core/plugin/outside/link_pace.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

constexpr std::size_t kMost = 512;

// As many round trips of `requests` each as there are.
void rounds(LinkPace& pace, int count, Micros after) {
  for (int i = 0; i < count; ++i)
    for (std::size_t k = pace.limit(); k > 0; --k) pace.answered(after, true, true);
}

void lost(LinkPace& pace, std::size_t requests) {
  for (std::size_t i = 0; i < requests; ++i) pace.unanswered();
}

}  // namespace

TEST_CASE("a row doubles each round trip while answers come as fast as ever", "[link pace]") {
  LinkPace pace(kMost);
  CHECK(pace.limit() == LinkPace::kLeast);
  rounds(pace, 1, 20ms);
  CHECK(pace.limit() == 2 * LinkPace::kLeast);
  rounds(pace, 3, 20ms);
  CHECK(pace.limit() == 16 * LinkPace::kLeast);
  rounds(pace, 3, 25ms);
  CHECK(pace.limit() == kMost);
}

TEST_CASE("a row does not grow where requests only wait for each other", "[link pace]") {
  LinkPace pace(kMost);
  pace.answered(100us, true, true);
  rounds(pace, 20, 300us);
  CHECK(pace.limit() == LinkPace::kLeast + 1);
}

TEST_CASE("a row does not grow by what is not there to be sent", "[link pace]") {
  LinkPace pace(kMost);
  for (int i = 0; i < 1'000; ++i) pace.answered(20ms, true, false);
  CHECK(pace.limit() == LinkPace::kLeast);
}

TEST_CASE("a row that makes answers late shrinks", "[link pace]") {
  LinkPace pace(kMost);
  rounds(pace, 6, 20ms);
  REQUIRE(pace.limit() == kMost);
  for (int i = 0; i < 900; ++i) pace.answered(100ms, true, true);
  CHECK(pace.limit() < kMost);
  CHECK(pace.limit() > kMost / 2);
}

TEST_CASE("a network that has become slower for good is believed", "[link pace]") {
  LinkPace pace(kMost);
  rounds(pace, 3, 1ms);
  for (int i = 0; i < 10'000; ++i) pace.answered(50ms, true, true);
  CHECK(pace.limit() == kMost);
}

TEST_CASE("a row is halved once by what was under way together", "[link pace]") {
  LinkPace pace(kMost);
  rounds(pace, 6, 20ms);
  for (int i = 0; i < 100; ++i) pace.overloaded();
  CHECK(pace.limit() == kMost / 2);
  for (std::size_t i = 0; i < kMost; ++i) pace.answered(80ms, true, true);
  for (int i = 0; i < 100; ++i) pace.overloaded();
  CHECK(pace.limit() <= kMost / 4);
  for (int i = 0; i < 50; ++i) {
    for (std::size_t k = 0; k < kMost; ++k) pace.answered(100ms, true, false);
    pace.overloaded();
  }
  CHECK(pace.limit() == LinkPace::kLeast);
}

TEST_CASE("a peer that leaves a row of requests unanswered is given up until one is answered", "[link pace]") {
  LinkPace pace(kMost);
  lost(pace, LinkPace::kLeast - 1);
  CHECK_FALSE(pace.given_up());
  pace.answered(1ms, true, true);
  lost(pace, LinkPace::kLeast - 1);  // not in a row
  CHECK_FALSE(pace.given_up());
  pace.unanswered();
  CHECK(pace.given_up());
  CHECK(pace.limit() == 1);
  pace.answered(1ms, true, true);
  CHECK_FALSE(pace.given_up());
  CHECK(pace.limit() >= LinkPace::kLeast);
}

TEST_CASE("a peer that was given up starts anew, however long its row was", "[link pace]") {
  LinkPace pace(kMost);
  rounds(pace, 6, 20ms);
  for (int i = 0; i < 5; ++i) {
    lost(pace, kMost);
    REQUIRE(pace.given_up());
    pace.answered(20ms, true, true);
    CHECK(pace.limit() <= LinkPace::kLeast + 1);
  }
}

TEST_CASE("a row does not grow by refusals, however fast they come", "[link pace]") {
  LinkPace pace(kMost);
  rounds(pace, 2, 20ms);
  for (int i = 0; i < 1'000; ++i) pace.overloaded();
  CHECK(pace.limit() == LinkPace::kLeast);
  CHECK(pace.proven());
}

TEST_CASE("a fast word of refusal says nothing of how fast the peer works", "[link pace]") {
  LinkPace pace(kMost);
  for (int i = 0; i < 10'000; ++i) pace.answered(i % 100 == 0 ? 500us : 50'000us, i % 100 != 0, true);
  CHECK(pace.limit() == kMost);
}

}  // namespace vestitel::test
