// SQLite as this store uses it: a connection, statements prepared once, and an exception that says which statement
// failed. The only file pair that touches sqlite3.h's C interface; SqliteError ends at the writer's loop and at
// guarded(), nowhere else.
#pragma once
#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vestitel::sqlite {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(sqlite3* db, std::string_view action);
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

struct Blob {
  std::string_view bytes;
};
struct Null {};

class Database;

// One prepared statement. run() binds, executes and resets; rows() binds and leaves stepping to the caller.
class Statement {
 public:
  Statement(Database& db, std::string_view sql);

  // A bound execution in progress; resets the statement when it goes. Views into a row live until the next step.
  class Rows {
   public:
    explicit Rows(Statement& statement) : statement_(statement) {}
    ~Rows() { statement_.reset(); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    bool step() { return statement_.step(); }
    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    [[nodiscard]] bool null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;

   private:
    Statement& statement_;
  };

  template <class... Values>
  Rows rows(const Values&... values) {
    bind_all(values...);
    return Rows(*this);
  }

  template <class... Values>
  void run(const Values&... values) {
    bind_all(values...);
    Rows rows(*this);
    while (rows.step()) {
    }
  }

  // The first column of the first row, or nothing where there is no row or it is NULL.
  template <class... Values>
  std::optional<std::int64_t> number(const Values&... values) {
    auto found = rows(values...);
    if (!found.step() || found.null(0)) return std::nullopt;
    return found.integer(0);
  }

 private:
  sqlite3_stmt* get() const { return statement_.get(); }
  bool step();
  void reset() { sqlite3_reset(get()); }

  template <class... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }
  void bind(int index, std::integral auto value) {
    check(sqlite3_bind_int64(get(), index, static_cast<std::int64_t>(value)));
  }
  void bind(int index, std::string_view value) {
    check(sqlite3_bind_text(get(), index, value.data() == nullptr ? "" : value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
  }
  void bind(int index, Blob value) {
    check(sqlite3_bind_blob(get(), index, value.bytes.data() == nullptr ? "" : value.bytes.data(),
                            static_cast<int>(value.bytes.size()), SQLITE_STATIC));
  }
  void bind(int index, Null) { check(sqlite3_bind_null(get(), index)); }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value)
      bind(index, *value);
    else
      bind(index, Null{});
  }
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class Access : std::uint8_t { kWrite, kRead };

// One connection, used by one thread at a time.
class Database {
 public:
  // Opens, sets the pragmas of the store's rules and reads them back. kWrite creates the file (mode 0600). Throws
  // SqliteError, or std::runtime_error when a pragma did not take.
  Database(const std::string& path, Access access, int page_size, int cache_kib);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql);

  // Pages in the write-ahead log after the last commit (writing connection).
  [[nodiscard]] int wal_pages() const { return wal_pages_; }
  // Copies what it can of the log into the database without waiting for readers.
  void checkpoint();

  [[nodiscard]] sqlite3* handle() const { return db_.get(); }

 private:
  void require_pragma(const std::string& name, std::string_view expected);

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  int wal_pages_ = 0;
  std::unique_ptr<sqlite3, Close> db_;
};

// A read transaction: everything inside sees one state of the database.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& db) : db_(db) { db_.execute("BEGIN"); }
  ~ReadTransaction() { sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& db_;
};

// Runs a read and turns what SQLite throws into a value.
template <class F>
auto guarded(std::string_view action, F&& read) -> Result<decltype(read())> {
  try {
    return std::forward<F>(read)();
  } catch (const SqliteError& e) {
    return {Failure::kIo, std::string(action) + ": " + e.what()};
  }
}

}  // namespace vestitel::sqlite
