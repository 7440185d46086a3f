// Tokens that live for a while: each is kept, made anew before its end, and made once however many wait for it.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace vestitel::sinks {

struct FreshToken {
  std::string text;
  std::chrono::seconds renew_after{}, life{};  // from now on
};

// [any]
class TokenShelf {
 public:
  using Make = std::function<std::optional<FreshToken>()>;

  // The token of that name. `make` is called where there is none, or where its end is near or was never so far off (the
  // clock was set back); who asks meanwhile waits for the same answer. Where it makes none, the one before serves until
  // its end, and the next try is half a minute off. "": there is none.
  std::string get(const std::string& name, std::int64_t now_us, const Make& make);

  // A token that was not liked: the next one is a new one.
  void forget(const std::string& name);

 private:
  struct Kept {
    std::string text;
    std::int64_t made_us = 0, renew_us = 0, end_us = 0;
  };
  static constexpr std::size_t kMost = 1000;

  std::mutex mutex_;  // over what follows, and over making: of many that need a token one makes it
  std::map<std::string, Kept> kept_;
};

}  // namespace vestitel::sinks
