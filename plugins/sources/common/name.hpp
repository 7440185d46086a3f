// Names of elements and attributes, known at compile time: told by a number, so that a record is searched without
// comparing text. Two names of one number would have to be made on purpose, and gain nothing.
#pragma once
#include <cstdint>
#include <string_view>

namespace sources {

constexpr std::uint64_t name_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

struct Name {
  std::uint64_t hash = 0;         // 0: a name that no format of ours has
  const char* written = nullptr;  // two words in all: it is passed in registers, more than once an element
  // As it is written, for the words of a fault.
  constexpr std::string_view text() const { return written == nullptr ? std::string_view() : written; }
  constexpr bool operator==(const Name& other) const { return hash == other.hash; }
};

// clang before 15 leaves calls of a consteval operator in the code, and nothing to call.
#if defined(__clang__) && __clang_major__ < 15
#define SOURCES_CONSTEVAL constexpr
#else
#define SOURCES_CONSTEVAL consteval
#endif

inline namespace literals {
SOURCES_CONSTEVAL Name operator""_n(const char* text, std::size_t size) { return {name_hash({text, size}), text}; }
}  // namespace literals
#undef SOURCES_CONSTEVAL

}  // namespace sources
