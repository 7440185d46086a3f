// Semantic versions (2.0.0) of packages, and the dotted versions of glibc.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel {

struct Version {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::vector<std::string> pre;  // "rc", "1" of 1.0.0-rc.1; what stands behind a + has no order and is not kept

  // In the order of precedence of semver: 1.0.0-rc.1 < 1.0.0 < 1.0.1.
  friend std::weak_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};

std::optional<Version> parse_version(std::string_view text);  // at most 64 bytes

// Whether dotted `have` ("2.36") is at least `need`; nothing: one of them is no such number.
std::optional<bool> at_least(std::string_view have, std::string_view need);

}  // namespace vestitel
