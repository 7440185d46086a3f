// JSON as text: one message as one line, and a check of JSON that somebody else made.
#pragma once
#include <string>
#include <string_view>

namespace vestitel::file_sink {

// Appends `text` as a JSON string. False when it is not UTF-8; `out` then holds a part of it.
bool append_json_string(std::string& out, std::string_view text);

// Appends `json` with its line ends and tabs turned to blanks. False, with `out` as it was, when it is not one JSON
// value (RFC 8259) nested at most 64 deep.
bool append_json_value(std::string& out, std::string_view json);

}  // namespace vestitel::file_sink
