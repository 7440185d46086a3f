// What intake needs of the store for a feed: where it stands, and its units.
//
//   begin_unit ──▶ stage* ──▶ commit      durable together: events, quarantined records, complete scopes, kv, cursor
//                     └─────▶ drop_unit   nothing of it is ever seen; pruned in chunks
//
// A unit is what a poll emitted between two commits, and a document of transport feed: its events have ids, are routed,
// looked at and explained as those of any other. Staged like one, however large, and sealed by one last transaction of
// constant size, which carries the cursor. A kill before it leaves the old cursor and nothing visible: the next poll
// says the same again.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"
#include "core/ports/kv_store.hpp"

namespace vestitel {

inline constexpr std::size_t kMaxCursor = 64 * 1024;  // bytes
// Why a unit that was begun is not there.
inline constexpr const char* kNotCommitted = "its poll ended before it was committed; the feed says it again";

enum class FeedPause : std::uint8_t { kNone = 0, kByOperator = 1, kByCrashes = 2 };  // stored

// Where a feed stands.
struct FeedCheckpoint {
  std::string cursor;            // "": from the start
  std::int64_t revision = 0;     // grows with each change of the cursor; 0: the feed was never polled
  std::optional<Instant> moved;  // when the cursor changed last
  std::optional<Instant> ended;  // when a poll last found that nothing more was there; nothing: never yet
  std::uint32_t crashes = 0;     // how often the plugin's process died since the cursor changed
  FeedPause pause = FeedPause::kNone;
  std::string reason;  // of the pause
};

struct FeedCommit {
  std::string instance;
  std::int64_t revision = 0;          // of the checkpoint that the poll started from
  std::int64_t unit = 0;              // 0: nothing was begun, and there will be no row
  std::vector<std::string> complete;  // scopes of which everything was emitted in this unit
  std::vector<KvChange> changes;      // each key once
  std::uint64_t kv_quota = 0;
  std::string cursor;
};

struct FeedCommitted {
  std::int64_t revision = 0;            // of the new checkpoint
  std::optional<DocumentRow> document;  // nothing: an empty unit
  bool scopes_kept = false;  // scopes were said to be complete and nothing was annulled: a record is in quarantine
};

class FeedStore {
 public:
  virtual ~FeedStore() = default;

  virtual Result<FeedCheckpoint> checkpoint(std::string_view instance) = 0;

  // Registers a unit. One of the same instance that was never committed is rejected first. `arrival` says when, of
  // which instance, and whether it belongs to the first load; its transport is feed.
  virtual Result<std::int64_t> begin_unit(const DocumentArrival& arrival) = 0;
  // As IntakeStore::stage.
  virtual Result<> stage(std::int64_t unit, EventBatch batch) = 0;
  // Durable when it returns. kConflict: the cursor was set meanwhile; kDenied, kInvalid: a change of what is kept does
  // not fit. kIo: whether it took effect is unknown. Ends the unit where it succeeds.
  virtual Result<FeedCommitted> commit(const FeedCommit& commit) = 0;
  // Rejects a unit that will not be committed. Nothing to do where commit() has ended it.
  virtual void drop_unit(std::int64_t unit, std::string_view reason) = 0;

  // A poll found that nothing more is there.
  virtual Result<> ended(std::string_view instance, Instant at) = 0;
  // The plugin's process died in a poll. How often that has happened at this cursor, this time included; durable.
  virtual Result<std::uint32_t> crashed(std::string_view instance) = 0;

  // kNone ends a pause, and forgets crashes.
  virtual Result<> pause(std::string_view instance, FeedPause pause, std::string_view reason) = 0;
  // A poll that runs will not commit over it.
  virtual Result<> set_cursor(std::string_view instance, std::string_view cursor) = 0;
};

}  // namespace vestitel
