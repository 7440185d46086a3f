// The outbound validator: what of a message may stand in a field of a protocol, whichever it is. No library below is
// trusted to notice a line break in a value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::sinks {

// The character at `at` (which is inside `text`) and its length in bytes; length 0 when the bytes are not UTF-8.
struct Decoded {
  std::uint32_t value = 0;
  std::size_t size = 0;
};
Decoded decode(std::string_view text, std::size_t at);

// Well-formed UTF-8 without surrogates, overlong forms and values above U+10FFFF.
bool valid_utf8(std::string_view text);

// True when `text` may stand in a header or a command: valid UTF-8 without C0, DEL, C1, U+2028 and U+2029.
bool clean_field(std::string_view text);

// `text` without bidirectional controls and zero-width characters, which only serve to make a text read as another.
std::string strip_invisible(std::string_view text);

// One line for a field: clean, and what is invisible taken out. None: it is not clean.
std::optional<std::string> one_line(std::string_view text);

// A text of several lines: LF and TAB may stand in it, CRLF becomes LF; else as one_line.
std::optional<std::string> several_lines(std::string_view text);

// 1 to `longest` visible characters of ASCII: a key, a token, an id.
bool is_visible_ascii(std::string_view text, std::size_t longest);

}  // namespace vestitel::sinks
