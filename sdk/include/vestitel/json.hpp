// A reader for the settings object: one flat JSON object (RFC 8259) of texts, numbers, booleans and nulls. Strict
// and bounded; it is no general JSON parser and does not want to be one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "utf8.hpp"

namespace vestitel {
inline namespace v1 {

inline constexpr std::size_t kJsonLimit = 256 * 1024;  // bytes of a settings object
inline constexpr std::size_t kJsonMembers = 256;

struct JsonMember {
  enum class Kind { null, boolean, number, text, nested };
  std::string key;
  Kind kind = Kind::null;
  std::string text;  // the text, unescaped; a number or a boolean as it is written
};

// Reads `json` into members, in their order. Null: all is well; else a sentence without any value of the object. A
// nested array or object is skipped and reported as a member of kind nested, so that the caller can name its key.
class FlatJson {
 public:
  explicit FlatJson(std::string_view json) : text_(json) {}

  const char* read(std::vector<JsonMember>& members) {
    if (text_.size() > kJsonLimit) return "the settings are longer than 256 KiB";
    if (!is_text(text_)) return "the settings are not UTF-8";
    if (!take('{')) return "the settings are not a JSON object";
    if (!take('}')) {
      do {
        if (members.size() == kJsonMembers) return "the settings have more than 256 keys";
        if (!member(members)) return "the settings are not valid JSON";
      } while (take(','));
      if (!take('}')) return "the settings are not valid JSON";
    }
    blank();
    return at_ == text_.size() ? nullptr : "text follows the settings object";
  }

 private:
  void blank() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    blank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool member(std::vector<JsonMember>& members) {
    JsonMember m;
    if (!take('"') || !string(m.key) || !take(':')) return false;
    for (const JsonMember& other : members) {
      if (other.key == m.key) return false;
    }
    blank();
    if (!value(m)) return false;
    members.push_back(std::move(m));
    return true;
  }

  bool value(JsonMember& m) {
    if (at_ >= text_.size()) return false;
    const std::size_t from = at_;
    switch (text_[at_]) {
      case '"':
        ++at_;
        m.kind = JsonMember::Kind::text;
        return string(m.text);
      case '{':
      case '[': m.kind = JsonMember::Kind::nested; return skip_nested();
      case 'n': m.kind = JsonMember::Kind::null; return word("null");
      case 't':
        m.kind = JsonMember::Kind::boolean;
        m.text = "true";
        return word("true");
      case 'f':
        m.kind = JsonMember::Kind::boolean;
        m.text = "false";
        return word("false");
      default: break;
    }
    m.kind = JsonMember::Kind::number;
    if (!number()) return false;
    m.text = text_.substr(from, at_ - from);
    return true;
  }

  std::size_t digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - from;
  }
  bool number() {
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    const std::size_t first = at_;
    const std::size_t whole = digits();
    if (whole == 0 || (whole > 1 && text_[first] == '0')) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (digits() == 0) return false;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (digits() == 0) return false;
    }
    return true;
  }

  // After the opening quote, up to and with the closing one.
  bool string(std::string& into) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        into.push_back(c);
      } else if (!escape(into)) {
        return false;
      }
    }
    return false;
  }
  bool escape(std::string& into) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c == 'u') return unicode(into);
    constexpr std::string_view kNames = "\"\\/bfnrt", kBytes = "\"\\/\b\f\n\r\t";
    const std::size_t i = kNames.find(c);
    if (i == std::string_view::npos) return false;
    into.push_back(kBytes[i]);
    return true;
  }
  bool hex(std::uint32_t& value) {
    value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size()) return false;
      const char c = text_[at_];
      const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (digit < 0) return false;
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  }
  bool unicode(std::string& into) {
    std::uint32_t code = 0, low = 0;
    if (!hex(code) || code == 0 || (code >= 0xDC00 && code <= 0xDFFF)) return false;
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!word("\\u") || !hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append(into, code);
    return true;
  }
  static void append(std::string& into, std::uint32_t code) {
    const auto byte = [&](std::uint32_t b) { into.push_back(static_cast<char>(b)); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | (code >> 6));
    } else if (code < 0x10000) {
      byte(0xE0 | (code >> 12));
      byte(0x80 | ((code >> 6) & 0x3F));
    } else {
      byte(0xF0 | (code >> 18));
      byte(0x80 | ((code >> 12) & 0x3F));
      byte(0x80 | ((code >> 6) & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  // Past one array or object, by counting brackets outside of strings: no recursion, however deep.
  bool skip_nested() {
    std::size_t depth = 0;
    std::string ignored;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        ignored.clear();
        if (!string(ignored)) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// `text` as a JSON string, quotes included.
inline std::string json_quote(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.push_back('\\');
    if (byte >= 0x20) {
      out.push_back(c);
    } else {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
  return out + '"';
}

}  // namespace v1
}  // namespace vestitel
