#include "core/store/sqlite/database.hpp"

#include <sys/stat.h>

#include <mutex>

namespace vestitel::sqlite {
namespace {

std::string describe(sqlite3* db, std::string_view action) {
  return std::string(action) + ": " + (db != nullptr ? sqlite3_errmsg(db) : "out of memory");
}

}  // namespace

SqliteError::SqliteError(sqlite3* db, std::string_view action)
    : std::runtime_error(describe(db, action)), code_(db != nullptr ? sqlite3_extended_errcode(db) : SQLITE_NOMEM) {}

Statement::Statement(Database& db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK)
    throw SqliteError(db.handle(), "preparing \"" + std::string(sql) + "\"");
  statement_.reset(raw);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SqliteError(sqlite3_db_handle(get()), "binding a value");
}

bool Statement::step() {
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqliteError(sqlite3_db_handle(get()), std::string("running \"") + sqlite3_sql(get()) + "\"");
}

std::string_view Statement::Rows::text(int column) const {
  const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {p == nullptr ? "" : p, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::Rows::blob(int column) const {
  const auto* p = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {p == nullptr ? "" : p, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

namespace {

// SQLite's counters of its own memory stand behind one mutex for the whole process; nobody reads them.
void configure_once() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

}  // namespace

Database::Database(const std::string& path, Access access, int page_size, int cache_kib) {
  configure_once();
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                    (access == Access::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  db_.reset(raw);
  if (code != SQLITE_OK) throw SqliteError(raw, "opening " + path);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  execute(("PRAGMA cache_size=-" + std::to_string(cache_kib)).c_str());
  execute("PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY");
  if (access == Access::kRead) {
    // One connection owns every WAL checkpoint; a reader never runs one, not even when it closes.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    execute("PRAGMA wal_autocheckpoint=0");
    return;
  }
  ::chmod(path.c_str(), 0600);
  execute(("PRAGMA page_size=" + std::to_string(page_size)).c_str());
  execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=FAST");
  execute("PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=268435456");
  sqlite3_wal_hook(
      raw,
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages_);
  require_pragma("journal_mode", "wal");
  require_pragma("synchronous", "2");
  require_pragma("foreign_keys", "1");
  require_pragma("trusted_schema", "0");
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw SqliteError(handle(), std::string("running \"") + sql + "\"");
}

void Database::checkpoint() {
  const int done = sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (done == SQLITE_BUSY) return;  // somebody else runs one, a backup for instance: the next commit tries again
  if (done != SQLITE_OK) throw SqliteError(handle(), "copying the write-ahead log");
  wal_pages_ = 0;
}

void Database::require_pragma(const std::string& name, std::string_view expected) {
  Statement read(*this, "PRAGMA " + name);
  auto row = read.rows();
  if (!row.step() || row.text(0) != expected)
    throw std::runtime_error("opening the store: PRAGMA " + name + " did not take the value " + std::string(expected));
}

}  // namespace vestitel::sqlite
