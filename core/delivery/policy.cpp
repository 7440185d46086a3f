#include "core/delivery/policy.hpp"

#include <algorithm>

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBelieved = std::chrono::hours(1);     // a stated wait beyond this is capped
constexpr milliseconds kAskedAbout = std::chrono::hours(72);  // what never expires
constexpr milliseconds kConfigPause = std::chrono::seconds(30);

milliseconds backoff(std::uint32_t attempt, const DeliveryPolicy& policy, Random& random) {
  const std::uint32_t doublings = std::min(attempt > 0 ? attempt - 1 : 0, 20U);
  const milliseconds most = std::min(policy.cap, policy.base * (1 << doublings));
  return milliseconds(static_cast<std::int64_t>(random.number() % static_cast<std::uint64_t>(most.count() + 1)));
}

bool repeats(VerdictKind kind) {
  return kind == VerdictKind::kRetry || kind == VerdictKind::kUnknown || kind == VerdictKind::kConfigError;
}

}  // namespace

Settlement settlement_for(const LeasedMessage& leased, const Verdict& verdict, bool begun, Instant now,
                          const DeliveryPolicy& policy, Random& random) {
  Settlement settlement{leased.message.outbox_id, leased.token, verdict, begun, now, false};
  if (!repeats(verdict.kind)) return settlement;
  const auto attempt = static_cast<std::uint32_t>(std::max(leased.attempt, 1));
  milliseconds wait = backoff(attempt, policy, random);
  if (verdict.kind == VerdictKind::kRetry) wait = std::max(wait, std::min(verdict.after, kBelieved));
  settlement.retry_at = now + wait;
  if (verdict.kind == VerdictKind::kConfigError) return settlement;  // costs no attempt; it waits for staff
  settlement.bury = attempt >= policy.max_attempts ||
                    (leased.message.expires != Instant{} && settlement.retry_at > leased.message.expires);
  return settlement;
}

DoubtAnswer answer_for(const Doubt& doubt, const Verdict& verdict, Instant now, const DeliveryPolicy& policy,
                       Random& random) {
  DoubtAnswer answer{doubt.outbox_id, doubt.attempt, verdict, now, false};
  if (verdict.kind == VerdictKind::kConfigError) answer.verdict.kind = VerdictKind::kUnknown;
  if (verdict.kind == VerdictKind::kContactDead) answer.verdict.kind = VerdictKind::kPermanent;
  const auto too_old = [&] { return doubt.expires != Instant{} && answer.again_at > doubt.expires; };
  if (answer.verdict.kind == VerdictKind::kUnknown) {
    answer.again_at =
        now + policy.base + backoff(static_cast<std::uint32_t>(std::max(doubt.asked, 0)) + 1, policy, random);
    answer.give_up = doubt.expires == Instant{} ? now - doubt.sent > kAskedAbout : too_old();
  } else if (answer.verdict.kind == VerdictKind::kRetry) {
    const auto attempt = static_cast<std::uint32_t>(std::max(doubt.counted, 1));
    answer.again_at = now + std::max(backoff(attempt, policy, random), std::min(verdict.after, kBelieved));
    answer.give_up = attempt >= policy.max_attempts || too_old();
  }
  return answer;
}

std::optional<Settlement> expired_settlement(const LeasedMessage& leased, Instant now) {
  const Instant expires = leased.message.expires;
  if (expires == Instant{} || now < expires) return std::nullopt;
  Verdict verdict;
  verdict.kind = VerdictKind::kRetry;
  verdict.reason = "its age was used up while it waited";
  if (!leased.last_reason.empty()) verdict.reason += "; the last attempt: " + leased.last_reason;
  return Settlement{leased.message.outbox_id, leased.token, std::move(verdict), false, now, true};
}

std::optional<milliseconds> pause_for(const Verdict& verdict, std::uint32_t in_a_row, const DeliveryPolicy& policy,
                                      Random& random) {
  if (verdict.kind == VerdictKind::kConfigError) return std::max(kConfigPause, backoff(in_a_row + 4, policy, random));
  const bool wide =
      verdict.kind == VerdictKind::kRetry && (verdict.scope == RetryScope::kLink || verdict.scope == RetryScope::kSink);
  if (!wide) return std::nullopt;
  return std::max(backoff(in_a_row, policy, random), std::min(verdict.after, kBelieved));
}

}  // namespace vestitel
