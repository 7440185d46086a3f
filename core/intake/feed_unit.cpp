#include "core/intake/feed_unit.hpp"

#include <algorithm>
#include <utility>

namespace vestitel {
namespace {

constexpr std::size_t kMostScopes = 10'000;  // in one unit

}  // namespace

FeedUnit::FeedUnit(FeedStore& store, FeedCheckpoint& at, const Validate& validate, FeedUnitSettings settings,
                   Instant as_of, std::stop_token stop, const std::function<void(const FeedCommitted&)>& sealed)
    : store_(store),
      at_(at),
      validate_(validate),
      settings_(std::move(settings)),
      stop_(std::move(stop)),
      sealed_(sealed) {
  arrival_.instance = settings_.instance;
  arrival_.name = "poll " + to_text(as_of).substr(0, 19) + "Z";
  arrival_.as_of = arrival_.arrived = as_of;
  arrival_.transport = Transport::kFeed;
  arrival_.baseline = settings_.baseline;
}

Error FeedUnit::keep(Error error) {
  if (!failure_) failure_ = error;
  return error;
}

Result<> FeedUnit::begin() {
  if (failure_) return *failure_;
  if (stop_.stop_requested()) return keep({Failure::kCancelled, "the hub is stopping"});
  if (unit_ != 0) return Done{};
  const auto begun = store_.begin_unit(arrival_);
  if (!begun) return keep(begun.error().during("beginning a feed's unit"));
  unit_ = *begun;
  return Done{};
}

Result<> FeedUnit::receive(EventBatch batch) {
  if (batch.items.empty()) return Done{};
  if (auto begun = begin(); !begun) return begun;
  auto staged = store_.stage(unit_, checked(std::move(batch), 0, validate_, arrival_));
  if (!staged) return keep(staged.error());
  return Done{};
}

Result<> FeedUnit::complete(std::string_view scope) {
  if (auto begun = begin(); !begun) return begun;
  if (std::find(scopes_.begin(), scopes_.end(), scope) != scopes_.end()) return Done{};
  if (scopes_.size() >= kMostScopes) return keep({Failure::kInvalid, "more than 10000 complete scopes in one unit"});
  scopes_.emplace_back(scope);
  return Done{};
}

// Refused where it can never fit, and the unit goes on without it; whether it fits beside all else that is kept shows
// at the commit.
Result<> FeedUnit::change(KvChange change) {
  if (failure_) return *failure_;
  const std::size_t size = change.value ? change.value->size() : 0;
  if (change.key.empty() || change.key.size() > kMaxKvKey || size > kMaxKvValue)
    return {Failure::kInvalid, "keeping a value: a key has 1 to 256 bytes, a value at most 64 KiB"};
  const auto before = changes_.find(change.key);
  const std::size_t had = before == changes_.end() ? 0 : change.key.size() + before->second.value_or("").size();
  const std::uint64_t weight = weight_ - had + change.key.size() + size;
  if (weight > settings_.kv_quota)
    return {Failure::kDenied, "keeping a value: the changes of one unit are more than the instance may keep"};
  weight_ = weight;
  changes_[std::move(change.key)] = std::move(change.value);
  return Done{};
}

Result<> FeedUnit::commit(std::string_view cursor) {
  if (failure_) return *failure_;
  FeedCommit commit;
  commit.instance = settings_.instance;
  commit.revision = at_.revision;
  commit.unit = unit_;
  commit.complete = std::move(scopes_);
  for (auto& [key, value] : changes_) commit.changes.push_back({key, std::move(value)});
  commit.kv_quota = settings_.kv_quota;
  commit.cursor = cursor;
  const auto committed = store_.commit(commit);
  if (!committed) return keep(committed.error());
  progressed_ = progressed_ || unit_ != 0 || at_.cursor != cursor;
  at_.cursor = cursor;
  at_.revision = committed->revision;
  at_.crashes = 0;
  unit_ = 0;
  scopes_.clear();
  changes_.clear();
  weight_ = 0;
  if (committed->document && sealed_) sealed_(*committed);
  return Done{};
}

void FeedUnit::drop(std::string_view reason) {
  if (unit_ != 0) store_.drop_unit(unit_, reason);
  unit_ = 0;
  scopes_.clear();
  changes_.clear();
  weight_ = 0;
}

}  // namespace vestitel
