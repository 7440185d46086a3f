#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {

TEST_CASE("those who have subscribed are told in pages, once each, and nobody else", "[store]") {
  StoreRig rig;
  rig.deliver("a.xml", {{9, "r1"}});  // known, never subscribed
  for (int person = 1; person <= 5; ++person) rig.subscribe(person);
  rig.subscribe(3, Channel::kSms, "+359880000000");
  std::vector<std::string> seen;
  std::int64_t last = 0;
  while (true) {
    const auto page = rig.store->subjects().subscribed_after(last, 2);
    REQUIRE(page.ok());
    for (const auto& one : *page) {
      CHECK(one.person > last);
      last = one.person;
      seen.push_back(one.identifier.value.reveal());
    }
    if (page->size() < 2) break;
  }
  std::vector<std::string> expected;
  for (int person = 1; person <= 5; ++person) expected.push_back(StoreRig::egn(person));
  std::sort(seen.begin(), seen.end());
  std::sort(expected.begin(), expected.end());
  CHECK(seen == expected);
}

}  // namespace vestitel::test
