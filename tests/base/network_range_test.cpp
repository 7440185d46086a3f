#include "core/base/network_range.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {

TEST_CASE("an address lies in a range or not, in either family", "[network]") {
  struct Case {
    const char *range, *address;
    bool in;
  };
  const auto c = GENERATE(values<Case>({
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.0/24", "::ffff:192.0.2.7", true},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.6", false},
      {"0.0.0.0/0", "203.0.113.1", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"10.128.0.0/9", "10.127.255.255", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::1", "::1", true},
      {"::1", "localhost", false},
  }));
  CAPTURE(c.range, c.address);
  const auto range = NetworkRange::parse(c.range);
  REQUIRE(range);
  CHECK(range->contains(c.address) == c.in);
}

TEST_CASE("what is no range is none", "[network]") {
  CHECK_FALSE(NetworkRange::parse(GENERATE("", "/", "localhost", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/2x",
                                           "192.0.2.1/24", "192.0.2.0/", "2001:db8::/129", "2001:db8::1/64", "1.2.3")));
}

}  // namespace vestitel::test
