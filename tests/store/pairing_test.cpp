// The store's two files come back from backups apart: a pair that does not belong together is never opened.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/store_rig.hpp"

namespace fs = std::filesystem;
using namespace vestitel;
using namespace vestitel::test;
using Catch::Matchers::Contains;

namespace {

void run(const std::string& path, const std::string& sql) {
  sqlite::Database db(path, sqlite::Access::kWrite, 4096, 1024);
  db.execute(sql.c_str());
}

void back_up(const std::string& path, const std::string& to) { run(path, "VACUUM INTO '" + to + "'"); }

// As documented: the file is put back, and what lay beside it of the one before goes.
void restore(const std::string& from, const std::string& path) {
  fs::copy_file(from, path, fs::copy_options::overwrite_existing);
  for (const char* beside : {"-wal", "-shm"}) fs::remove(path + beside);
}

struct Pair {
  explicit Pair(StoreRig& of) : rig(of) {
    rig.subscribe(1);
    rig.deliver("a.xml", {{1, "r1"}});
    rig.close();
  }
  [[nodiscard]] std::string store() const { return rig.folder.file("store/vestitel.db"); }
  [[nodiscard]] std::string vault() const { return rig.folder.file("store/keys.db"); }
  StoreRig& rig;
};

}  // namespace

TEST_CASE("a store that lost one of its files is refused, and nothing is made in its place", "[pairing]") {
  StoreRig rig;
  const Pair pair(rig);
  SECTION("keys.db") {
    fs::remove(pair.vault());
    CHECK_THROWS_WITH(rig.open(), Contains("keys.db is missing beside vestitel.db"));
    CHECK_FALSE(fs::exists(pair.vault()));
  }
  SECTION("vestitel.db") {
    fs::remove(pair.store());
    CHECK_THROWS_WITH(rig.open(), Contains("vestitel.db is missing beside keys.db"));
    CHECK_FALSE(fs::exists(pair.store()));
  }
}

TEST_CASE("a keys.db of another store is refused, as is one that is older than the facts", "[pairing]") {
  StoreRig rig;
  const Pair pair(rig);
  SECTION("another's") {
    run(pair.vault(), "UPDATE pair SET mark = x'0102'");  // of another store under the same master key
    CHECK_THROWS_WITH(rig.open(), Contains("keys.db is not the one that belongs to vestitel.db"));
  }
  SECTION("older") {
    const std::string backup = rig.folder.file("keys.backup");
    back_up(pair.vault(), backup);
    rig.open();
    SECTION("a later person was reported of") { rig.deliver("b.xml", {{2, "r2"}}); }
    SECTION("a later person subscribed") { rig.subscribe(2); }
    rig.close();
    restore(backup, pair.vault());
    CHECK_THROWS_WITH(rig.open(), Contains("keys.db is older than vestitel.db: it knows p-1 as the last person"));
  }
  SECTION("newer: what it knows more than the facts harms nobody") {
    const std::string backup = rig.folder.file("store.backup");
    back_up(pair.store(), backup);
    rig.open();
    rig.subscribe(2);
    rig.close();
    restore(backup, pair.store());
    CHECK_NOTHROW(rig.open());
  }
}

TEST_CASE("a store from before its files were marked as a pair is marked, and goes on", "[pairing]") {
  StoreRig rig;
  const Pair pair(rig);
  for (const std::string& path : {pair.store(), pair.vault()}) run(path, "DROP TABLE pair; PRAGMA user_version=1");
  run(pair.store(),
      "DROP TABLE spent; DROP INDEX outbox_in_doubt; ALTER TABLE sink DROP COLUMN unknown; ALTER TABLE attempt DROP "
      "COLUMN asked; "
      "ALTER TABLE sink DROP COLUMN held; ALTER TABLE outbox DROP COLUMN stood_in; "
      "DROP TABLE awaited; DROP TABLE early_receipt; ALTER TABLE attempt DROP COLUMN receipt; ALTER TABLE attempt DROP "
      "COLUMN receipt_at; ALTER TABLE attempt DROP COLUMN receipt_reason; ALTER TABLE not_owed DROP COLUMN turn; "
      "ALTER TABLE event DROP COLUMN confirmed; ALTER TABLE document DROP COLUMN crashes; ALTER TABLE document DROP "
      "COLUMN transport; ALTER TABLE document DROP COLUMN baseline; DROP TABLE feed; DROP TABLE kv; DROP TABLE "
      "kv_account; DROP INDEX not_owed_told_by; ALTER TABLE not_owed DROP COLUMN told_by; ALTER TABLE event DROP "
      "COLUMN identity; ALTER TABLE event DROP COLUMN shown; DROP TABLE told; DROP TABLE reopened; DROP TABLE "
      "credential; "
      "DROP TABLE partner_facility; DROP TABLE partner_instance; DROP TABLE partner");
  SECTION("both") {}
  SECTION("a kill came between the two marks") {
    run(pair.vault(),
        "CREATE TABLE pair(one INTEGER PRIMARY KEY, mark BLOB); INSERT INTO pair VALUES(1, x'0102'); "
        "PRAGMA user_version=2");
  }
  rig.open();
  CHECK(rig.state() == "");
  rig.deliver("b.xml", {{1, "r1"}, {2, "r2"}});
  rig.reopen();
  CHECK(rig.store->look().books()->balanced());
}
