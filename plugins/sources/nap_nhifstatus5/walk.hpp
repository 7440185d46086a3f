// Where the feed stands in its rounds, as its cursor says. A round asks about each subscribed person once, in the order
// of the hub; the next begins `ask_every` after its end, so that nobody is asked about sooner than that. Pure.
//
//   ""                      a round that has not begun
//   "after 1234"            a round up to the person behind that place
//   "rests since 2026-11-22T10:00:00Z"
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nap {

class Walk {
 public:
  // Throws vestitel::Error (E_DATA) where the cursor is not one of these.
  explicit Walk(std::string_view cursor);

  // Whether the next round has to wait. One that does not begins.
  bool rests(std::int64_t now_us, std::int64_t ask_every_us);

  // The place of the person who was dealt with last; empty: none.
  const std::string& place() const { return place_; }
  void pass(std::string_view place) { place_ = place; }
  void end_round(std::int64_t now_us) { ended_us_ = now_us; }

  std::string cursor() const;

 private:
  std::string place_;
  std::optional<std::int64_t> ended_us_;
};

}  // namespace nap
