#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

// Units as a poll would hand them over.
struct FeedRig : StoreRig {
  FeedStore& feeds() const { return store->feeds(); }

  std::int64_t begin(bool baseline = false) {
    DocumentArrival unit;
    unit.instance = "feed";
    unit.name = "poll " + std::to_string(++polls);
    unit.as_of = unit.arrived = clock.now();
    unit.baseline = baseline;
    return feeds().begin_unit(unit).value();
  }
  std::int64_t staged(const std::vector<Sheet>& sheets, int quarantined = 0) {
    const std::int64_t unit = begin();
    REQUIRE(feeds().stage(unit, batch(sheets, quarantined)));
    return unit;
  }
  Result<FeedCommitted> commit(std::int64_t unit, const std::string& cursor, std::vector<std::string> complete = {},
                               std::vector<KvChange> changes = {}, std::uint64_t quota = 1000) {
    return feeds().commit({"feed", at().revision, unit, std::move(complete), std::move(changes), quota, cursor});
  }
  FeedCheckpoint at() const { return feeds().checkpoint("feed").value(); }
  std::string documents() const {
    std::string text;
    const auto rows = store->look().documents({});
    for (const DocumentRow& row : *rows) text += std::to_string(row.id) + " " + std::string(to_text(row.state)) + "; ";
    return text;
  }
  int polls = 0;
  // "r1 new, r2 annulled" of everything that is sealed.
  std::string events() const {
    std::string text;
    const auto all = store->look().events({0, 1000});
    for (const Event& event : *all)
      text += (text.empty() ? "" : ", ") + event.record + " " + std::string(to_text(event.revision));
    return text;
  }
};

const std::string kScope = Sheet{}.scope;

}  // namespace

TEST_CASE("a unit becomes durable with its cursor and with what is kept, at once", "[feed]") {
  FeedRig rig;
  CHECK(rig.at().cursor.empty());
  const auto unit = rig.staged({{1, "r1"}, {2, "r2"}}, 1);
  CHECK(rig.events().empty());
  CHECK(rig.at().cursor.empty());
  const auto committed = rig.commit(unit, "page-2", {}, {{"token", "t1"}});
  REQUIRE(committed);
  CHECK(committed->document->state == DocumentState::kSealed);
  CHECK(committed->document->arrival.transport == Transport::kFeed);
  CHECK(committed->document->counts.accepted == 2);
  CHECK(committed->document->counts.quarantined == 1);
  rig.reopen();
  CHECK(rig.events() == "r1 new, r2 new");
  CHECK(rig.at().cursor == "page-2");
  CHECK(rig.store->kv().get("feed", "token").value()->value == "t1");
  CHECK(rig.store->look().quarantine(0, {}).value().size() == 1);
}

TEST_CASE("a unit that is dropped leaves nothing, and the same events are new the next time", "[feed]") {
  FeedRig rig;
  const auto unit = rig.staged({{1, "r1"}});
  SECTION("told to") { rig.feeds().drop_unit(unit, "the other side hung up"); }
  SECTION("by the next one, behind a kill") { rig.reopen(); }
  CHECK(rig.at().cursor.empty());
  const auto again = rig.commit(rig.staged({{1, "r1"}}), "c1");
  REQUIRE(again);
  CHECK(again->document->counts.accepted == 1);
  CHECK(again->document->counts.duplicates == 0);
  CHECK(rig.events() == "r1 new");
  CHECK(rig.documents() == "1 rejected; 2 sealed; ");
}

TEST_CASE("what a kill left of a unit is rejected when the next begins, whatever that one holds", "[feed]") {
  FeedRig rig;
  rig.staged({{1, "r1"}});
  rig.reopen();
  REQUIRE(rig.commit(rig.staged({{2, "r2"}}), "c1"));
  CHECK(rig.documents() == "1 rejected; 2 sealed; ");
  CHECK(rig.events() == "r2 new");
}

TEST_CASE("what a poll says again is absorbed by its key", "[feed]") {
  FeedRig rig;
  REQUIRE(rig.commit(rig.staged({{1, "r1"}, {2, "r2"}}), "c1"));
  rig.clock.advance(std::chrono::minutes(1));
  const auto again = rig.commit(rig.staged({{2, "r2"}, {3, "r3"}}), "c2");
  CHECK(again->document->counts.duplicates == 1);
  CHECK(again->document->counts.accepted == 1);
}

