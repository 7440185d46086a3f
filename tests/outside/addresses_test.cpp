#include "core/plugin/outside/addresses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

namespace vestitel {
namespace {

bool is_public(const std::string& text) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    REQUIRE(::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1);
    v6->sin6_family = AF_INET6;
  }
  return vestitel::is_public(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

TEST_CASE("addresses of a network of our own are told from the world's", "[outside]") {
  for (const char* own : {"0.0.0.0",     "10.1.2.3",        "100.64.0.1",      "100.127.255.255",
                          "127.0.0.1",   "169.254.169.254", "172.16.0.1",      "172.31.255.255",
                          "192.0.2.1",   "192.168.1.1",     "198.18.0.1",      "198.51.100.1",
                          "203.0.113.1", "224.0.0.1",       "255.255.255.255", "::",
                          "::1",         "fe80::1",         "fc00::1",         "fd12::1",
                          "ff02::1",     "::ffff:10.0.0.1", "64:ff9b::a00:1",  "2002:a00:1::",
                          "2001:db8::1", "2001::1"}) {
    CAPTURE(own);
    CHECK_FALSE(is_public(own));
  }
  for (const char* world : {"8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "11.0.0.1",
                            "193.0.6.139", "2a00:1450::1", "::ffff:8.8.8.8", "2002:808:808::", "2001:67c::1"}) {
    CAPTURE(world);
    CHECK(is_public(world));
  }
}

}  // namespace vestitel
