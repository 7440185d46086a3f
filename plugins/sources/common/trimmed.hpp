#pragma once
#include <string_view>

namespace sources {

// `text` without white space around it, the non-breaking space included.
std::string_view trimmed(std::string_view text);

}  // namespace sources
