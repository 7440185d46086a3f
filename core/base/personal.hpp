// A value about a person that refuses to be printed: no stream, no formatter, no implicit conversion.
// reveal() is the only way to it, and the word to search for when asking who looks.
#pragma once
#include <fmt/core.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace vestitel {

template <class T>
class Personal {
 public:
  Personal() = default;
  explicit Personal(T value) : value_(std::move(value)) {}

  const T& reveal() const& { return value_; }
  T&& reveal() && { return std::move(value_); }

  friend bool operator==(const Personal&, const Personal&) = default;
  friend std::ostream& operator<<(std::ostream&, const Personal&) = delete;

 private:
  T value_{};
};

using PersonalText = Personal<std::string>;

}  // namespace vestitel

template <class T, class Char>
struct fmt::formatter<vestitel::Personal<T>, Char> {
  static_assert(!std::is_same_v<T, T>, "a personal value refuses to be printed: reveal() it where it must be read");
};
