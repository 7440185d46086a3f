#include "core/plugin/outside/addresses.hpp"

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace vestitel {
namespace {

struct Block {
  std::uint32_t first;
  int bits;
};
constexpr std::array<Block, 14> kOwn4{{{0x00000000, 8},
                                       {0x0A000000, 8},
                                       {0x64400000, 10},
                                       {0x7F000000, 8},
                                       {0xA9FE0000, 16},
                                       {0xAC100000, 12},
                                       {0xC0000000, 24},
                                       {0xC0000200, 24},
                                       {0xC0A80000, 16},
                                       {0xC6120000, 15},
                                       {0xC6336400, 24},
                                       {0xCB007100, 24},
                                       {0xE0000000, 4},
                                       {0xF0000000, 4}}};

bool public4(std::uint32_t address) {
  for (const Block& block : kOwn4)
    if ((address >> (32 - block.bits)) == (block.first >> (32 - block.bits))) return false;
  return true;
}

std::uint32_t at(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// 2000::/3 is what has been given out; of it not the ways to speak of IPv4 and what is for examples.
bool public6(const std::uint8_t* a) {
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::memcmp(a, kMapped, sizeof kMapped) == 0) return public4(at(a + 12));
  if ((a[0] & 0xE0) != 0x20) return false;
  if (a[0] == 0x20 && a[1] == 0x02) return public4(at(a + 2));               // 6to4
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0) return false;  // Teredo
  return !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8);    // documentation
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return public4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return public6(v6.sin6_addr.s6_addr);
}

}  // namespace vestitel
