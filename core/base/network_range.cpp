#include "core/base/network_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace vestitel {
namespace {

constexpr unsigned kMapped = 96;  // bits in front of an IPv4 address

bool bit(const std::array<std::uint8_t, 16>& octets, unsigned i) { return ((octets[i / 8] >> (7 - i % 8)) & 1U) != 0; }

}  // namespace

std::optional<NetworkRange::Octets> NetworkRange::octets_of(const std::string& address) {
  Octets octets{};
  if (::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1) return octets;
  octets[10] = octets[11] = 0xFF;
  if (::inet_pton(AF_INET, address.c_str(), octets.data() + kMapped / 8) == 1) return octets;
  return std::nullopt;
}

std::optional<NetworkRange> NetworkRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto octets = octets_of(std::string(text.substr(0, slash)));
  if (!octets) return std::nullopt;
  const bool four = text.substr(0, slash).find(':') == std::string_view::npos;
  NetworkRange range;
  range.first_ = *octets;
  range.bits_ = 128;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, bad] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), bits);
    if (bad != std::errc{} || end != prefix.data() + prefix.size() || bits > (four ? 32U : 128U)) return std::nullopt;
    range.bits_ = bits + (four ? kMapped : 0);
  }
  for (unsigned i = range.bits_; i < 128; ++i)
    if (bit(range.first_, i)) return std::nullopt;
  return range;
}

bool NetworkRange::contains(const std::string& address) const {
  const auto octets = octets_of(address);
  if (!octets) return false;
  for (unsigned i = 0; i < bits_; ++i)
    if (bit(*octets, i) != bit(first_, i)) return false;
  return true;
}

}  // namespace vestitel
