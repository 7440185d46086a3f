// UTF-8 at the border: what a plugin hands over is valid, and what is cut is cut between characters.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vestitel {
inline namespace v1 {
namespace detail {

inline bool is_tail(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Length of the character at p, of which `left` bytes are there; 0: not UTF-8 (overlong, surrogate, beyond
// U+10FFFF, cut off); -1: right so far, but the rest is missing.
inline int utf8_step(const unsigned char* p, std::size_t left) {
  const unsigned char b = p[0];
  if (b < 0x80) return 1;
  const int length = b >= 0xC2 && b <= 0xDF ? 2 : (b & 0xF0) == 0xE0 ? 3 : b >= 0xF0 && b <= 0xF4 ? 4 : 0;
  if (length == 0) return 0;
  for (int i = 1; i < length; ++i) {
    if (static_cast<std::size_t>(i) >= left) return -1;
    if (!is_tail(p[i])) return 0;
    if (i > 1) continue;
    if (b == 0xE0 && p[1] < 0xA0) return 0;
    if (b == 0xED && p[1] > 0x9F) return 0;
    if (b == 0xF0 && p[1] < 0x90) return 0;
    if (b == 0xF4 && p[1] > 0x8F) return 0;
  }
  return length;
}

// Eight bytes that need no closer look: ASCII, or four letters of the Cyrillic block.
inline bool plain_word(const unsigned char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return (word & 0x8080808080808080u) == 0 || (word & 0xC0FEC0FEC0FEC0FEu) == 0x80D080D080D080D0u;
}

}  // namespace detail

// How many leading bytes are valid UTF-8. Equal to text.size(): all of it is. `cut`, where given, is set when the
// rest is the beginning of a character whose end is missing.
inline std::size_t utf8_prefix(std::string_view text, bool* cut = nullptr) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  if (cut != nullptr) *cut = false;
  while (i < text.size()) {
    if (text.size() - i >= 8 && detail::plain_word(p + i)) {
      i += 8;
      continue;
    }
    const int step = detail::utf8_step(p + i, text.size() - i);
    if (step <= 0) {
      if (cut != nullptr) *cut = step < 0;
      return i;
    }
    i += static_cast<std::size_t>(step);
  }
  return i;
}

// Valid UTF-8 without U+0000.
inline bool is_text(std::string_view text) {
  return utf8_prefix(text) == text.size() && (text.empty() || std::memchr(text.data(), 0, text.size()) == nullptr);
}

// Longest prefix of at most `limit` bytes that does not split a character.
inline std::string_view cut_text(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t n = limit;
  while (n > 0 && detail::is_tail(static_cast<unsigned char>(text[n]))) --n;
  return text.substr(0, n);
}

// Copies into a field of `cap` bytes, cutting between characters; returns the length. No terminator.
inline std::uint32_t copy_cut(char* into, std::size_t cap, std::string_view text) {
  const std::string_view kept = cut_text(text, cap);
  if (!kept.empty()) std::memcpy(into, kept.data(), kept.size());
  return static_cast<std::uint32_t>(kept.size());
}

}  // namespace v1
}  // namespace vestitel
