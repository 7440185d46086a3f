#include "plugins/sources/csv_mapping/yaml_map.hpp"

#include <algorithm>

#include <vestitel/plugin.hpp>

namespace csv_mapping {

void fail_at(const YAML::Node& node, std::string_view key, std::string_view what) {
  const YAML::Mark mark = node.Mark();
  std::string text = "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": ";
  if (mark.is_null()) text.clear();
  throw vestitel::Error::config("/mapping", text.append(key).append(": ").append(what));
}

std::string scalar(const YAML::Node& node, std::string_view key) {
  if (!node.IsScalar()) fail_at(node, key, "a text is expected");
  return node.Scalar();
}

YamlMap::YamlMap(const YAML::Node& node, std::string name) : node_(node), name_(std::move(name)) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) fail_at(node, name_, "keys with values are expected");
  for (const auto& pair : node) {
    Member member{scalar(pair.first, name_), pair.first, pair.second};
    for (const Member& other : members_) {
      if (other.key == member.key) fail_at(pair.first, member.key, "stands twice");
    }
    members_.push_back(std::move(member));
  }
}

YAML::Node YamlMap::take(std::string_view key) {
  for (Member& member : members_) {
    if (member.key != key) continue;
    member.taken = true;
    return member.value;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

std::string YamlMap::text(std::string_view key, std::string_view otherwise) {
  const YAML::Node node = take(key);
  return node.IsDefined() ? scalar(node, key) : std::string(otherwise);
}

std::string YamlMap::need(std::string_view key) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) fail_at(node_, name_, std::string(key) + " is missing");
  return scalar(node, key);
}

bool YamlMap::truth(std::string_view key, bool otherwise) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) return otherwise;
  const std::string text = scalar(node, key);
  if (text != "true" && text != "false") fail_at(node, key, "true or false is expected");
  return text == "true";
}

std::size_t YamlMap::number(std::string_view key, std::size_t least, std::size_t most) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) return 0;
  const std::string text = scalar(node, key);
  std::int64_t value = 0;
  const bool whole = vestitel::detail::read_integer(text, value);
  if (!whole || value < static_cast<std::int64_t>(least) || value > static_cast<std::int64_t>(most)) {
    fail_at(node, key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected");
  }
  return static_cast<std::size_t>(value);
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  const YAML::Node node = take(key);
  std::vector<std::string> list;
  if (!node.IsDefined()) return list;
  if (!node.IsSequence()) return {scalar(node, key)};
  for (const auto& one : node) list.push_back(scalar(one, key));
  return list;
}

void YamlMap::end() const {
  const auto left = std::find_if(members_.begin(), members_.end(), [](const Member& m) { return !m.taken; });
  if (left != members_.end()) fail_at(left->at, left->key, "there is no such key in " + name_);
}

}  // namespace csv_mapping
