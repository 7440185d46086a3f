// The names of elements and attributes that are known: those that are kept, and those that are read past.
#pragma once
#include <string_view>

#include <libxml/xmlstring.h>

#include <array>

#include "plugins/sources/common/name.hpp"

namespace nhis {

struct Known {
  sources::Name name;  // hash 0: it is not kept
  bool known = false;
};
Known known_name(std::string_view text);

// The same of names out of a parser's dictionary, which are told by their address: a name is looked for once.
class KnownNames {
 public:
  const Known& operator()(const xmlChar* key) {
    const auto address = reinterpret_cast<std::uintptr_t>(key);
    Slot& slot = slots_[(address ^ (address >> 10)) % slots_.size()];
    if (slot.key != key) slot = {key, known_name(reinterpret_cast<const char*>(key))};
    return slot.known;
  }

 private:
  struct Slot {
    const xmlChar* key = nullptr;
    Known known;
  };
  std::array<Slot, 1024> slots_{};
};

}  // namespace nhis
