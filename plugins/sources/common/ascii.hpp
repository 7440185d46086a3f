#pragma once
#include <string_view>

namespace sources {

bool holds_beyond_ascii(std::string_view text);

}  // namespace sources