TEST_CASE("a unit without anything moves the cursor and makes no row", "[feed]") {
  FeedRig rig;
  const auto committed = rig.commit(0, "c1", {}, {{"k", "v"}});
  REQUIRE(committed);
  CHECK_FALSE(committed->document);
  CHECK(rig.at().cursor == "c1");
  CHECK(rig.at().revision == committed->revision);
  CHECK(rig.store->kv().get("feed", "k").value()->value == "v");
  CHECK(rig.documents().empty());
  REQUIRE(rig.commit(0, "c2", {}, {{"k", std::nullopt}}));
  CHECK_FALSE(rig.store->kv().get("feed", "k").value());
}

TEST_CASE("a change that does not fit keeps the whole unit back, cursor and all", "[feed]") {
  FeedRig rig;
  const auto unit = rig.staged({{1, "r1"}});
  const auto refused = rig.commit(unit, "c1", {}, {{"a", "fits"}, {"k", std::string(100, 'x')}}, 50);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().failure == Failure::kDenied);
  CHECK(rig.at().cursor.empty());
  CHECK(rig.events().empty());
  CHECK_FALSE(rig.store->kv().get("feed", "a").value());
}

TEST_CASE("a unit does not commit over a cursor that was set meanwhile", "[feed]") {
  FeedRig rig;
  REQUIRE(rig.commit(0, "c1"));
  const auto before = rig.at().revision;
  const auto unit = rig.staged({{1, "r1"}});
  REQUIRE(rig.feeds().set_cursor("feed", "elsewhere"));
  const auto late = rig.feeds().commit({"feed", before, unit, {}, {}, 0, "c2"});
  REQUIRE_FALSE(late);
  CHECK(late.error().failure == Failure::kConflict);
  CHECK(rig.at().cursor == "elsewhere");
  CHECK(rig.events().empty());
}

