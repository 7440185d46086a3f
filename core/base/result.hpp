// Errors as values. A function that can fail for a reason outside the program returns Result<T>; exceptions end
// at two borders only: the plugin adapter and the worker loop.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vestitel {

enum class Failure : std::uint8_t {
  kInvalid,    // the input is wrong; the same input will fail again
  kConfig,     // somebody has to change a setting
  kNotFound,   // no such thing
  kDenied,     // not allowed
  kConflict,   // the world moved on: a stale token, a position already passed
  kIo,         // the machine failed; whether the effect took place is unknown
  kBusy,       // later
  kCancelled,  // the hub is stopping
  kCrashed,    // the plugin's process ended in the middle of it
  kInternal,   // a bug
};

// What went wrong, as "gerund + object: cause". Never holds a personal value or a secret.
struct Error {
  Failure failure = Failure::kInternal;
  std::string message;

  // The same failure seen from one level up: "reading settings: <message>".
  [[nodiscard]] Error during(std::string_view action) const { return {failure, std::string(action) + ": " + message}; }
};

struct Done {};  // the value of a Result that has none

template <class T = Done>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(Failure failure, std::string message) : Result(Error{failure, std::move(message)}) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok(). A breach throws std::bad_variant_access: a bug, caught at the worker loop.
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace vestitel
