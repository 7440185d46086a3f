#include "plugins/sinks/common/outbound_text.hpp"

#include <algorithm>

namespace vestitel::sinks {
namespace {

bool breaks_lines(std::uint32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029; }

bool invisible(std::uint32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x061C || c == 0xFEFF;
}

}  // namespace

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < size) return {};
  std::uint32_t value = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  const std::uint32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, size};
}

bool valid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    if (byte(i) < 0x80) {
      ++i;
      continue;
    }
    if (byte(i) >= 0xC2 && byte(i) < 0xE0 && i + 1 < text.size() && (byte(i + 1) & 0xC0) == 0x80) {  // Cyrillic
      i += 2;
      continue;
    }
    const Decoded c = decode(text, i);
    if (c.size == 0) return false;
    i += c.size;
  }
  return true;
}

bool clean_field(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = decode(text, i);
    if (c.size == 0 || breaks_lines(c.value)) return false;
    i += c.size;
  }
  return true;
}

std::string strip_invisible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = decode(text, i);
    const std::size_t size = std::max<std::size_t>(c.size, 1);
    if (c.size == 0 || !invisible(c.value)) out.append(text.substr(i, size));
    i += size;
  }
  return out;
}

std::optional<std::string> one_line(std::string_view text) {
  if (!clean_field(text)) return std::nullopt;
  return strip_invisible(text);
}

std::optional<std::string> several_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = decode(text, i);
    const bool line_end = text.substr(i, 2) == "\r\n";
    if (c.size == 0 || (breaks_lines(c.value) && c.value != '\n' && c.value != '\t' && !line_end)) return std::nullopt;
    if (!line_end && !invisible(c.value)) out.append(text.substr(i, c.size));
    i += c.size;
  }
  return out;
}

bool is_visible_ascii(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace vestitel::sinks
