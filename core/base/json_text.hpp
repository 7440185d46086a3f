// JSON strings written straight into a buffer, for the places where a document tree would cost more than the text.
#pragma once
#include <string>
#include <string_view>

namespace vestitel {

// Appends `text` (UTF-8) as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

// True when the bytes are well-formed UTF-8 (no overlong form, no surrogate, at most U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace vestitel
