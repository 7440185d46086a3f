// What a record or a message is found by, in 16 bytes: a UUID, or a national number of 12 characters.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace nhis {

struct Id {
  std::array<char, 16> bytes{};
  bool operator==(const Id&) const = default;
};

// `text` is_uuid(), in either case, or is_national_number().
Id id_of(std::string_view text);

}  // namespace nhis
