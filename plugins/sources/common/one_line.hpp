// Free text of a document (names of practices, doctors, diagnoses) as it may be shown: on one line, and in the
// direction in which it is read.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace sources {

// Makes of `text`, from `from` on, one line: white space and line ends of any kind become a space; C0, DEL, C1 and the
// marks that turn the direction of writing are left out. Well-formed UTF-8 in, well-formed UTF-8 out.
void make_one_line(std::string& text, std::size_t from);
// The same in place; returns how many bytes are left.
std::size_t one_line(char* text, std::size_t size);

// A copy of `text` on one line, without white space around it. The answer lies in `into`.
std::string_view shown(std::string_view text, std::string& into);

// Whether a text holds a control character of ASCII, the line end included.
bool holds_control(std::string_view text);

}  // namespace sources
