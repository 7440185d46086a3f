// What a poll emits, on its way into the store: events and quarantined records are staged as they come, complete scopes
// and changes of what is kept wait for the commit. One of these serves one poll, and every unit that it commits.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/intake/checked_batch.hpp"
#include "core/ports/feed_store.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

struct FeedUnitSettings {
  std::string instance;
  std::uint64_t kv_quota = 1024UL * 1024;  // bytes that the instance may keep
  bool baseline = false;                   // what is emitted belongs to the first load
};

class FeedUnit final : public FeedReceiver {
 public:
  // Borrows all but the settings; moves `at` on with each commit. `sealed` is told of each unit that has a row.
  FeedUnit(FeedStore& store, FeedCheckpoint& at, const Validate& validate, FeedUnitSettings settings, Instant as_of,
           std::stop_token stop, const std::function<void(const FeedCommitted&)>& sealed);
  ~FeedUnit() override { drop(kNotCommitted); }
  FeedUnit(const FeedUnit&) = delete;
  FeedUnit& operator=(const FeedUnit&) = delete;

  Result<> receive(EventBatch batch) override;
  Result<> complete(std::string_view scope) override;
  Result<> change(KvChange change) override;
  Result<> commit(std::string_view cursor) override;
  void put_off(std::chrono::milliseconds after) override { asked_ = after; }

  // What was not committed will not be.
  void drop(std::string_view reason);

  [[nodiscard]] bool open() const { return unit_ != 0 || !changes_.empty(); }  // something waits for a commit
  [[nodiscard]] bool progressed() const { return progressed_; }                // something was committed
  [[nodiscard]] std::chrono::milliseconds asked() const { return asked_; }     // to be left alone so long
  // The first failure of the store, or that the hub is stopping: nothing is taken after it, whatever the feed makes
  // of it.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<> begin();
  Error keep(Error error);

  FeedStore& store_;
  FeedCheckpoint& at_;
  const Validate& validate_;
  const FeedUnitSettings settings_;
  const std::stop_token stop_;
  const std::function<void(const FeedCommitted&)>& sealed_;
  DocumentArrival arrival_;
  std::int64_t unit_ = 0;
  std::vector<std::string> scopes_;
  std::map<std::string, std::optional<std::string>> changes_;
  std::uint64_t weight_ = 0;  // of the changes
  bool progressed_ = false;
  std::chrono::milliseconds asked_{0};
  std::optional<Error> failure_;
};

}  // namespace vestitel
