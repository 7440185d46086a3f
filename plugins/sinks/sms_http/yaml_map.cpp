#include "plugins/sinks/sms_http/yaml_map.hpp"

#include <algorithm>

#include <vestitel/settings.hpp>

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kMostKeys = 200;

}  // namespace

void fail_at(const YAML::Node& node, std::string_view key, std::string_view what) {
  const YAML::Mark mark = node.Mark();
  const int line = mark.is_null() ? 1 : mark.line + 1;
  const int column = mark.is_null() ? 1 : mark.column + 1;
  std::string text = "line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
  throw Error::config("/profile", text.append(key.substr(0, 60)).append(": ").append(what));
}

std::string scalar(const YAML::Node& node, std::string_view key) {
  if (!node.IsScalar()) fail_at(node, key, "a text is expected");
  return node.Scalar();
}

std::size_t word(const YAML::Node& node, std::string_view key, std::initializer_list<std::string_view> words) {
  const std::string text = scalar(node, key);
  const auto* found = std::find(words.begin(), words.end(), text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string allowed;
  for (const std::string_view one : words) allowed.append(allowed.empty() ? "" : ", ").append(one);
  fail_at(node, key, "allowed is one of " + allowed);
}

Pattern pattern(const YAML::Node& node, std::string_view key, bool with_value) {
  std::string problem;
  const auto made = Pattern::make(scalar(node, key), problem);
  if (!made) fail_at(node, key, problem);
  if (made->has_value() != with_value)
    fail_at(node, key, with_value ? "{value} is expected in it" : "{value} has no meaning here");
  return *made;
}

std::vector<Pattern> patterns(const YAML::Node& node, std::string_view key) {
  std::vector<Pattern> out;
  for (const YAML::Node& one : items(node)) out.push_back(pattern(one, key));
  if (node.IsDefined() && out.empty()) fail_at(node, key, "a pattern is expected");
  if (out.size() > kMostKeys) fail_at(node, key, "at most 200 are expected");
  return out;
}

Template template_of(const YAML::Node& node, std::string_view key) {
  std::string problem;
  const auto made = Template::make(scalar(node, key), problem);
  if (!made) fail_at(node, key, problem);
  return *made;
}

YamlMap::YamlMap(const YAML::Node& node, std::string name) : node_(node), name_(std::move(name)) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) fail_at(node, name_, "keys with values are expected");
  for (const auto& pair : node) {
    Member member{scalar(pair.first, name_), pair.first, pair.second};
    const auto same =
        std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.key == member.key; });
    if (same != members_.end()) fail_at(pair.first, member.key, "stands twice");
    if (members_.size() == kMostKeys) fail_at(pair.first, name_, "at most 200 keys are expected");
    members_.push_back(std::move(member));
  }
}

YAML::Node YamlMap::take(std::string_view key) {
  asked_.emplace_back(key);
  for (Member& member : members_) {
    if (member.key != key) continue;
    member.taken = true;
    return member.value;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

YAML::Node YamlMap::need(std::string_view key) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) fail_at(node_, name_, std::string(key) + " is missing");
  return node;
}

std::string YamlMap::text(std::string_view key, std::string_view otherwise) {
  const YAML::Node node = take(key);
  return node.IsDefined() ? scalar(node, key) : std::string(otherwise);
}

bool YamlMap::truth(std::string_view key, bool otherwise) {
  const YAML::Node node = take(key);
  return node.IsDefined() ? word(node, key, {"false", "true"}) == 1 : otherwise;
}

std::int64_t YamlMap::number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) return otherwise;
  std::int64_t value = 0;
  if (!detail::read_integer(scalar(node, key), value) || value < least || value > most)
    fail_at(node, key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected");
  return value;
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  std::vector<std::string> out;
  for (const YAML::Node& one : items(take(key))) out.push_back(scalar(one, key));
  return out;
}

void YamlMap::end() const {
  const auto left = std::find_if(members_.begin(), members_.end(), [](const Member& m) { return !m.taken; });
  if (left == members_.end()) return;
  std::string allowed;
  for (const std::string& key : asked_) allowed.append(allowed.empty() ? "" : ", ").append(key);
  fail_at(left->at, left->key, "there is no such key in " + name_ + "; allowed are " + allowed);
}

std::vector<YAML::Node> items(const YAML::Node& node) {
  if (!node.IsDefined()) return {};
  if (!node.IsSequence()) return {node};
  std::vector<YAML::Node> out;
  for (const auto& one : node) out.push_back(one);
  return out;
}

}  // namespace vestitel::sms_http
