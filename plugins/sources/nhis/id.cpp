#include "id.hpp"

#include "values.hpp"

namespace nhis {
namespace {

int nibble(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

}  // namespace

Id id_of(std::string_view text) {
  Id id;
  if (!is_uuid(text)) {
    text.copy(id.bytes.data(), id.bytes.size());
    return id;
  }
  std::size_t half = 0;
  for (const char c : text) {
    if (c == '-') continue;
    char& byte = id.bytes[half++ / 2];
    byte = static_cast<char>(byte << 4 | nibble(c));
  }
  return id;
}

}  // namespace nhis
