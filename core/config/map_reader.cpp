#include "core/config/map_reader.hpp"

#include <charconv>
#include <filesystem>
#include <utility>

#include "core/config/config.hpp"

namespace vestitel {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view word;
  std::uint64_t factor;
};

// A number with one of the units behind it, below `most`.
std::optional<std::uint64_t> parse_measure(std::string_view text, std::span<const Unit> units, std::uint64_t most) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto count = parse_number(text.substr(0, digits));
  const std::string_view word = digits == std::string_view::npos ? "" : text.substr(digits);
  for (const auto& unit : units) {
    if (unit.word != word) continue;
    if (!count || *count > most / unit.factor) return std::nullopt;
    return *count * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto value = parse_measure(text, kUnits, 36'525ULL * 86'400'000);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}};
  return parse_measure(text, kUnits, 1ULL << 50);
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kList: return "a list";
    case YamlNode::Kind::kMap: return "a map";
    case YamlNode::Kind::kText: break;
  }
  if (node.text.size() > 80) return "a text of " + std::to_string(node.text.size()) + " bytes";
  return '"' + node.text + '"';
}

MapReader::MapReader(Reading& reading, const YamlNode& node, std::string prefix, std::string shown)
    : reading_(reading), node_(node), prefix_(std::move(prefix)), shown_(std::move(shown)) {
  if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNull)
    reading_.findings.push_back({place(node), shown_, describe(node), "a map of keys"});
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& key = node.keys[i];
    const ConfigPlace at{reading_.file, key.line, key.column};
    if (key_row(reading_.kind, prefix_, key.text) == nullptr)
      reading_.findings.push_back(
          {at, this->shown(key.text), "an unknown key", allowed_keys(reading_.kind, prefix_, key.text)});
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (node.keys[earlier].text != key.text) continue;
      reading_.findings.push_back({at, this->shown(key.text),
                                   "the key again; it stands on line " + std::to_string(node.keys[earlier].line),
                                   "each key once"});
      break;
    }
  }
}

std::string MapReader::shown(std::string_view key) const {
  return shown_.empty() ? std::string(key) : shown_ + "." + std::string(key);
}

const YamlNode* MapReader::node(std::string_view key) const {
  const YamlNode* found = node_.find(key);
  return found == nullptr || found->kind == YamlNode::Kind::kNull ? nullptr : found;
}

std::optional<MapReader> MapReader::map(std::string_view key) const {
  const YamlNode* found = node_.find(key);
  if (found == nullptr) return std::nullopt;
  return MapReader(reading_, *found, prefix_.empty() ? std::string(key) : prefix_ + "." + std::string(key), shown(key));
}

void MapReader::refuse(std::string_view key, const YamlNode& node, std::string found) const {
  const KeyRow* row = key_row(reading_.kind, prefix_, key);
  reading_.findings.push_back({place(node), shown(key), found.empty() ? describe(node) : std::move(found),
                               row == nullptr ? "" : std::string(row->allowed)});
}

void MapReader::missing(std::string_view key) const {
  const KeyRow* row = key_row(reading_.kind, prefix_, key);
  reading_.findings.push_back(
      {place(node_), shown(key), "nothing: the key is required", row == nullptr ? "" : std::string(row->allowed)});
}

std::optional<std::string> MapReader::scalar(std::string_view key, const YamlNode& node) const {
  if (node.kind != YamlNode::Kind::kText) {
    refuse(key, node);
    return std::nullopt;
  }
  auto value = reading_.references.resolve(node.text);
  if (!value) {
    refuse(key, node, value.error().message);
    return std::nullopt;
  }
  return std::move(value->text);
}

void MapReader::text(std::string_view key, std::string& into, std::size_t longest) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return;
  auto value = scalar(key, *at);
  if (!value) return;
  if (value->empty() || value->size() > longest) return refuse(key, *at);
  into = std::move(*value);
}

void MapReader::path(std::string_view key, std::string& into) const {
  std::string value;
  text(key, value);
  if (value.empty()) return;
  into = (std::filesystem::path(reading_.folder) / value).lexically_normal().string();
}

void MapReader::name(std::string_view key, std::string& into) const {
  std::string value;
  text(key, value);
  if (value.empty()) return;
  if (!is_instance_id(value)) return refuse(key, *node(key));
  into = std::move(value);
}

void MapReader::flag(std::string_view key, bool& into) const {
  static constexpr std::string_view kWords[] = {"false", "true"};
  if (const auto value = choice(key, kWords)) into = *value == 1;
}

void MapReader::number(std::string_view key, std::uint32_t& into, std::uint32_t least, std::uint32_t most) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return;
  const auto written = scalar(key, *at);
  if (!written) return;
  const auto value = parse_number(*written);
  if (!value || *value < least || *value > most) return refuse(key, *at);
  into = static_cast<std::uint32_t>(*value);
}

void MapReader::size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return;
  const auto written = scalar(key, *at);
  if (!written) return;
  const auto value = parse_size(*written);
  if (!value || *value < least || *value > most) return refuse(key, *at);
  into = *value;
}

void MapReader::duration(std::string_view key, std::chrono::milliseconds& into, std::chrono::milliseconds least,
                         std::chrono::milliseconds most) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return;
  const auto written = scalar(key, *at);
  if (!written) return;
  const auto value = parse_duration(*written);
  if (!value || *value < least || *value > most) return refuse(key, *at);
  into = *value;
}

void MapReader::words(std::string_view key, std::vector<std::string>& into) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return;
  if (at->kind == YamlNode::Kind::kMap) return refuse(key, *at);
  const std::span<const YamlNode> items =
      at->kind == YamlNode::Kind::kList ? std::span<const YamlNode>(at->items) : std::span<const YamlNode>(at, 1);
  if (items.empty()) return refuse(key, *at, "an empty list");
  for (const auto& item : items) {
    auto value = scalar(key, item);
    if (value && (value->empty() || value->size() > 200)) {
      refuse(key, item);
    } else if (value) {
      into.push_back(std::move(*value));
    }
  }
}

std::optional<std::size_t> MapReader::choice(std::string_view key, std::span<const std::string_view> of) const {
  const YamlNode* at = node(key);
  if (at == nullptr) return std::nullopt;
  const auto value = scalar(key, *at);
  if (!value) return std::nullopt;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (of[i] == *value) return i;
  refuse(key, *at);
  return std::nullopt;
}

}  // namespace vestitel
