// The names of elements and attributes that are known: those that are kept, and those that are read past.
#pragma once
#include <string_view>

#include "plugins/sources/common/name.hpp"

namespace nhis {

struct Known {
  sources::Name name;  // hash 0: it is not kept
  bool known = false;
};
Known known_name(std::string_view text);

}  // namespace nhis
