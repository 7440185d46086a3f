#include "core/plugin/package/version.hpp"

#include <algorithm>
#include <charconv>

namespace vestitel {
namespace {

constexpr std::size_t kMaxVersion = 64;

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  if (!digits(text) || (text.size() > 1 && text[0] == '0') || text.size() > 18) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

// Numbers come before words; numbers by value, words by their bytes.
std::weak_ordering compare_identifiers(const std::string& a, const std::string& b) {
  const auto left = number(a), right = number(b);
  if (left && right) return *left <=> *right;
  if (left || right) return left ? std::weak_ordering::less : std::weak_ordering::greater;
  return a.compare(b) <=> 0;
}

}  // namespace

std::weak_ordering operator<=>(const Version& a, const Version& b) {
  if (const auto order = a.major <=> b.major; order != 0) return order;
  if (const auto order = a.minor <=> b.minor; order != 0) return order;
  if (const auto order = a.patch <=> b.patch; order != 0) return order;
  if (a.pre.empty() || b.pre.empty())
    return b.pre.empty() <=> a.pre.empty() == 0 ? std::weak_ordering::equivalent
           : a.pre.empty()                      ? std::weak_ordering::greater
                                                : std::weak_ordering::less;
  for (std::size_t i = 0; i < std::min(a.pre.size(), b.pre.size()); ++i)
    if (const auto order = compare_identifiers(a.pre[i], b.pre[i]); order != 0) return order;
  return a.pre.size() <=> b.pre.size();
}

std::optional<Version> parse_version(std::string_view text) {
  if (text.empty() || text.size() > kMaxVersion) return std::nullopt;
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    for (const auto part : split(text.substr(plus + 1), '.'))
      if (!identifier(part)) return std::nullopt;
    text = text.substr(0, plus);
  }
  Version out;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    for (const auto part : split(text.substr(dash + 1), '.')) {
      if (!identifier(part) || (digits(part) && !number(part))) return std::nullopt;
      out.pre.emplace_back(part);
    }
    text = text.substr(0, dash);
  }
  const auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto major = number(parts[0]), minor = number(parts[1]), patch = number(parts[2]);
  if (!major || !minor || !patch) return std::nullopt;
  out.major = *major, out.minor = *minor, out.patch = *patch;
  return out;
}

std::optional<bool> at_least(std::string_view have, std::string_view need) {
  const auto left = split(have, '.'), right = split(need, '.');
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto a = i < left.size() ? number(left[i]) : 0, b = i < right.size() ? number(right[i]) : 0;
    if (!a || !b) return std::nullopt;
    if (*a != *b) return *a > *b;
  }
  return true;
}

}  // namespace vestitel
