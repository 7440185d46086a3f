#include "core/config/settings_text.hpp"

#include <cstddef>
#include <string_view>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

std::size_t digits_at(std::string_view text, std::size_t i) {
  std::size_t n = 0;
  while (i + n < text.size() && text[i + n] >= '0' && text[i + n] <= '9') ++n;
  return n;
}

// The grammar of RFC 8259, of at most 30 characters.
bool is_json_number(std::string_view text) {
  if (text.size() > 30) return false;
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, i);
  if (whole == 0 || (whole > 1 && text[i] == '0')) return false;
  i += whole;
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = digits_at(text, i + 1);
    if (fraction == 0) return false;
    i += 1 + fraction;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const std::size_t exponent = digits_at(text, i);
    if (exponent == 0) return false;
    i += exponent;
  }
  return i == text.size();
}

bool is_json_literal(std::string_view text) {
  return text == "true" || text == "false" || text == "null" || is_json_number(text);
}

// A key as a segment of a JSON pointer (RFC 6901).
std::string segment(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string shown(const std::string& pointer) {
  std::string key = "settings" + pointer;
  for (char& c : key)
    if (c == '/') c = '.';
  return key;
}

void append_scalar(Reading& reading, const YamlNode& node, const std::string& pointer, std::string& out,
                   std::vector<std::string>& referenced) {
  if (node.text.find("${") == std::string::npos) {
    if (node.plain && is_json_literal(node.text)) {
      out += node.text;
    } else {
      append_json(out, node.text);
    }
    return;
  }
  const auto value = reading.references.resolve(node.text);
  if (!value) {
    reading.findings.push_back({{reading.file, node.line, node.column},
                                shown(pointer),
                                value.error().message,
                                "a reference that can be resolved: ${env:NAME}, ${file:/path} closed to others, "
                                "${credential:NAME}, ${store}"});
    out += "null";
    return;
  }
  if (value->secret) referenced.push_back(pointer);
  append_json(out, value->text);
}

void append_map(Reading& reading, const YamlNode& node, const std::string& pointer, std::string& out,
                std::vector<std::string>& referenced) {
  out += '{';
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& key = node.keys[i];
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (node.keys[earlier].text != key.text) continue;
      reading.findings.push_back({{reading.file, key.line, key.column},
                                  shown(pointer + segment(key.text)),
                                  "the key again; it stands on line " + std::to_string(node.keys[earlier].line),
                                  "each key once"});
      break;
    }
    if (i > 0) out += ',';
    append_json(out, key.text);
    out += ':';
    append_settings(reading, node.items[i], pointer + segment(key.text), out, referenced);
  }
  out += '}';
}

}  // namespace

void append_settings(Reading& reading, const YamlNode& node, const std::string& pointer, std::string& out,
                     std::vector<std::string>& referenced) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: out += "null"; return;
    case YamlNode::Kind::kText: return append_scalar(reading, node, pointer, out, referenced);
    case YamlNode::Kind::kMap: return append_map(reading, node, pointer, out, referenced);
    case YamlNode::Kind::kList: break;
  }
  out += '[';
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    append_settings(reading, node.items[i], pointer + "/" + std::to_string(i), out, referenced);
  }
  out += ']';
}

}  // namespace vestitel
