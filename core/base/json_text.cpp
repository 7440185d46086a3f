#include "core/base/json_text.hpp"

#include <cstdint>
#include <cstring>

namespace vestitel {
namespace {

// Length of the well-formed UTF-8 sequence at the front of `s`, 0 when there is none (RFC 3629, table 3-7 of Unicode).
std::size_t utf8_length(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const auto tail = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
    return i < s.size() && at(i) >= low && at(i) <= high;
  };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

template <class Word>
Word load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Whole words, the last one overlapping the one before it: most texts are short and all ASCII.
bool is_ascii(std::string_view text) {
  const char* const begin = text.data();
  const std::size_t n = text.size();
  std::uint64_t seen = 0;
  if (n >= 8) {
    for (std::size_t i = 0; i + 8 <= n; i += 8) seen |= load<std::uint64_t>(begin + i);
    seen |= load<std::uint64_t>(begin + n - 8);
  } else if (n >= 4) {
    seen = load<std::uint32_t>(begin) | load<std::uint32_t>(begin + n - 4);
  } else {
    for (const char c : text) seen |= static_cast<std::uint8_t>(c);
  }
  return (seen & 0x8080808080808080U) == 0;
}

bool plain(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t run = i;
    while (run < text.size() && plain(static_cast<unsigned char>(text[run]))) ++run;
    out.append(text, i, run - i);
    i = run;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F) {
      append_escape(out, c);
      ++i;
    } else if (const std::size_t n = utf8_length(text.substr(i)); n > 0) {
      out.append(text, i, n);
      i += n;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  out += '"';
}

bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto byte = [](const char* p) { return static_cast<std::uint8_t>(*p); };
  while (at != end) {
    if (byte(at) < 0x80) {
      ++at;
    } else if (byte(at) >= 0xC2 && byte(at) <= 0xDF && end - at >= 2 && (byte(at + 1) & 0xC0) == 0x80) {  // Cyrillic
      at += 2;
    } else {
      const std::size_t n = utf8_length({at, static_cast<std::size_t>(end - at)});
      if (n == 0) return false;
      at += n;
    }
  }
  return true;
}

}  // namespace vestitel
