// Text from outside (a plugin, a partner's file name, a server's answer) made fit for a log line, a receipt or an
// error: no value about a person slips through because somebody else was careless.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace vestitel {

// `text` as well-formed UTF-8 on one line, at most `max` bytes, cut at a character. Bytes that are not UTF-8 become
// U+FFFD, control characters a space, ten or more digits in a row "[number]", a word with an at sign "[address]".
std::string safe_text(std::string_view text, std::size_t max = 512);

// `text` without runs of six or more digits and without what has an @ in it: for what a plugin says, which is not bound
// by any promise of ours.
std::string without_personal(std::string_view text);

// `text` as well-formed UTF-8 on one line, and nothing else changed: what staff asked to see, numbers and all, may not
// forge a line or steer a terminal.
std::string one_line(std::string_view text);

// The longest prefix of well-formed UTF-8 `text` that has at most `max` bytes.
std::string_view cut_utf8(std::string_view text, std::size_t max);

}  // namespace vestitel
