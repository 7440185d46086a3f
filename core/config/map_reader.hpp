// One map of a configuration file, read key by key into typed values. What is wrong becomes a finding and leaves the
// default in place, so that one reading tells everything.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/findings.hpp"
#include "core/config/key_table.hpp"
#include "core/config/references.hpp"
#include "core/config/yaml_tree.hpp"

namespace vestitel {

// The file being read.
struct Reading {
  ConfigFile kind;
  std::string file;    // as findings name it
  std::string folder;  // absolute: what relative paths start from
  const References& references;
  ConfigFindings& findings;
};

class MapReader {
 public:
  // `prefix` is the map's place in the key table, `shown` the same with positions ("routes[2].match"). Reports at once
  // when the node is no map, and every key that is unknown or repeated. Borrows all.
  MapReader(Reading& reading, const YamlNode& node, std::string prefix, std::string shown);

  // The node of a key; null where it is absent or empty.
  [[nodiscard]] const YamlNode* node(std::string_view key) const;
  // The key's map; nothing where it is absent.
  [[nodiscard]] std::optional<MapReader> map(std::string_view key) const;

  // Each leaves `into` alone and says so where the value does not fit.
  void text(std::string_view key, std::string& into, std::size_t longest = 4096) const;
  void path(std::string_view key, std::string& into) const;
  void name(std::string_view key, std::string& into) const;  // [a-z0-9-]{1,40}
  void flag(std::string_view key, bool& into) const;
  void number(std::string_view key, std::uint32_t& into, std::uint32_t least, std::uint32_t most) const;
  void size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most) const;
  void duration(std::string_view key, std::chrono::milliseconds& into, std::chrono::milliseconds least,
                std::chrono::milliseconds most) const;
  void words(std::string_view key, std::vector<std::string>& into) const;  // one word or a list of them

  // One of a closed list of words; the place of the value in the list, nothing where it is absent or wrong.
  [[nodiscard]] std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> of) const;

  // Says that the key's value is not what the key takes.
  void refuse(std::string_view key, const YamlNode& node, std::string found = "") const;
  void missing(std::string_view key) const;
  [[nodiscard]] ConfigPlace place(const YamlNode& node) const { return {reading_.file, node.line, node.column}; }
  [[nodiscard]] Reading& reading() const { return reading_; }

 private:
  [[nodiscard]] std::optional<std::string> scalar(std::string_view key, const YamlNode& node) const;
  [[nodiscard]] std::string shown(std::string_view key) const;

  Reading& reading_;
  const YamlNode& node_;
  std::string prefix_, shown_;
};

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);  // "500ms", "2s", "15m", "72h", "7d"
std::optional<std::uint64_t> parse_size(std::string_view text);                  // "4096", "64KiB", "256MiB", "4GiB"

// What stands there, for a finding: a short text quoted, else its kind.
std::string describe(const YamlNode& node);

}  // namespace vestitel
