#include "plugins/sinks/smtp/paced_batch.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vestitel::smtp {

PacedBatch::PacedBatch(DomainPace& pace, std::vector<std::string> domains, std::int64_t keep_until)
    : pace_(pace),
      domains_(std::move(domains)),
      names_(domains_.size()),
      left_(domains_.size()),
      keep_until_(keep_until) {
  std::iota(left_.begin(), left_.end(), 0U);
}

PacedBatch::Next PacedBatch::next(std::int64_t now) {
  due_ = INT64_MAX;
  for (auto at = left_.begin(); at != left_.end(); ++at) {
    const std::uint32_t number = *at;
    const std::int64_t turn = pace_.turn(domains_[number], now);
    if (turn <= now) {
      left_.erase(at);
      names_[number] = pace_.began(domains_[number], now);
      return {Next::Kind::go, number, 0};
    }
    const std::int64_t look_again = std::min(turn, keep_until_);
    if (look_again <= now || (turn != DomainPace::kWhenOneEnds && turn > keep_until_)) {
      left_.erase(at);
      return {Next::Kind::later, number, pace_.postpone(domains_[number], now)};
    }
    due_ = std::min(due_, look_again);
  }
  return {};
}

void PacedBatch::ended(std::uint32_t number) { pace_.ended(names_[number]); }

}  // namespace vestitel::smtp
