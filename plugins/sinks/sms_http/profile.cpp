#include "plugins/sinks/sms_http/profile.hpp"

#include <algorithm>

#include "plugins/sinks/sms_http/profile_yaml.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kLargest = std::size_t{64} * 1024, kMost = 200;

Pick read_pick(const YAML::Node& node, std::string_view key) {
  Pick out;
  if (node.IsScalar()) {
    out.field = scalar(node, key);
  } else {
    YamlMap map(node, std::string(key));
    out.field = scalar(map.need("field"), "field");
    if (const YAML::Node text = map.take("pattern"); text.IsDefined()) out.pattern = pattern(text, "pattern", true);
    map.end();
  }
  if (out.field.empty()) fail_at(node, key, "the name of a field is expected");
  return out;
}

std::vector<Pick> read_picks(const YAML::Node& node, std::string_view key) {
  std::vector<Pick> out;
  for (const YAML::Node& one : items(node)) out.push_back(read_pick(one, key));
  if (out.size() > kMost) fail_at(node, key, "at most 200 are expected");
  return out;
}

std::vector<State> read_states(const YAML::Node& node) {
  std::vector<State> out;
  YamlMap map(node, "states");
  for (const YamlMap::Member& member : map.members()) {
    const std::size_t heard =
        word(member.value, member.key, {"accepted", "delivered", "permanent", "contact_dead", "unknown"});
    out.push_back({member.key, static_cast<Heard>(heard)});
  }
  if (out.empty()) fail_at(node, "states", "values with verdicts are expected");
  return out;
}

void check_date_pattern(const YAML::Node& node, const std::string& text) {
  if (text == "unix" || text == "unix_ms") return;
  const auto once = [&](std::string_view mark) {
    const std::size_t at = text.find(mark);
    return at != std::string::npos && text.find(mark, at + mark.size()) == std::string::npos;
  };
  if (text.size() > 60 || !(once("YYYY") || once("YY")) || !once("MM") || !once("DD"))
    fail_at(node, "pattern", "unix, unix_ms, or YYYY or YY, MM, DD and perhaps hh, mm, ss are expected, once each");
}

void read_date(const YAML::Node& node, ReceiptShape& out) {
  if (!node.IsDefined()) return;
  YamlMap map(node, "date");
  out.date.push_back({scalar(map.need("field"), "field"), std::nullopt});
  const YAML::Node form = map.need("pattern");
  out.date_pattern = scalar(form, "pattern");
  check_date_pattern(form, out.date_pattern);
  out.utc_offset = static_cast<int>(map.number("utc_offset", -840, 840, 0));
  map.end();
}

void check_known(const YAML::Node& node, const ReceiptShape& shape) {
  for (const std::string& state : shape.dead_states) {
    const bool known =
        std::any_of(shape.states.begin(), shape.states.end(), [&](const State& s) { return s.value == state; });
    if (!known) fail_at(node, "dead_states", "a value of states is expected");
  }
}

std::vector<YAML::Node> listed(const YAML::Node& node, std::string_view key) {
  if (node.IsDefined() && !node.IsSequence()) fail_at(node, key, "a list is expected");
  std::vector<YAML::Node> out = items(node);
  if (out.size() > kMost) fail_at(node, key, "at most 200 are expected");
  return out;
}

Profile read(const YAML::Node& root) {
  Profile out;
  YamlMap map(root, "the profile");
  const YAML::Node version = map.need("profile");
  if (scalar(version, "profile") != "1") fail_at(version, "profile", "1, the version of the language, is expected");
  out.request = read_request(map.need("request"));
  YamlMap answers(map.need("answers"), "answers");
  out.success = read_success(answers.need("success"));
  out.rows = read_rows(answers.take("errors"), "errors");
  answers.end();
  if (const YAML::Node status = map.take("status"); status.IsDefined())
    out.status = read_status_shape(status, out.request);
  const YAML::Node receipts = map.take("receipts");
  if (receipts.IsDefined()) out.receipt = read_receipt_shape(receipts);
  out.tests = read_tests(map.take("tests"), receipts.IsDefined(), out.status.given);
  map.end();
  return out;
}

}  // namespace

ReceiptShape read_receipt_shape(const YAML::Node& node) {
  ReceiptShape out;
  YamlMap map(node, "receipts");
  constexpr ReceiptShape::In kPlaces[] = {ReceiptShape::In::query, ReceiptShape::In::form, ReceiptShape::In::json};
  out.in = kPlaces[word(map.need("in"), "in", {"query", "form", "json"})];
  const YAML::Node each = map.take("each");
  if (each.IsDefined() && out.in != ReceiptShape::In::json) fail_at(each, "each", "is for in: json");
  if (each.IsDefined()) out.each = scalar(each, "each");
  out.id = read_picks(map.need("id"), "id");
  out.status = read_picks(map.need("status"), "status");
  out.states = read_states(map.need("states"));
  out.error = read_picks(map.take("error"), "error");
  const YAML::Node dead_states = map.take("dead_states");
  for (const YAML::Node& one : items(dead_states)) out.dead_states.push_back(scalar(one, "dead_states"));
  out.dead_errors = map.texts("dead_errors");
  if (out.error.empty() && dead_states.IsDefined()) fail_at(dead_states, "dead_states", "error is expected beside it");
  read_date(map.take("date"), out);
  map.end();
  check_known(dead_states.IsDefined() ? dead_states : node, out);
  return out;
}

std::vector<Test> read_tests(const YAML::Node& node, bool has_receipts, bool has_status) {
  std::vector<Test> out;
  for (const YAML::Node& one : listed(node, "tests")) {
    YamlMap map(one, "tests");
    Test test;
    test.line = static_cast<std::size_t>(one.Mark().line) + 1;
    test.name = scalar(map.need("name"), "name");
    const YAML::Node sent = map.take("answer"), receipt = map.take("receipt"), asked = map.take("asked");
    if (int{sent.IsDefined()} + int{receipt.IsDefined()} + int{asked.IsDefined()} != 1)
      fail_at(one, "tests", "answer, asked or receipt is expected");
    if (asked.IsDefined() && !has_status) fail_at(asked, "asked", "the profile has no status");
    if (!receipt.IsDefined()) {
      const YAML::Node& answer = asked.IsDefined() ? asked : sent;
      test.of = asked.IsDefined() ? Test::Of::status : Test::Of::answer;
      YamlMap said(answer, "answer");
      said.need("status");
      test.status = static_cast<std::uint32_t>(said.number("status", 200, 599, 0));
      test.body = said.text("body");
      said.end();
    } else {
      if (!has_receipts) fail_at(receipt, "receipt", "the profile reads no receipts");
      test.of = Test::Of::receipt;
      test.body = scalar(receipt, "receipt");
    }
    test.expect = scalar(map.need("expect"), "expect");
    map.end();
    out.push_back(std::move(test));
  }
  return out;
}

// yaml-cpp throws, and its texts may quote the profile; only their places leave.
Profile read_profile(std::string_view yaml) try {
  if (yaml.size() > kLargest) throw Error::config("/profile", "line 1, column 1: at most 64 KiB are expected");
  return read(YAML::Load(std::string(yaml)));
} catch (const YAML::Exception& e) {
  throw Error::config("/profile", "line " + std::to_string(e.mark.line + 1) + ", column " +
                                      std::to_string(e.mark.column + 1) + ": not well-formed YAML");
}

}  // namespace vestitel::sms_http
