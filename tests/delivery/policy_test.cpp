#include <catch2/catch.hpp>

#include "core/delivery/policy.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

LeasedMessage leased(int attempt, Instant expires = {}) {
  LeasedMessage message;
  message.token = 5;
  message.attempt = attempt;
  message.message.outbox_id = 7;
  message.message.expires = expires;
  return message;
}

Verdict verdict(VerdictKind kind, RetryScope scope = RetryScope::kMessage, std::chrono::milliseconds after = 0ms) {
  Verdict v;
  v.kind = kind;
  v.scope = scope;
  v.after = after;
  return v;
}

}  // namespace

TEST_CASE("the wait before a repeat doubles, jitters from zero and never passes the cap", "[policy]") {
  const ManualClock clock;
  SeededRandom random(3);
  const DeliveryPolicy policy;
  for (int attempt = 1; attempt <= 40; ++attempt) {
    CAPTURE(attempt);
    const auto most = std::min<std::chrono::milliseconds>(policy.cap, policy.base * (1 << std::min(attempt - 1, 20)));
    std::chrono::milliseconds longest{0};
    for (int i = 0; i < 200; ++i) {
      const auto settled =
          settlement_for(leased(attempt), verdict(VerdictKind::kRetry), false, clock.now(), policy, random);
      const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(settled.retry_at - clock.now());
      REQUIRE(wait >= 0ms);
      REQUIRE(wait <= most);
      longest = std::max(longest, wait);
    }
    CHECK(longest > most / 2);
  }
}

TEST_CASE("a wait that the peer stated is a floor, believed up to an hour", "[policy]") {
  const ManualClock clock;
  SeededRandom random;
  const auto wait = [&](std::chrono::milliseconds stated) {
    return settlement_for(leased(1), verdict(VerdictKind::kRetry, RetryScope::kMessage, stated), false, clock.now(), {},
                          random)
               .retry_at -
           clock.now();
  };
  CHECK(wait(90s) == 90s);
  CHECK(wait(24h) == 1h);
}

TEST_CASE("a message is buried when its attempts or its age are used up", "[policy]") {
  const ManualClock clock;
  SeededRandom random;
  DeliveryPolicy policy;
  policy.max_attempts = 3;
  const auto bury = [&](int attempt, Instant expires, VerdictKind kind = VerdictKind::kRetry) {
    return settlement_for(leased(attempt, expires), verdict(kind, RetryScope::kMessage, 60s), false, clock.now(),
                          policy, random)
        .bury;
  };
  CHECK_FALSE(bury(2, {}));
  CHECK(bury(3, {}));
  CHECK(bury(1, clock.now() + 30s));
  CHECK_FALSE(bury(1, clock.now() + 1h));
  CHECK_FALSE(bury(3, {}, VerdictKind::kConfigError));
}

TEST_CASE("what ends a message is settled now, without a repeat", "[policy]") {
  const ManualClock clock;
  SeededRandom random;
  const auto kind =
      GENERATE(VerdictKind::kAccepted, VerdictKind::kDelivered, VerdictKind::kPermanent, VerdictKind::kContactDead);
  const auto settled = settlement_for(leased(1), verdict(kind), true, clock.now(), {}, random);
  CHECK(settled.retry_at == clock.now());
  CHECK_FALSE(settled.bury);
  CHECK(settled.token == 5);
}

TEST_CASE("a message whose age was used up is buried for the reason that kept it waiting", "[policy]") {
  const ManualClock clock;
  LeasedMessage message = leased(4, clock.now());
  message.last_reason = "connection refused";
  const auto settled = expired_settlement(message, clock.now());
  REQUIRE(settled);
  CHECK(settled->bury);
  CHECK_FALSE(settled->begun);
  CHECK(settled->verdict.kind == VerdictKind::kRetry);
  CHECK(settled->verdict.reason == "its age was used up while it waited; the last attempt: connection refused");
  CHECK_FALSE(expired_settlement(leased(4, clock.now() + 1us), clock.now()));
  CHECK_FALSE(expired_settlement(leased(4), clock.now()));
}

