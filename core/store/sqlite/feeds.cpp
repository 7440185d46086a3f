#include "core/store/sqlite/feeds.hpp"

#include "core/base/fault_point.hpp"

namespace vestitel::sqlite {
namespace {

std::string cursor_place(std::string_view instance) { return std::string("feed.cursor/1/").append(instance); }

}  // namespace

SqliteFeeds::SqliteFeeds(Writer& writer, SqliteIntake& intake, SqliteKv& kv, const MasterKeys& keys, const Clock& clock,
                         Random& random)
    : writer_(writer),
      intake_(intake),
      kv_(kv),
      keys_(keys.copy()),
      clock_(clock),
      random_(random),
      instances_(writer.connections().store),
      read_(writer.connections().store,
            "SELECT cursor, revision, moved, ended, crashes, pause, reason FROM feed WHERE instance = ?"),
      insert_(writer.connections().store, "INSERT OR IGNORE INTO feed(instance, cursor, revision) VALUES(?, ?, 0)"),
      move_(writer.connections().store,
            "UPDATE feed SET cursor = ?, revision = revision + 1, moved = ?, crashes = 0 WHERE instance = ? AND "
            "revision = ? RETURNING revision"),
      set_(writer.connections().store,
           "UPDATE feed SET cursor = ?, revision = revision + 1, moved = ?, crashes = 0 WHERE instance = ?"),
      ended_(writer.connections().store, "UPDATE feed SET ended = ?, crashes = 0 WHERE instance = ?"),
      crashed_(writer.connections().store,
               "UPDATE feed SET crashes = crashes + 1 WHERE instance = ? RETURNING crashes"),
      pause_(writer.connections().store,
             "UPDATE feed SET pause = ?1, reason = ?2, crashes = CASE ?1 WHEN 0 THEN 0 ELSE crashes END WHERE instance "
             "= ?3") {}

Result<FeedCheckpoint> SqliteFeeds::checkpoint(std::string_view instance) {
  std::string cursor;
  auto read = writer_
                  .submit<FeedCheckpoint>([&]() -> Result<FeedCheckpoint> {
                    FeedCheckpoint out;
                    const auto number = instances_.find(instance);
                    if (!number) return out;
                    auto row = read_.rows(*number);
                    if (!row.step()) return out;
                    cursor = row.blob(0);
                    out.revision = row.integer(1);
                    if (!row.null(2)) out.moved = from_micros(row.integer(2));
                    if (!row.null(3)) out.ended = from_micros(row.integer(3));
                    out.crashes = static_cast<std::uint32_t>(row.integer(4));
                    out.pause = static_cast<FeedPause>(row.integer(5));
                    out.reason = row.text(6);
                    return out;
                  })
                  .get();
  if (!read || cursor.empty()) return read;
  auto plain = vestitel::open(keys_.kept, cursor, cursor_place(instance));
  if (!plain) return plain.error().during("opening a cursor");
  read->cursor = std::move(*plain);
  return read;
}

// What makes its row one of its own is drawn: a unit has no bytes that could be met again.
Result<std::int64_t> SqliteFeeds::begin_unit(const DocumentArrival& arrival) {
  DocumentArrival unit = arrival;
  unit.transport = Transport::kFeed;
  random_.fill(unit.sha256);
  const auto opened = intake_.open_document(unit);
  if (!opened) return opened.error();
  return opened->id;
}

Result<FeedCommitted> SqliteFeeds::commit(const FeedCommit& commit) {
  const std::string cursor = sealed_cursor(commit.instance, commit.cursor);
  const auto changes = kv_.sealed(commit.instance, commit.changes);
  if (!changes) return changes.error();
  FeedCommitted out;
  out.revision = commit.revision + 1;
  for (const std::string& scope : commit.complete) {
    const auto annulled = intake_.annul_gone(commit.unit, scope);
    if (!annulled) return annulled.error();
    out.scopes_kept = out.scopes_kept || !*annulled;
  }
  const std::function<Result<Done>()> move_on = [&] { return move(commit, cursor, *changes); };
  if (commit.unit != 0) {
    auto row = intake_.seal_with(commit.unit, move_on);
    if (!row) return row.error();
    out.document = std::move(*row);
  } else if (auto moved = writer_.submit<Done>(move_on).get(); !moved) {
    return moved.error();
  }
  return out;
}

void SqliteFeeds::drop_unit(std::int64_t unit, std::string_view reason) {
  if (intake_.begun(unit)) (void)intake_.reject(unit, reason, {}).ok();
}

std::int64_t SqliteFeeds::made(std::string_view instance) {
  const std::int64_t number = instances_.made(instance);
  insert_.run(number, Blob{""});
  return number;
}

Result<Done> SqliteFeeds::move(const FeedCommit& commit, std::string_view cursor,
                               std::span<const SqliteKv::Sealed> changes) {
  const std::int64_t number = made(commit.instance);
  if (!move_.number(Blob{cursor}, to_micros(clock_.now()), number, commit.revision))
    return {Failure::kConflict, "committing a feed's unit: its cursor was set meanwhile"};
  return kv_.apply(commit.instance, changes, commit.kv_quota);
}

Result<Done> SqliteFeeds::change(std::string_view instance, const std::function<void(std::int64_t)>& with) {
  return writer_
      .submit<Done>([&]() -> Result<Done> {
        with(made(instance));
        return Done{};
      })
      .get();
}

Result<> SqliteFeeds::ended(std::string_view instance, Instant at) {
  return change(instance, [&](std::int64_t number) { ended_.run(to_micros(at), number); });
}

Result<std::uint32_t> SqliteFeeds::crashed(std::string_view instance) {
  std::uint32_t times = 0;
  auto counted = change(
      instance, [&](std::int64_t number) { times = static_cast<std::uint32_t>(crashed_.number(number).value_or(0)); });
  if (!counted) return counted.error();
  return times;
}

Result<> SqliteFeeds::pause(std::string_view instance, FeedPause pause, std::string_view reason) {
  return change(instance, [&](std::int64_t number) { pause_.run(static_cast<int>(pause), reason, number); });
}

Result<> SqliteFeeds::set_cursor(std::string_view instance, std::string_view cursor) {
  const std::string sealed = sealed_cursor(instance, cursor);
  return change(instance, [&](std::int64_t number) { set_.run(Blob{sealed}, to_micros(clock_.now()), number); });
}

// The first cursor is empty, and lies as nothing.
std::string SqliteFeeds::sealed_cursor(std::string_view instance, std::string_view cursor) {
  if (cursor.empty()) return {};
  return seal(keys_.kept, cursor, cursor_place(instance), random_);
}

}  // namespace vestitel::sqlite
