// Values of elements, as the format has them: in the attribute `value`, and nowhere else.
#pragma once
#include <string_view>

#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/tree.hpp"

namespace nhis {

// Of a leaf. What is not written as a value is a fault.
sources::Fault read_value(sources::Node node, sources::Name name, std::string_view& value);
// Of an element that stands at most once below `parent`; missing and empty are the same.
sources::Fault read_single(sources::Node parent, sources::Name name, std::string_view& value);
// A code or a short word: at most 20 characters of ASCII, none of them a control.
sources::Fault check_text(sources::Node node, sources::Name name, std::string_view value);

}  // namespace nhis
