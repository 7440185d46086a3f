// The section `request`.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/sms_http/profile_yaml.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kDeepest = 16, kMostNodes = 500, kLongestName = 100;
constexpr std::string_view kTheHosts[] = {"host",       "content-length", "content-type",    "transfer-encoding",
                                          "connection", "keep-alive",     "upgrade",         "te",
                                          "expect",     "trailer",        "proxy-connection"};

When when_of(const YAML::Node& node) {
  return static_cast<When>(word(node, "when", {"always", "gsm", "unicode", "receipts"}));
}

// "value", or {value: "...", when: gsm}.
Field read_field(const YamlMap::Member& member) {
  Field out{member.key, {}, When::always};
  if (out.name.empty() || out.name.size() > kLongestName || !sinks::clean_field(out.name))
    fail_at(member.at, member.key, "a name of 1 to 100 bytes is expected");
  if (member.value.IsScalar()) {
    out.value = template_of(member.value, member.key);
    return out;
  }
  YamlMap map(member.value, member.key);
  out.value = template_of(map.need("value"), member.key);
  if (const YAML::Node when = map.take("when"); when.IsDefined()) out.when = when_of(when);
  map.end();
  return out;
}

FieldList read_fields(const YAML::Node& node, const std::string& name) {
  FieldList out;
  YamlMap map(node, name);
  for (const YamlMap::Member& member : map.members()) out.push_back(read_field(member));
  return out;
}

bool is_header_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_the_hosts(std::string_view name) {
  return std::any_of(std::begin(kTheHosts), std::end(kTheHosts), [&](std::string_view one) {
    return std::equal(name.begin(), name.end(), one.begin(), one.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

FieldList read_headers(const YAML::Node& node) {
  FieldList out = read_fields(node, "headers");
  for (const Field& field : out) {
    if (!is_header_name(field.name)) fail_at(node, field.name, "a header's name is expected");
    if (is_the_hosts(field.name)) fail_at(node, field.name, "this header is not the profile's");
    if (!is_printable(field.value.fixed())) fail_at(node, field.name, "visible ASCII is expected");
    if (field.value.uses(Variable::text)) fail_at(node, field.name, "{text} cannot stand in a header");
  }
  return out;
}

Template read_path(const YAML::Node& node) {
  Template out;
  if (!node.IsDefined()) return out;
  out = template_of(node, "path");
  const std::string fixed = out.fixed();
  const bool plain = !fixed.empty() && scalar(node, "path").front() == '/' && fixed.find("..") == std::string::npos &&
                     std::all_of(fixed.begin(), fixed.end(), [](char c) {
                       return c > ' ' && c <= '~' && std::string_view("?#\\\"<>^`|%").find(c) == std::string_view::npos;
                     });
  if (!plain) fail_at(node, "path", "a path such as /api/send is expected, without ?, # and %");
  if (out.uses(Variable::text)) fail_at(node, "path", "{text} cannot stand in a path");
  return out;
}

class JsonReader {
 public:
  JsonNode read(const YAML::Node& node, std::size_t depth = 0) {
    if (depth > kDeepest) fail_at(node, "json", "at most 16 levels are expected");
    if (++nodes_ > kMostNodes) fail_at(node, "json", "at most 500 values are expected");
    JsonNode out;
    if (node.IsMap()) {
      read_map(node, depth, out);
    } else if (node.IsSequence()) {
      out.kind = JsonNode::Kind::list;
      for (const auto& one : node) out.members.push_back(read(one, depth + 1));
    } else if (node.IsScalar()) {
      read_scalar(node, out);
    }
    return out;
  }

 private:
  // {$value: ..., $when: gsm} is a value that is not always there.
  void read_map(const YAML::Node& node, std::size_t depth, JsonNode& out) {
    YamlMap map(node, "json");
    if (const YAML::Node when = map.take("$when"); when.IsDefined()) {
      out = read(map.need("$value"), depth + 1);
      out.when = when_of(when);
      return map.end();
    }
    out.kind = JsonNode::Kind::object;
    for (const YamlMap::Member& member : map.members()) {
      if (!sinks::clean_field(member.key)) fail_at(member.at, "json", "a name of one line is expected");
      out.members.push_back(read(member.value, depth + 1));
      out.members.back().name = member.key;
    }
  }

  // true, 12 and null without quotes are what they are in JSON; all else is text.
  static void read_scalar(const YAML::Node& node, JsonNode& out) {
    const std::string& text = node.Scalar();
    const bool quoted = node.Tag() == "!";
    const auto value = quoted ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
    if (!quoted && value.is_primitive() && !value.is_string() && !value.is_discarded()) {
      out.literal = value.dump();
      return;
    }
    out.kind = JsonNode::Kind::text;
    out.text = template_of(node, "json");
  }

  std::size_t nodes_ = 0;
};

void read_body(YamlMap& map, Request& out) {
  const YAML::Node form = map.take("form"), json = map.take("json"), text = map.take("text");
  const int bodies = int{form.IsDefined()} + int{json.IsDefined()} + int{text.IsDefined()};
  if (bodies > 1) fail_at(map.node(), "request", "one of form, json and text is expected");
  if (out.get && bodies != 0) fail_at(map.node(), "request", "GET has no form, json and text; query is expected");
  if (form.IsDefined()) {
    out.body = Request::Body::form;
    out.form = read_fields(form, "form");
  } else if (json.IsDefined()) {
    out.body = Request::Body::json;
    out.json = JsonReader().read(json);
    if (out.json.kind != JsonNode::Kind::object && out.json.kind != JsonNode::Kind::list)
      fail_at(json, "json", "keys with values, or a list, are expected");
  } else if (text.IsDefined()) {
    out.body = Request::Body::text;
    out.text = template_of(text, "text");
  }
}

bool is_sent(When when, When kind) { return when == When::always || when == kind; }

bool json_uses(const JsonNode& node, Variable which, When kind) {
  if (!is_sent(node.when, kind)) return false;
  if (node.kind == JsonNode::Kind::text) return node.text.uses(which);
  return std::any_of(node.members.begin(), node.members.end(),
                     [&](const JsonNode& member) { return json_uses(member, which, kind); });
}

// Whether a message of this kind carries the variable.
bool carries(const Request& request, Variable which, When kind) {
  const auto in = [&](const FieldList& fields) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const Field& field) { return is_sent(field.when, kind) && field.value.uses(which); });
  };
  return request.path.uses(which) || in(request.headers) || in(request.query) || in(request.form) ||
         request.text.uses(which) || json_uses(request.json, which, kind);
}

void check_carries(const YAML::Node& node, const Request& request) {
  for (const When kind : {When::gsm, When::unicode}) {
    const std::string name = kind == When::gsm ? "gsm" : "unicode";
    if (!carries(request, Variable::to, kind) && !carries(request, Variable::to_digits, kind))
      fail_at(node, "request", "a text of alphabet " + name + " goes to nobody: {to} or {to_digits} is expected");
    if (!carries(request, Variable::text, kind) && !carries(request, Variable::text_utf16_hex, kind))
      fail_at(node, "request", "a text of alphabet " + name + " is not in it: {text} or {text_utf16_hex} is expected");
  }
}

}  // namespace

