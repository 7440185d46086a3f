// The section `answers`.
#include <charconv>

#include "plugins/sinks/sms_http/profile_yaml.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kMostRows = 100, kDeepestPath = 16;
constexpr std::int64_t kLongestWait = 3600;

bool read_status(std::string_view text, std::uint32_t& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && out >= 100 && out <= 599;
}

// 202, 5xx, 500-504
std::pair<std::uint32_t, std::uint32_t> status_range(const YAML::Node& node) {
  const std::string text = scalar(node, "status");
  const std::size_t dash = text.find('-');
  std::uint32_t first = 0, last = 0;
  if (text.size() == 3 && text.substr(1) == "xx" && read_status(text.substr(0, 1) + "00", first))
    return {first, first + 99};
  const bool good = read_status(std::string_view(text).substr(0, dash), first) &&
                    (dash == std::string::npos || read_status(std::string_view(text).substr(dash + 1), last));
  if (!good) fail_at(node, "status", "a status such as 202, 5xx or 500-504 is expected");
  return {first, dash == std::string::npos ? first : last};
}

Condition read_condition(YamlMap& map) {
  Condition out;
  for (const YAML::Node& one : items(map.take("status"))) out.status.ranges.push_back(status_range(one));
  out.body = patterns(map.take("body"), "body");
  if (const YAML::Node json = map.take("json"); json.IsDefined()) out.json = json_path(json, "json");
  if (const YAML::Node is = map.take("is"); is.IsDefined()) {
    if (out.json.empty()) fail_at(is, "is", "json is expected beside it");
    out.is = patterns(is, "is");
  }
  return out;
}

void read_id(const YAML::Node& node, Success& out) {
  if (node.IsScalar()) {
    word(node, "id", {"own"});
    out.own_id = true;
    return;
  }
  YamlMap map(node, "id");
  const YAML::Node text = map.take("pattern"), json = map.take("json");
  if (text.IsDefined() == json.IsDefined()) fail_at(node, "id", "own, pattern or json is expected");
  if (text.IsDefined()) {
    out.id_pattern = pattern(text, "pattern", true);
  } else {
    out.id_json = json_path(json, "json");
  }
  map.end();
}

// As many of the seven as there are, in the order of VESTITEL_ACCEPTED and so on.
std::int32_t verdict_of(const YAML::Node& node) {
  constexpr std::int32_t kVerdicts[] = {VESTITEL_ACCEPTED,  VESTITEL_DELIVERED,    VESTITEL_RETRY,
                                        VESTITEL_PERMANENT, VESTITEL_CONTACT_DEAD, VESTITEL_CONFIG_ERROR,
                                        VESTITEL_UNKNOWN};
  return kVerdicts[word(node, "verdict",
                        {"accepted", "delivered", "retry", "permanent", "contact_dead", "config_error", "unknown"})];
}

Scope scope_of(const YAML::Node& node) {
  constexpr Scope kScopes[] = {Scope::message, Scope::recipient, Scope::link, Scope::sink};
  return kScopes[word(node, "scope", {"message", "recipient", "link", "sink"})];
}

Row read_row(const YAML::Node& node, const std::string& name) {
  Row out;
  YamlMap map(node, name);
  out.when = read_condition(map);
  if (out.when.status.ranges.empty() && out.when.body.empty() && out.when.json.empty())
    fail_at(node, name, "status, body or json is expected");
  out.verdict = verdict_of(map.need("verdict"));
  const YAML::Node scope = map.take("scope");
  if (scope.IsDefined()) out.scope = scope_of(scope);
  const YAML::Node after = map.take("after");
  out.after = std::chrono::seconds(map.number("after", 0, kLongestWait, 0));
  if (out.verdict != VESTITEL_RETRY && (scope.IsDefined() || after.IsDefined()))
    fail_at(node, name, "scope and after are for verdict retry");
  out.alert = map.truth("alert", false);
  map.end();
  return out;
}

}  // namespace

bool Statuses::has(std::uint32_t status) const {
  if (ranges.empty()) return true;
  for (const auto& [first, last] : ranges)
    if (status >= first && status <= last) return true;
  return false;
}

JsonPath json_path(const YAML::Node& node, std::string_view key) {
  std::string_view rest;
  const std::string text = scalar(node, key);
  JsonPath out;
  for (rest = text;;) {
    const std::size_t dot = rest.find('.');
    if (rest.substr(0, dot).empty()) fail_at(node, key, "names with dots between them are expected");
    out.emplace_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (out.size() > kDeepestPath) fail_at(node, key, "at most 16 names are expected");
  return out;
}

Success read_success(const YAML::Node& node) {
  Success out;
  YamlMap map(node, "success");
  out.when = read_condition(map);
  if (out.when.status.ranges.empty()) fail_at(node, "success", "status is missing");
  read_id(map.need("id"), out);
  // A status alone says nothing: a page of a proxy has one too.
  if (out.own_id && out.when.body.empty() && out.when.json.empty())
    fail_at(node, "success", "with id: own, body or json is expected: a status alone is no success");
  map.end();
  return out;
}

std::vector<Row> read_rows(const YAML::Node& node, const std::string& name) {
  std::vector<Row> out;
  if (node.IsDefined() && !node.IsSequence()) fail_at(node, name, "a list is expected");
  for (const YAML::Node& one : items(node)) {
    if (out.size() == kMostRows) fail_at(one, name, "at most 100 rows are expected");
    out.push_back(read_row(one, name));
  }
  return out;
}

}  // namespace vestitel::sms_http
