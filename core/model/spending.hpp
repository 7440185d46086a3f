// What messages cost, and how many of them a channel's budget of the day still lets go. Pure; money is counted in whole
// millionths, never in floating point.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/message.hpp"

namespace vestitel {

struct Money {
  std::int64_t micros = 0;
  std::string currency;  // three letters; "": no price is set
  friend bool operator==(const Money&, const Money&) = default;
};

// "0.045 EUR": up to six decimals and a currency of three capital letters, at most a thousand million.
std::optional<Money> parse_money(std::string_view text);
std::string to_text(const Money& money);
// What `count` of them cost; the largest amount there is where it would be more.
Money times(const Money& price, std::int64_t count);

// What may leave on one channel in a day of Europe/Sofia.
struct Budget {
  std::int64_t limit = 0;  // messages, or millionths of `currency`
  std::string currency;    // "": it counts messages
  friend bool operator==(const Budget&, const Budget&) = default;
};

// "20000", messages, or "500 EUR"; more than nothing.
std::optional<Budget> parse_budget(std::string_view text);
// An amount of what the budget counts: "280 messages", "12.60 EUR".
std::string to_text(const Budget& budget);

// What was begun on a channel in one day.
struct Spent {
  std::int64_t messages = 0;
  std::int64_t micros = 0;  // in the currency that was asked for
};

// What is left of a channel's day, for messages of one price. The last tenth of a budget is kept for urgent ones: no
// load of reports holds back a code, and nothing, urgent or not, goes beyond what the operator set.
struct Purse {
  std::int64_t left = 0, kept = 0;  // kept: of what is left, for urgent messages alone
  std::int64_t unit = 0;            // what one message takes; 0: it takes nothing
  std::int64_t taken = 0;           // messages

  [[nodiscard]] bool affords(bool urgent) const { return unit == 0 || left - unit >= (urgent ? 0 : kept); }
  void take() {
    left -= unit;
    ++taken;
  }
};
Purse purse_of(const std::optional<Budget>& budget, const Money& price, const Spent& spent);

struct SinkTerms {
  std::vector<Channel> channels;  // which it serves
  Money price;                    // of one message; without a currency: none is set

  [[nodiscard]] bool serves(Channel channel) const;
};

// What the store holds sinks to.
struct SpendingRules {
  std::map<Channel, Budget> per_day;
  std::map<std::string, SinkTerms, std::less<>> sinks;

  [[nodiscard]] std::optional<Budget> budget(Channel channel) const;
  [[nodiscard]] Money price(std::string_view sink) const;
};

// Messages of the channel that would leave through the sink, which serves it, have to wait for the next day. Another
// sink of the channel may go on: one that costs less, or nothing.
struct BudgetUsedUp {
  std::string sink;
  Channel channel = Channel::kEmail;
  Date day;
  bool urgent_too = false;  // what was kept for urgent ones is gone as well
};

}  // namespace vestitel
