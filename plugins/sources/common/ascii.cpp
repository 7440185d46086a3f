#include "plugins/sources/common/ascii.hpp"

#include <cstdint>
#include <cstring>

namespace sources {

bool holds_beyond_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::uint64_t all = 0, eight = 0;  // asked of each tag of a document
  for (; text.size() >= sizeof eight; text.remove_prefix(sizeof eight)) {
    std::memcpy(&eight, text.data(), sizeof eight);
    all |= eight;
  }
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return (all & kHighBits) != 0;
}

}  // namespace sources
