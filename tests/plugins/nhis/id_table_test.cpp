// The table of ids against the standard library's map: it says the same after any order of entering and erasing.
#include "id_table.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <random>

namespace {

using nhis::Id, nhis::IdTable;

Id numbered(unsigned n) {
  char text[64];
  std::snprintf(text, sizeof text, "005a0000-0000-4040-8080-%012x", n);
  return nhis::id_of(text);
}

}  // namespace

TEST_CASE("the table of ids holds what a map holds", "[nhis]") {
  std::mt19937 random(20260131);
  IdTable<std::size_t> table;
  std::map<unsigned, std::size_t> map;
  for (int step = 0; step < 50'000; ++step) {
    const auto n = static_cast<unsigned>(random() % 3000);
    if (random() % 3 == 0) {
      table.erase(numbered(n));
      map.erase(n);
    } else {
      const std::size_t value = random() | 1U;
      table.enter(numbered(n), value);
      map[n] = value;
    }
    REQUIRE(table.size() == map.size());
    if (step % 500 != 0) continue;
    for (unsigned i = 0; i < 3'000; ++i) {
      const auto found = map.find(i);
      REQUIRE(table.find(numbered(i)) == (found == map.end() ? std::size_t{0} : found->second));
    }
  }
  table.clear();
  CHECK(table.size() == 0);
  CHECK(table.find(numbered(1)) == 0);
}

TEST_CASE("an id is the same in either case of its digits, and a number of twelve characters is none of them",
          "[nhis]") {
  CHECK(nhis::id_of("005A0000-0000-4040-8080-0000000000FF") == numbered(255));
  CHECK_FALSE(nhis::id_of("26279A0000A1") == nhis::id_of("26279A0000A2"));
}
