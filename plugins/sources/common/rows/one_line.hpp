// Free text of a row (names, displays of codes) as it may be shown: on one line, and in the direction
// in which it is read.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace rows {

// Makes of `text`, from `from` on, one line: white space and line ends of any kind become a space; C0, DEL, C1 and the
// marks that turn the direction of writing are left out. Well-formed UTF-8 in, well-formed UTF-8 out.
void make_one_line(std::string& text, std::size_t from);

// Whether a text holds a control character of ASCII, the line end included.
bool holds_control(std::string_view text);

}  // namespace rows
