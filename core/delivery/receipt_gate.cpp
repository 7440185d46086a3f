#include "core/delivery/receipt_gate.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace vestitel {
namespace {

constexpr Micros kWeek = std::chrono::days(7), kCountEvery = std::chrono::minutes(1);
constexpr std::size_t kMostGone = 10'000;

Verdict as_failed(Verdict verdict) {
  verdict.kind = VerdictKind::kPermanent;
  verdict.since.reset();
  return verdict;
}

}  // namespace

Result<> ReceiptGate::take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  const bool unweighed = silence_is_fine_ && verdict.kind != VerdictKind::kContactDead;
  if (verdict.arrived || unweighed) return store_.take_receipt(sink, provider_id, verdict);
  return store_.take_receipt(
      sink, provider_id, silence_is_fine_ ? weighed(sink, provider_id, verdict) : judged(sink, provider_id, verdict));
}

// One message counts as one person.
Verdict ReceiptGate::judged(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  const std::lock_guard lock(mutex_);
  const auto message = static_cast<PersonId>(std::hash<std::string_view>()(provider_id) >> 1);
  Verdict believed = dead_.judged({message, Channel::kSms}, verdict);
  if (!dead_.take_back().empty()) log::error("addresses_doubted", {{"sink", sink}, {"reason", believed.reason}});
  return believed.kind == VerdictKind::kConfigError ? as_failed(std::move(believed)) : believed;
}

Verdict ReceiptGate::weighed(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  const std::lock_guard lock(mutex_);
  const Micros now = clock_.monotonic();
  while (!gone_.empty() && (gone_.front().at + kWeek <= now || gone_.size() >= kMostGone)) gone_.pop_front();
  const std::size_t message = std::hash<std::string_view>()(provider_id);
  const bool known = std::any_of(gone_.begin(), gone_.end(), [&](const Gone& one) { return one.message == message; });
  if (!known) gone_.push_back({message, now});
  const auto many = static_cast<std::int64_t>(gone_.size());
  if (percent_ >= 100 || gone_.size() < DeadShare::kPeople || many * 100 <= open_messages(sink) * percent_)
    return verdict;
  log::error("addresses_doubted", {{"sink", sink}, {"addresses", many}, {"reason", verdict.reason}});
  return as_failed(verdict);
}

std::int64_t ReceiptGate::open_messages(std::string_view sink) {
  const Micros now = clock_.monotonic();
  if (now < count_again_) return open_;
  if (const auto count = store_.awaited(sink)) {
    open_ = *count;
    count_again_ = now + kCountEvery;
  }
  return open_;
}

}  // namespace vestitel
