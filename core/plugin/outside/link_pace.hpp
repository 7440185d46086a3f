// How many requests may be on their way to one peer at a time, and when it is given up for now.
//
// It starts low and grows by what is answered about as fast as the fastest of late, so it doubles each round trip until
// further requests only wait for those before them, in the peer or in us: more would cost all of them time. From there
// it shrinks slowly, and it halves where the peer says that it is overloaded. A peer that lets a row of requests go
// unanswered is given up: what waits for it is not sent, so that nobody wonders what became of it, and the next one
// goes alone.
#pragma once
#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/base/clock.hpp"

namespace vestitel {

class LinkPace {
 public:
  static constexpr std::size_t kLeast = 16;

  explicit LinkPace(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t limit() const { return open_ ? 1 : limit_; }
  // Nothing was answered for so long that what waits had better not be sent.
  [[nodiscard]] bool given_up() const { return open_; }

  // It has answered at least once.
  [[nodiscard]] bool proven() const { return proven_; }

  // An answer came so long after its request had left. `well`: a good one, whose time tells how fast the peer is;
  // `more`: others wait to be sent.
  void answered(Micros after, bool well, bool more) {
    heard();
    if (well) note(after);
    if (more && after <= 2 * fastest_) limit_ = std::min(most_, limit_ + 1);
    if (after <= 4 * fastest_ || ++late_ < kShrinkAfter) return;
    late_ = 0;
    limit_ = std::max(kLeast, limit_ - limit_ / 8);
  }

  // An answer came that says so. What was under way together counts once.
  void overloaded() {
    heard();
    halve();
  }

  // A request ended without one.
  void unanswered() {
    halve();
    if (open_ || ++unanswered_ < kLeast) return;
    open_ = true;
    limit_ = kLeast;
    cut_from_ = since_cut_ = 0;
  }

 private:
  static constexpr std::size_t kShrinkAfter = 256, kOfLate = 1024;

  void heard() {
    proven_ = true;
    unanswered_ = 0;
    open_ = false;
    ++since_cut_;
  }

  void halve() {
    if (since_cut_ < cut_from_) return;
    cut_from_ = limit_;
    since_cut_ = 0;
    limit_ = std::max(kLeast, limit_ / 2);
  }

  // The fastest of the last one or two thousand: networks change.
  void note(Micros after) {
    fastest_ = std::min(fastest_, after);
    fastest_lately_ = std::min(fastest_lately_, after);
    if (++answers_ % kOfLate == 0) fastest_ = std::exchange(fastest_lately_, Micros::max() / 8);
  }

  const std::size_t most_;
  std::size_t limit_ = kLeast;
  Micros fastest_ = Micros::max() / 8, fastest_lately_ = Micros::max() / 8;
  std::size_t answers_ = 0, late_ = 0;
  std::size_t since_cut_ = 0, cut_from_ = 0;  // answers since it was last halved, and how many were under way then
  std::size_t unanswered_ = 0;                // in a row
  bool open_ = false, proven_ = false;
};

}  // namespace vestitel
