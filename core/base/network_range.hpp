// A range of addresses as staff write it: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel {

class NetworkRange {
 public:
  // Nothing: it is none, or has bits beyond its prefix.
  static std::optional<NetworkRange> parse(std::string_view text);

  // Whether an address in text form lies in it. An IPv4 address mapped into IPv6 is the IPv4 address.
  [[nodiscard]] bool contains(const std::string& address) const;

 private:
  using Octets = std::array<std::uint8_t, 16>;  // IPv4 mapped into IPv6
  static std::optional<Octets> octets_of(const std::string& address);

  Octets first_{};
  unsigned bits_ = 0;  // of 128
};

}  // namespace vestitel
