#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

constexpr std::uint64_t kQuota = 1000;

std::string listed(KvStore& kv, std::string_view prefix, std::string_view after = "", std::size_t max = 100) {
  std::string text;
  const auto all = kv.list("feed", prefix, after, max);
  for (const KvListed& one : *all) text += (text.empty() ? "" : " ") + one.key + ":" + std::to_string(one.revision);
  return text;
}

std::string value_of(KvStore& kv, std::string_view key, std::string_view instance = "feed") {
  const auto entry = kv.get(instance, key);
  REQUIRE(entry);
  return *entry ? (*entry)->value : "nothing";
}

}  // namespace

TEST_CASE("what a plugin keeps is there after a restart, for its own instance alone", "[kv]") {
  StoreRig rig;
  CHECK(value_of(rig.store->kv(), "token") == "nothing");
  REQUIRE(rig.store->kv().put("feed", "token", "secret", {}, kQuota));
  REQUIRE(rig.store->kv().put("feed", "empty", "", {}, kQuota));
  REQUIRE(rig.store->kv().put("other", "token", "another's", {}, kQuota));
  rig.reopen();
  CHECK(value_of(rig.store->kv(), "token") == "secret");
  CHECK(value_of(rig.store->kv(), "empty").empty());
  CHECK(value_of(rig.store->kv(), "token", "other") == "another's");
  CHECK(listed(rig.store->kv(), "") == "empty:2 token:1");
}

TEST_CASE("keys are listed in the order of their bytes, by prefix, in pages", "[kv]") {
  StoreRig rig;
  KvStore& kv = rig.store->kv();
  for (const char* key : {"b", "a/2", "a/10", "a", "a0", "\xff"}) REQUIRE(kv.put("feed", key, "v", {}, kQuota));
  CHECK(listed(kv, "") == "a:4 a/10:3 a/2:2 a0:5 b:1 \xff:6");
  CHECK(listed(kv, "a/") == "a/10:3 a/2:2");
  CHECK(listed(kv, "a/", "a/10") == "a/2:2");
  CHECK(listed(kv, "", "", 2) == "a:4 a/10:3");
  CHECK(listed(kv, "", "a/10", 2) == "a/2:2 a0:5");
  CHECK(listed(kv, "c").empty());
}

TEST_CASE("a change that expects another revision changes nothing", "[kv]") {
  StoreRig rig;
  KvStore& kv = rig.store->kv();
  CHECK(kv.put("feed", "k", "one", 0, kQuota).value() == 1);
  CHECK(kv.put("feed", "k", "two", 0, kQuota).error().failure == Failure::kConflict);
  CHECK(kv.put("feed", "k", "two", 7, kQuota).error().failure == Failure::kConflict);
  CHECK(kv.put("feed", "k", "two", 1, kQuota).value() == 2);
  CHECK(kv.remove("feed", "k", 1).error().failure == Failure::kConflict);
  CHECK(kv.remove("feed", "absent", 1).error().failure == Failure::kConflict);
  CHECK_FALSE(kv.remove("feed", "absent", 0).value());
  CHECK(value_of(kv, "k") == "two");
  CHECK(kv.remove("feed", "k", 2).value());
  CHECK_FALSE(kv.remove("feed", "k", {}).value());
  // A revision once seen never stands for another value, not even behind a removal and a restart.
  rig.reopen();
  CHECK(rig.store->kv().put("feed", "k", "three", 0, kQuota).value() == 4);
}

TEST_CASE("an instance keeps no more than its quota, counted in keys and values", "[kv]") {
  StoreRig rig;
  KvStore& kv = rig.store->kv();
  REQUIRE(kv.put("feed", "a", std::string(99, 'x'), {}, 200));
  REQUIRE(kv.put("feed", "b", std::string(99, 'x'), {}, 200));
  const auto over = kv.put("feed", "c", "", {}, 200);
  REQUIRE_FALSE(over);
  CHECK(over.error().failure == Failure::kDenied);
  CHECK_THAT(over.error().message, Catch::Contains("200 bytes"));
  CHECK(value_of(kv, "c") == "nothing");
  CHECK(kv.put("feed", "a", std::string(100, 'x'), {}, 200).error().failure == Failure::kDenied);
  REQUIRE(kv.put("other", "a", std::string(99, 'x'), {}, 200));  // each has its own
  REQUIRE(kv.put("feed", "b", "", {}, 50));                      // what makes it less always fits
  REQUIRE(kv.put("feed", "c", std::string(97, 'x'), {}, 200));
  REQUIRE(kv.remove("feed", "a", {}));
  CHECK(kv.put("feed", "d", std::string(100, 'x'), {}, 200).ok());
}

TEST_CASE("a key has 1 to 256 bytes and a value at most 64 KiB", "[kv]") {
  StoreRig rig;
  KvStore& kv = rig.store->kv();
  const std::uint64_t much = 1 << 20;
  CHECK(kv.put("feed", "", "v", {}, much).error().failure == Failure::kInvalid);
  CHECK(kv.put("feed", std::string(257, 'k'), "v", {}, much).error().failure == Failure::kInvalid);
  CHECK(kv.put("feed", "k", std::string(64 * 1024 + 1, 'v'), {}, much).error().failure == Failure::kInvalid);
  CHECK(kv.put("feed", std::string(256, 'k'), std::string(64 * 1024, 'v'), {}, much).ok());
}

TEST_CASE("a kept value lies sealed, and opens in its own place alone", "[kv]") {
  StoreRig rig;
  const std::string canary = "CANARY-OF-A-TOKEN";
  REQUIRE(rig.store->kv().put("feed", "a", canary, {}, kQuota));
  REQUIRE(rig.store->kv().put("feed", "b", "of b", {}, kQuota));
  rig.close();
  for (const char* name : {"vestitel.db", "vestitel.db-wal"}) {
    std::ifstream file(rig.folder.file("store/") + name, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    CHECK(bytes.find(canary) == std::string::npos);
  }
  {
    sqlite::Database db(rig.folder.file("store/vestitel.db"), sqlite::Access::kWrite, 8192, 1024);
    db.execute("UPDATE kv SET value = (SELECT value FROM kv WHERE key = x'61') WHERE key = x'62'");
  }
  rig.open();
  CHECK(value_of(rig.store->kv(), "a") == canary);
  const auto moved = rig.store->kv().get("feed", "b");
  REQUIRE_FALSE(moved);
  CHECK(moved.error().failure == Failure::kInternal);
}

}  // namespace vestitel::test