TEST_CASE("only a verdict that speaks of the link or the sink holds the sink back", "[policy]") {
  SeededRandom random;
  const DeliveryPolicy policy;
  const auto pause = [&](const Verdict& v) { return pause_for(v, 1, policy, random); };
  CHECK_FALSE(pause(verdict(VerdictKind::kDelivered)));
  CHECK_FALSE(pause(verdict(VerdictKind::kUnknown)));
  CHECK_FALSE(pause(verdict(VerdictKind::kRetry, RetryScope::kMessage, 60s)));
  CHECK_FALSE(pause(verdict(VerdictKind::kRetry, RetryScope::kRecipient, 60s)));
  CHECK(pause(verdict(VerdictKind::kRetry, RetryScope::kLink, 60s)) == 60s);
  CHECK(pause(verdict(VerdictKind::kRetry, RetryScope::kSink, 60s)) == 60s);
  CHECK(pause(verdict(VerdictKind::kConfigError)) >= 30s);
}

TEST_CASE("what is in doubt is asked about with growing waits until it is too old, then a person decides", "[policy]") {
  const ManualClock clock;
  SeededRandom random(3);
  const DeliveryPolicy policy;
  Doubt doubt;
  doubt.attempt = 1;
  doubt.sent = clock.now();
  doubt.expires = clock.now() + 1h;
  const auto asked = [&](VerdictKind kind, int times) {
    doubt.asked = times;
    return answer_for(doubt, verdict(kind), clock.now(), policy, random);
  };
  for (int times = 0; times < 8; ++times) {
    const auto most = policy.base + std::min<std::chrono::milliseconds>(policy.cap, policy.base * (1 << times));
    const auto answer = asked(VerdictKind::kUnknown, times);
    CHECK(answer.again_at - clock.now() >= policy.base);
    CHECK(answer.again_at - clock.now() <= most);
    CHECK_FALSE(answer.give_up);
  }
  doubt.expires = clock.now() + 1s;
  CHECK(asked(VerdictKind::kUnknown, 0).give_up);
  CHECK(asked(VerdictKind::kConfigError, 0).verdict.kind == VerdictKind::kUnknown);
  doubt.expires = {};
  doubt.sent = clock.now() - 71h;
  CHECK_FALSE(asked(VerdictKind::kUnknown, 3).give_up);
  doubt.sent = clock.now() - 73h;
  CHECK(asked(VerdictKind::kUnknown, 3).give_up);
}

TEST_CASE("what surely did not arrive is sent again, unless its attempts or its age are used up", "[policy]") {
  const ManualClock clock;
  SeededRandom random(3);
  DeliveryPolicy policy;
  policy.max_attempts = 3;
  Doubt doubt;
  doubt.attempt = 200;  // most of them met a wrong password, which costs none
  doubt.counted = 2;
  const auto answer =
      answer_for(doubt, verdict(VerdictKind::kRetry, RetryScope::kMessage, 90s), clock.now(), policy, random);
  CHECK(answer.again_at == clock.now() + 90s);
  CHECK_FALSE(answer.give_up);
  doubt.expires = clock.now() + 60s;
  CHECK(
      answer_for(doubt, verdict(VerdictKind::kRetry, RetryScope::kMessage, 90s), clock.now(), policy, random).give_up);
  doubt.counted = 3;
  doubt.expires = {};
  CHECK(answer_for(doubt, verdict(VerdictKind::kRetry), clock.now(), policy, random).give_up);
  // An answer about one message ends no address.
  CHECK(answer_for(doubt, verdict(VerdictKind::kContactDead), clock.now(), policy, random).verdict.kind ==
        VerdictKind::kPermanent);
}

}  // namespace vestitel::test
