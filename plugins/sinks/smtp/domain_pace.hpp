// How fast and how many at once mails may go to one domain: large receivers answer a flood with refusals, and those
// cost every mail more time than its turn would have. Pure: the time comes in. It forgets when the process ends.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vestitel::smtp {

struct PaceLimits {
  std::uint32_t at_once = 0;     // mails under way; 0: any number
  std::int64_t interval_us = 0;  // between the starts of two; 0: none

  bool any() const { return at_once != 0 || interval_us != 0; }
};

// "N/s", "N/m" or "N/h" as an interval; none: it is not that, or N is not 1 to 1,000,000.
std::optional<std::int64_t> interval_of_rate(std::string_view rate);

// All times are microseconds of one monotonic clock. Not for several threads at once.
class DomainPace {
 public:
  // Beyond that many at a time, the others are one domain to it: slower at worst, never faster than the limits.
  static constexpr std::size_t kMaxDomains = 10'000;
  static constexpr std::int64_t kWhenOneEnds = INT64_MAX;
  static constexpr std::int64_t kLongestWait = 3'600'000'000;

  explicit DomainPace(const PaceLimits& limits) : limits_(limits) {}

  const PaceLimits& limits() const { return limits_; }

  // When the next mail to `domain` may start: `now`, later, or kWhenOneEnds. An empty one stands for no domain: at
  // once.
  std::int64_t turn(std::string_view domain, std::int64_t now);
  // A mail starts, in its turn or not. Returns under which name it has to end.
  std::string began(std::string_view domain, std::int64_t now);
  void ended(const std::string& name);
  // A mail does not wait for its turn here: in how many microseconds it should come again, 1 to kLongestWait. Each gets
  // a later time than the one before it, so that a backlog does not come back as one flood.
  std::int64_t postpone(std::string_view domain, std::int64_t now);

  std::size_t known() const { return domains_.size(); }

 private:
  struct State {
    std::uint32_t under_way = 0;
    std::int64_t next_start = INT64_MIN;
    std::int64_t queue_end = INT64_MIN;  // when the one postponed last comes again, and its share of time behind that
  };
  using Domains = std::unordered_map<std::string, State>;
  Domains::value_type& entry(std::string_view domain, std::int64_t now);
  void forget_idle(std::int64_t now);

  PaceLimits limits_;
  Domains domains_;
  std::int64_t forget_at_ = INT64_MIN;
};

}  // namespace vestitel::smtp