TEST_CASE("a complete scope annuls what its unit did not name", "[feed]") {
  FeedRig rig;
  REQUIRE(rig.commit(rig.staged({{1, "r1"}, {2, "r2"}, {3, "r3"}, {4, "x", "", "", Revision::kNew, "other"}}), "c1"));
  rig.clock.advance(std::chrono::minutes(1));

  SECTION("and that alone") {
    const auto unit = rig.staged({{1, "r1"}, {3, "r3", "2203999001", "I11"}, {5, "r5"}});
    const auto committed = rig.commit(unit, "c2", {kScope});
    REQUIRE(committed);
    CHECK(committed->document->counts.annulled == 1);
    CHECK_FALSE(committed->scopes_kept);
    CHECK(rig.events() == "r1 new, r2 new, r3 new, x new, r3 corrected, r5 new, r2 annulled");
    rig.clock.advance(std::chrono::minutes(1));
    SECTION("once") {
      REQUIRE(rig.commit(rig.staged({{1, "r1"}, {3, "r3", "2203999001", "I11"}, {5, "r5"}}), "c3", {kScope}));
      CHECK(rig.events() == "r1 new, r2 new, r3 new, x new, r3 corrected, r5 new, r2 annulled");
    }
    SECTION("until it is there again") {
      REQUIRE(rig.commit(rig.staged({{2, "r2"}}), "c3"));
      CHECK(rig.store->look().explain(event_id(3, 1)).value()->event.record == "r2");
    }
  }
  SECTION("of more records than one transaction takes") {
    std::vector<Sheet> many;
    for (int i = 0; i < 1'200; ++i) many.push_back({i, "m" + std::to_string(i), "", "", Revision::kNew, "many"});
    REQUIRE(rig.commit(rig.staged(many), "c2"));
    rig.clock.advance(std::chrono::minutes(1));
    many.resize(3);
    CHECK(rig.commit(rig.staged(many), "c3", {"many"})->document->counts.annulled == 1'197);
  }
  SECTION("all of it, where it is empty by now") {
    CHECK(rig.commit(rig.begin(), "c2", {kScope})->document->counts.annulled == 3);
  }
  SECTION("nothing, where a record in quarantine may be the one that is missing") {
    const auto committed = rig.commit(rig.staged({{1, "r1"}}, 1), "c2", {kScope});
    CHECK(committed->scopes_kept);
    CHECK(committed->document->counts.annulled == 0);
  }
  SECTION("nothing of it, where the unit is dropped") {
    const auto unit = rig.staged({{1, "r1"}});
    REQUIRE_FALSE(rig.feeds().commit({"feed", 99, unit, {kScope}, {}, 0, "c2"}));
    rig.feeds().drop_unit(unit, "no");
    CHECK(rig.events() == "r1 new, r2 new, r3 new, x new");
    rig.clock.advance(std::chrono::minutes(1));
    CHECK(rig.commit(rig.staged({{1, "r1"}}), "c2", {kScope})->document->counts.annulled == 2);
  }
}

TEST_CASE("who was told of a record is told that it is gone", "[feed]") {
  FeedRig rig;
  rig.subscribe(2);
  REQUIRE(rig.commit(rig.staged({{1, "r1"}, {2, "r2"}}), "c1"));
  rig.route();
  const auto first = rig.lease();
  REQUIRE(first.size() == 1);
  REQUIRE(rig.settle(first[0], VerdictKind::kDelivered));
  rig.clock.advance(std::chrono::seconds(1));
  REQUIRE(rig.commit(rig.staged({{1, "r1"}}), "c2", {kScope}));
  rig.route();
  CHECK(rig.lease().size() == 1);
}

TEST_CASE("a first load is kept and nobody is told, with the reason", "[feed]") {
  FeedRig rig;
  rig.subscribe(1);
  const auto unit = rig.begin(true);
  REQUIRE(rig.feeds().stage(unit, StoreRig::batch({{1, "r1"}})));
  REQUIRE(rig.commit(unit, "c1"));
  const auto page = rig.store->routing().routable({}, 10, false);
  REQUIRE(page);
  CHECK(page->events.at(0).baseline);
  REQUIRE(rig.commit(rig.staged({{1, "r2"}}), "c2"));
  CHECK_FALSE(rig.store->routing().routable({}, 10, false)->events.at(1).baseline);
}

TEST_CASE("what is known of a feed outlives the hub", "[feed]") {
  FeedRig rig;
  REQUIRE(rig.commit(0, "c1"));
  REQUIRE(rig.feeds().ended("feed", rig.clock.now()));
  CHECK(rig.feeds().crashed("feed").value() == 1);
  REQUIRE(rig.feeds().pause("feed", FeedPause::kByOperator, "inventory"));
  rig.reopen();
  CHECK(rig.feeds().crashed("feed").value() == 2);
  CHECK(rig.at().ended == rig.clock.now());
  CHECK(rig.at().moved == rig.clock.now());
  CHECK(rig.at().pause == FeedPause::kByOperator);
  CHECK(rig.at().reason == "inventory");
  REQUIRE(rig.feeds().pause("feed", FeedPause::kNone, ""));
  CHECK(rig.at().crashes == 0);
  CHECK(rig.feeds().crashed("feed").value() == 1);
  REQUIRE(rig.commit(0, "c2"));
  CHECK(rig.at().crashes == 0);
}

TEST_CASE("a cursor lies sealed", "[feed]") {
  FeedRig rig;
  const std::string canary = "CANARY-OF-A-CURSOR";
  REQUIRE(rig.commit(0, canary));
  rig.close();
  for (const char* name : {"vestitel.db", "vestitel.db-wal"}) {
    std::ifstream file(rig.folder.file("store/") + name, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    CHECK(bytes.find(canary) == std::string::npos);
  }
  rig.open();
  CHECK(rig.at().cursor == canary);
}

TEST_CASE("a store from before feeds is brought up to date and keeps what it had", "[feed]") {
  FeedRig rig;
  rig.deliver("a.xml", {{1, "r1"}});
  rig.close();
  {
    sqlite::Database db(rig.folder.file("store/vestitel.db"), sqlite::Access::kWrite, 8192, 1024);
    db.execute(
        "DROP TABLE spent; DROP INDEX outbox_in_doubt; ALTER TABLE sink DROP COLUMN unknown; ALTER TABLE attempt DROP "
        "COLUMN asked; "
        "ALTER TABLE sink DROP COLUMN held; ALTER TABLE outbox DROP COLUMN stood_in; "
        "DROP TABLE awaited; DROP TABLE early_receipt; ALTER TABLE attempt DROP COLUMN receipt; ALTER TABLE attempt "
        "DROP COLUMN receipt_at; ALTER TABLE attempt DROP COLUMN receipt_reason; ALTER TABLE not_owed DROP COLUMN "
        "turn; "
        "DROP TABLE feed; DROP TABLE kv; DROP TABLE kv_account; ALTER TABLE document DROP COLUMN transport; "
        "ALTER TABLE document DROP COLUMN baseline; DROP INDEX not_owed_told_by; ALTER TABLE not_owed DROP COLUMN "
        "told_by; ALTER TABLE event DROP COLUMN identity; ALTER TABLE event DROP COLUMN shown; DROP TABLE told; DROP "
        "TABLE reopened; DROP TABLE credential; DROP TABLE partner_facility; DROP TABLE partner_instance; DROP TABLE "
        "partner; PRAGMA user_version=4");
  }
  rig.open();
  CHECK(rig.events() == "r1 new");
  CHECK(rig.store->look().documents({}).value().at(0).arrival.transport == Transport::kBytes);
  REQUIRE(rig.commit(rig.staged({{1, "r2"}}), "c1"));
  CHECK(rig.events() == "r1 new, r2 new");
}

}  // namespace vestitel::test