bool Request::uses(Variable which, bool with_receipts) const {
  return carries(*this, which, When::gsm) || carries(*this, which, When::unicode) ||
         (with_receipts && carries(*this, which, When::receipts));
}

namespace {

Request read_shape(const YAML::Node& node) {
  Request out;
  YamlMap map(node, "request");
  if (const YAML::Node method = map.take("method"); method.IsDefined())
    out.get = word(method, "method", {"POST", "GET"}) == 1;
  out.path = read_path(map.take("path"));
  if (const YAML::Node headers = map.take("headers"); headers.IsDefined()) out.headers = read_headers(headers);
  out.query = read_fields(map.take("query"), "query");
  read_body(map, out);
  const YAML::Node codings = map.take("coding");
  YamlMap coding(codings, "coding");
  out.gsm = coding.text("gsm", out.gsm);
  out.unicode = coding.text("unicode", out.unicode);
  coding.end();
  if (!is_printable(out.gsm + out.unicode)) fail_at(codings, "coding", "visible ASCII is expected");
  out.idempotent = map.truth("idempotent", false);
  map.end();
  return out;
}

}  // namespace

Request read_request(const YAML::Node& node) {
  Request out = read_shape(node);
  check_carries(node, out);
  return out;
}

// What is asked later knows neither number nor text, and asks for what the message took along.
Request read_asking(const YAML::Node& node) {
  Request out = read_shape(node);
  for (const Variable which : {Variable::to, Variable::to_digits, Variable::text, Variable::text_utf16_hex,
                               Variable::coding, Variable::validity_minutes, Variable::validity_seconds})
    if (out.uses(which, true)) fail_at(node, "request", "a message is asked about by {id} alone");
  if (!carries(out, Variable::id, When::gsm) || !carries(out, Variable::id, When::unicode))
    fail_at(node, "request", "{id} is expected: the gateway is asked by it");
  out.idempotent = true;  // it changes nothing there
  return out;
}

}  // namespace vestitel::sms_http
