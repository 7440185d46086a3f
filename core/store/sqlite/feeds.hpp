// FeedStore over SQLite: checkpoints, and units as documents of the intake.
#pragma once
#include <string>

#include "core/base/clock.hpp"
#include "core/ports/feed_store.hpp"
#include "core/store/master_keys.hpp"
#include "core/store/sqlite/instances.hpp"
#include "core/store/sqlite/intake.hpp"
#include "core/store/sqlite/kv.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class SqliteFeeds final : public FeedStore {
 public:
  SqliteFeeds(Writer& writer, SqliteIntake& intake, SqliteKv& kv, const MasterKeys& keys, const Clock& clock,
              Random& random);

  Result<FeedCheckpoint> checkpoint(std::string_view instance) override;
  Result<std::int64_t> begin_unit(const DocumentArrival& arrival) override;
  Result<> stage(std::int64_t unit, EventBatch batch) override { return intake_.stage(unit, std::move(batch)); }
  Result<FeedCommitted> commit(const FeedCommit& commit) override;
  void drop_unit(std::int64_t unit, std::string_view reason) override;
  Result<> ended(std::string_view instance, Instant at) override;
  Result<std::uint32_t> crashed(std::string_view instance) override;
  Result<> pause(std::string_view instance, FeedPause pause, std::string_view reason) override;
  Result<> set_cursor(std::string_view instance, std::string_view cursor) override;

 private:
  // writer's thread
  std::int64_t made(std::string_view instance);  // the row of a feed that was not there before
  Result<Done> move(const FeedCommit& commit, std::string_view cursor, std::span<const SqliteKv::Sealed> changes);
  Result<Done> change(std::string_view instance, const std::function<void(std::int64_t)>& with);

  std::string sealed_cursor(std::string_view instance, std::string_view cursor);

  Writer& writer_;
  SqliteIntake& intake_;
  SqliteKv& kv_;
  const MasterKeys keys_;
  const Clock& clock_;
  Random& random_;

  // used on the writer's thread alone
  InstanceNumbers instances_;
  Statement read_, insert_, move_, set_, ended_, crashed_, pause_;
};

}  // namespace vestitel::sqlite
