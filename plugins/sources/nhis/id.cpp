#include "id.hpp"

namespace nhis {
namespace {

constexpr unsigned nibble(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

// Where the pairs of digits of a UUID stand.
constexpr std::size_t kPairs[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

Id id_of(std::string_view text) {
  Id id;
  if (text.size() != 36) {
    text.copy(id.bytes.data(), id.bytes.size());
    return id;
  }
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<char>(nibble(text[kPairs[i]]) << 4 | nibble(text[kPairs[i] + 1]));
  return id;
}

}  // namespace nhis
