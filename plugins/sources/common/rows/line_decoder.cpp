#include "plugins/sources/common/rows/line_decoder.hpp"

#include <algorithm>
#include <cstring>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/ascii.hpp"

namespace rows {
namespace {

// So many bytes beyond ASCII that are all valid UTF-8 are no windows-1251 by chance.
constexpr std::size_t kCertain = 4;

bool is_high(char c) { return (c & 0x80) != 0; }

}  // namespace

bool LineDecoder::decode(std::string_view bytes, std::string_view& text) {
  if (contradicted_) return fail("windows-1251 is expected, and a byte order mark of UTF-8 stands here", true);
  if (!bytes.empty() && std::memchr(bytes.data(), 0, bytes.size()) != nullptr) return fail("holds a zero byte");
  text = bytes;
  if (charset_ == Charset::utf8) {
    return vestitel::utf8_prefix(bytes) == bytes.size() || fail("the bytes are not UTF-8");
  }
  if (!sources::holds_beyond_ascii(bytes)) return true;
  if (charset_ == Charset::automatic) {
    decide(bytes);
    if (charset_ == Charset::utf8) return true;
  }
  return windows1251(bytes, text);
}

void LineDecoder::decide(std::string_view bytes) {
  charset_ = vestitel::utf8_prefix(bytes) == bytes.size() ? Charset::utf8 : Charset::windows_1251;
  suspected_ = false;
}

// UTF-8 that is taken for windows-1251 would give nonsense without a single error; the first line shows it.
bool LineDecoder::windows1251(std::string_view bytes, std::string_view& text) {
  if (suspected_) {
    suspected_ = vestitel::utf8_prefix(bytes) == bytes.size();
    const auto high = static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), is_high));
    if (suspected_ && high >= kCertain) return fail("the bytes are UTF-8, and windows-1251 is expected", true);
  }
  if (std::memchr(bytes.data(), 0x98, bytes.size()) != nullptr) return fail("the bytes are not windows-1251");
  decoded_.resize(bytes.size() * 3);
  char* to = decoded_.data();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      *to++ = c;
      continue;
    }
    const std::uint16_t code = vestitel::detail::kWindows1251[byte - 0x80];
    if (code >= 0x800) *to++ = static_cast<char>(0xE0 | (code >> 12));
    *to++ = static_cast<char>(code >= 0x800 ? 0x80 | ((code >> 6) & 0x3F) : 0xC0 | (code >> 6));
    *to++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  text = std::string_view(decoded_.data(), static_cast<std::size_t>(to - decoded_.data()));
  return true;
}

std::size_t LineDecoder::original_size(std::string_view text) const {
  if (charset_ != Charset::windows_1251) return text.size();
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !vestitel::detail::is_tail(static_cast<unsigned char>(c)); }));
}

}  // namespace rows
