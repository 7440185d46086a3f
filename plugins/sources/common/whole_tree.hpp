// A small document as one tree: the answer of a service, say. Elements are known by their local names, in any
// namespace.
#pragma once
#include <optional>
#include <string_view>

#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/tree.hpp"

namespace sources {

// Fills `tree` from UTF-8. A fault: the document is not well-formed, or not within the limits of XmlPush and Tree.
Fault read_whole(std::string_view bytes, Tree& tree);

}  // namespace sources
