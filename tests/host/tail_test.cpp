#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

std::string ids(const Result<std::vector<Event>>& events) {
  REQUIRE(events);
  std::string text;
  for (const Event& event : *events) text += (text.empty() ? "" : " ") + to_text(event.id);
  return text;
}

SealPosition behind(const Result<std::vector<Event>>& events) {
  REQUIRE(events);
  return {events->back().seal, events->back().id};
}

}  // namespace

TEST_CASE("a document that is sealed late is not passed by, whatever its number", "[tail]") {
  StoreRig rig;
  auto& intake = rig.store->intake();
  const auto early = intake.open_document(rig.arrival("early.xml", "early"));
  REQUIRE(early);
  rig.deliver("late.xml", {{1, "r1"}, {2, "r2"}});
  auto& look = rig.store->look();
  const auto seen = look.last_events(10);
  CHECK(ids(seen) == "e-2-1 e-2-2");
  REQUIRE(intake.stage(early->id, StoreRig::batch({{3, "r3"}, {4, "r4"}, {5, "r5"}})));
  REQUIRE(intake.seal(early->id));
  const auto next = look.events_sealed_after(behind(seen), 2);
  CHECK(ids(next) == "e-1-1 e-1-2");
  CHECK(ids(look.events_sealed_after(behind(next), 2)) == "e-1-3");
  CHECK(ids(look.last_events(4)) == "e-2-2 e-1-1 e-1-2 e-1-3");
  CHECK(ids(look.last_events(0)).empty());
}

TEST_CASE("behind the newest seal there is nothing, until something is sealed", "[tail]") {
  StoreRig rig;
  auto& look = rig.store->look();
  const auto nothing = look.last_sealed();
  REQUIRE(nothing);
  rig.deliver("a.xml", {{1, "r1"}});
  CHECK(ids(look.events_sealed_after(*nothing, 10)) == "e-1-1");
  const auto end = look.last_sealed();
  REQUIRE(end);
  CHECK(ids(look.events_sealed_after(*end, 10)).empty());
  rig.deliver("b.xml", {{1, "r2"}});
  CHECK(ids(look.events_sealed_after(*end, 10)) == "e-2-1");
}

}  // namespace vestitel::test
