#include "plugins/sinks/sms_http/encode.hpp"

#include <algorithm>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kMostPairs = 100;
constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_hex(std::string& out, unsigned byte) {
  out += kHex[(byte >> 4) & 0xF];
  out += kHex[byte & 0xF];
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = high >= 0 ? digit_of(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

void append_unit(std::string& out, std::uint32_t unit) {
  append_hex(out, unit >> 8);
  append_hex(out, unit);
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3);
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      append_hex(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<Pairs> form_pairs(std::string_view text) {
  Pairs out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    if (out.size() == kMostPairs) return std::nullopt;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out.emplace_back(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out = sinks::to_base64url(bytes);
  for (char& c : out) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return out.append((4 - out.size() % 4) % 4, '=');
}

std::string utf16_hex(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const sinks::Decoded c = sinks::decode(utf8, i);
    if (c.size == 0) break;
    i += c.size;
    if (c.value >= 0x10000) {
      append_unit(out, 0xD800 + ((c.value - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((c.value - 0x10000) & 0x3FF));
    } else {
      append_unit(out, c.value);
    }
  }
  return out;
}

}  // namespace vestitel::sms_http
