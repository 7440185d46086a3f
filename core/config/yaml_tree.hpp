// A YAML file as a tree of our own: every node knows where it stood. The only place, with its .cpp, that knows the
// YAML library; of YAML only what a configuration needs: no anchors, aliases, tags or second documents.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/findings.hpp"

namespace vestitel {

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kText, kList, kMap };
  struct Key {
    std::string text;
    std::uint32_t line = 0, column = 0;
  };
  Kind kind = Kind::kNull;
  std::string text;    // of a scalar, as it stood
  bool plain = false;  // it stood without quotes
  std::uint32_t line = 0, column = 0;
  std::vector<YamlNode> items;  // of a list; of a map: the values
  std::vector<Key> keys;        // of a map, beside items; may repeat

  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

inline constexpr std::size_t kMaxYamlDepth = 32;

// Nothing, with one finding, where the text is not such a file. An empty file is a null node.
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file, ConfigFindings& findings);

}  // namespace vestitel
