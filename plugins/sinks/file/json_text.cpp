#include "plugins/sinks/file/json_text.hpp"

#include <array>
#include <cstdint>

#include "plugins/sinks/common/mailbox.hpp"

namespace vestitel::file_sink {
namespace {

// What a byte needs inside a JSON string: 0 nothing, 'u' \u00xx, 'x' it begins a character of several bytes, else the
// letter behind the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> t{};
  for (std::size_t i = 0; i < 0x20; ++i) t[i] = 'u';
  for (std::size_t i = 0x80; i < 0x100; ++i) t[i] = 'x';
  t['\b'] = 'b';
  t['\f'] = 'f';
  t['\n'] = 'n';
  t['\r'] = 'r';
  t['\t'] = 't';
  t['"'] = '"';
  t['\\'] = '\\';
  return t;
}();

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// Skips a character of several bytes; 0 when it is none.
std::size_t wide_size(std::string_view text, std::size_t i) {
  const bool cyrillic = byte_at(text, i) >= 0xC2 && byte_at(text, i) < 0xE0 && i + 1 < text.size() &&
                        (byte_at(text, i + 1) & 0xC0) == 0x80;
  return cyrillic ? 2 : mail::decode(text, i).size;
}

// Reads JSON from the front of `rest_`; remembers nothing but the nesting.
class Checker {
 public:
  explicit Checker(std::string_view text) : rest_(text) {}

  bool whole() {
    if (!value(0)) return false;
    blanks();
    return rest_.empty();
  }

 private:
  static constexpr int kMaxDepth = 64;

  void blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\r' || rest_[0] == '\t')) take(1);
  }
  void take(std::size_t n) { rest_.remove_prefix(n); }
  bool word(std::string_view w) {
    if (!rest_.starts_with(w)) return false;
    take(w.size());
    return true;
  }

  bool value(int depth) {
    blanks();
    if (rest_.empty() || depth > kMaxDepth) return false;
    switch (rest_[0]) {
      case '{': return object(depth);
      case '[': return list(depth);
      case '"': return text();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool object(int depth) {
    take(1);
    blanks();
    if (word("}")) return true;
    do {
      blanks();
      if (!text()) return false;
      blanks();
      if (!word(":") || !value(depth + 1)) return false;
      blanks();
    } while (word(","));
    return word("}");
  }

  bool list(int depth) {
    take(1);
    blanks();
    if (word("]")) return true;
    do {
      if (!value(depth + 1)) return false;
      blanks();
    } while (word(","));
    return word("]");
  }

  bool text() {
    if (!word("\"")) return false;
    for (std::size_t i = 0; i < rest_.size();) {
      const char kind = kEscapes[byte_at(rest_, i)];
      if (rest_[i] == '"') {
        take(i + 1);
        return true;
      }
      if (kind == 0) {
        ++i;
      } else if (kind == 'x') {
        const std::size_t size = wide_size(rest_, i);
        if (size == 0) return false;
        i += size;
      } else if (rest_[i] == '\\') {
        const std::size_t size = escape(i + 1);
        if (size == 0) return false;
        i += 1 + size;
      } else {
        return false;
      }
    }
    return false;
  }

  // The bytes of the escape behind a backslash; 0: none.
  std::size_t escape(std::size_t i) const {
    if (i >= rest_.size()) return 0;
    if (rest_[i] != 'u') return std::string_view("\"\\/bfnrt").find(rest_[i]) == std::string_view::npos ? 0 : 1;
    if (rest_.size() - i < 5) return 0;
    for (std::size_t k = 1; k < 5; ++k) {
      const char c = rest_[i + k];
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return 0;
    }
    return 5;
  }

  std::size_t digits() {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') ++n;
    take(n);
    return n;
  }

  bool number() {
    word("-");
    const bool zero = !rest_.empty() && rest_[0] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (word(".") && digits() == 0) return false;
    if (word("e") || word("E")) {
      if (!word("+")) word("-");
      return digits() > 0;
    }
    return true;
  }

  std::string_view rest_;
};

}  // namespace

bool append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char kind = kEscapes[byte_at(text, i)];
    if (kind == 0) {
      ++i;
      continue;
    }
    if (kind == 'x') {
      const std::size_t size = wide_size(text, i);
      if (size == 0) return false;
      i += size;
      continue;
    }
    out.append(text.substr(done, i - done));
    out += '\\';
    out += kind;
    if (kind == 'u') {
      out.append("00");
      out += kHex[byte_at(text, i) >> 4];
      out += kHex[byte_at(text, i) & 15];
    }
    done = ++i;
  }
  out.append(text.substr(done));
  out += '"';
  return true;
}

bool append_json_value(std::string& out, std::string_view json) {
  if (!Checker(json).whole()) return false;
  const std::size_t start = out.size();
  out.append(json);
  for (std::size_t i = start; i < out.size(); ++i) {
    if (static_cast<unsigned char>(out[i]) < 0x20) out[i] = ' ';  // only blanks between tokens can be that low
  }
  return true;
}

}  // namespace vestitel::file_sink
