// The documents of a scope in every order end in the same record.
#include <algorithm>

#include "tests/plugins/order/documents.hpp"

namespace vestitel::test {

TEST_CASE("documents of a scope end in the same record, whatever their order", "[order]") {
  const std::string name = GENERATE(from_range(readers()));
  const Case& c = case_of(name);
  CAPTURE(name);
  std::vector<std::size_t> order(c.said.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return c.said[a].day < c.said[b].day; });
  const std::vector<std::size_t> by_time = order;
  std::set<std::string> expected;
  std::sort(order.begin(), order.end());
  const auto end_of = [&](const std::vector<std::size_t>& in) {
    RecordRig rig;
    know_everybody(rig);
    for (const std::size_t i : in) {
      rig.read(name, reader_named(name), c.said[i].bytes, c.said[i].day);
      rig.send();
    }
    CHECK(rig.store->look().books()->balanced());
    return rig.record();
  };
  expected = end_of(by_time);
  REQUIRE_FALSE(expected.empty());
  do {
    CAPTURE(order);
    CHECK(end_of(order) == expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("what a partner says again is a duplicate, and what differs a correction or another state", "[order]") {
  const std::string name = GENERATE(from_range(readers()));
  const Case& c = case_of(name);
  CAPTURE(name);
  RecordRig rig;
  const auto first = rig.read(name, reader_named(name), c.said[0].bytes, -40).counts;
  CHECK(first.accepted > 0);
  const auto again = rig.read(name, reader_named(name), c.said[0].bytes + "\n", -39).counts;
  CHECK(again.duplicates == first.accepted);
  CHECK(again.accepted + again.corrected + again.annulled == 0);
  const auto other = rig.read(name, reader_named(name), c.said[c.changed].bytes, -30).counts;
  const auto differing = c.state ? other.accepted : other.corrected;
  CHECK(differing > 0);
  CHECK(differing + other.duplicates == first.accepted);
}

}  // namespace vestitel::test
