// A program that was upgraded meets, until the hub starts, the store of the version before: who looks changes nothing.
#include <catch2/catch.hpp>

#include "core/store/sqlite/schema.hpp"
#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

constexpr const char* kBeforeSpending = R"sql(
DROP TABLE spent;
DROP INDEX outbox_ready;
CREATE INDEX outbox_ready ON outbox(sink, later, due, id) WHERE state = 1;
PRAGMA user_version = 10;)sql";

class OlderRig : public StoreRig {
 public:
  // A store with a message that is owed through a sink that is held, taken back by `sql`, and closed.
  explicit OlderRig(const char* sql) {
    REQUIRE(store->delivery().register_sink("mail", {true}));
    REQUIRE(store->delivery().hold("mail", true));
    subscribe(1);
    deliver("a.xml", {{1, "r1"}});
    route();
    close();
    sqlite::Database(path(), sqlite::Access::kWrite, sqlite::kStorePage, 1024).execute(sql);
  }
  std::int64_t version() {
    sqlite::Database db(path(), sqlite::Access::kRead, 0, 1024);
    return sqlite::Statement(db, "PRAGMA user_version").number().value();
  }

 private:
  std::string path() { return folder.file("store/vestitel.db"); }
};

}  // namespace

TEST_CASE("an older store is looked at as it is, and is brought up to date by the hub alone", "[store]") {
  OlderRig rig(kBeforeSpending);
  {
    const auto opened = rig.look();
    REQUIRE(opened);
    sqlite::Look& look = (*opened)->look();
    CHECK(look.status()->sinks.at(0).states == std::vector<std::pair<std::string, std::int64_t>>{{"ready", 1}});
    CHECK(look.spent(sofia_date(rig.clock.now()))->empty());
    CHECK(look.held_sinks().value() == std::vector<std::string>{"mail"});
    CHECK(look.feeds()->empty());
    CHECK(look.dead_letters(std::nullopt)->empty());
    CHECK(look.deliveries("", {})->size() == 1);
    CHECK(look.explain(look.events({})->at(0).id).value());
    CHECK(look.books()->balanced());
  }
  CHECK(rig.version() == 10);
  rig.open();
  CHECK(rig.version() > 10);
  CHECK(rig.store->look().held_sinks()->size() == 1);
}

TEST_CASE("a store that is too old to be looked at is refused as what it is", "[store]") {
  OlderRig rig("PRAGMA user_version = 7;");
  const auto refused = rig.look();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().failure == Failure::kConfig);
  CHECK_THAT(refused.error().message,
             Catch::Matchers::EndsWith("it is of an older version of the hub (schema 7; this program looks at 8 and "
                                       "later); the next start of the hub brings it up to date"));
  CHECK(rig.version() == 7);
}

}  // namespace vestitel::test
