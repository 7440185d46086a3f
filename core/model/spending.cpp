#include "core/model/spending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace vestitel {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMost = 1'000 * kMillion;  // units, or messages
constexpr std::int64_t kKept = 10;                // one part of so many is kept for urgent messages

// Digits alone: no sign, no space, no exponent.
std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || failure != std::errc{} || end != text.data() + text.size() ||
      value > kMost)
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> micros(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto units = whole(text.substr(0, point));
  if (!units) return std::nullopt;
  if (point == std::string_view::npos) return *units * kMillion;
  std::string decimals(text.substr(point + 1));
  if (decimals.size() > 6) return std::nullopt;
  const auto fraction = whole(decimals);
  if (!fraction) return std::nullopt;
  decimals.resize(6, '0');
  return *units * kMillion + *whole(decimals);
}

}  // namespace

std::optional<Money> parse_money(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto amount = micros(text.substr(0, space));
  const auto currency = text.substr(space + 1);
  const bool letters = currency.size() == 3 &&
                       std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!amount || !letters) return std::nullopt;
  return Money{*amount, std::string(currency)};
}

// Whole units as they are, all else with two decimals at least.
std::string to_text(const Money& money) {
  const auto absolute = static_cast<std::uint64_t>(money.micros < 0 ? -money.micros : money.micros);
  std::string decimals = fmt::format("{:06}", absolute % kMillion);
  while (decimals.size() > 2 && decimals.back() == '0') decimals.pop_back();
  std::string text = fmt::format("{}{}", money.micros < 0 ? "-" : "", absolute / kMillion);
  if (decimals != "00") text += '.' + decimals;
  return text + ' ' + money.currency;
}

Money times(const Money& price, std::int64_t count) {
  Money all{0, price.currency};
  if (__builtin_mul_overflow(price.micros, count, &all.micros)) all.micros = std::numeric_limits<std::int64_t>::max();
  return all;
}

std::optional<Budget> parse_budget(std::string_view text) {
  if (const auto messages = whole(text); messages && *messages > 0) return Budget{*messages, ""};
  const auto money = parse_money(text);
  if (!money || money->micros == 0) return std::nullopt;
  return Budget{money->micros, money->currency};
}

std::string to_text(const Budget& budget) {
  if (!budget.currency.empty()) return to_text(Money{budget.limit, budget.currency});
  return fmt::format("{} message{}", budget.limit, budget.limit == 1 ? "" : "s");
}

Purse purse_of(const std::optional<Budget>& budget, const Money& price, const Spent& spent) {
  Purse purse;
  if (!budget) return purse;
  const bool money = !budget->currency.empty();
  purse.unit = money ? price.micros : 1;
  purse.left = budget->limit - (money ? spent.micros : spent.messages);
  purse.kept = (budget->limit + kKept - 1) / kKept;
  return purse;
}

bool SinkTerms::serves(Channel channel) const {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

std::optional<Budget> SpendingRules::budget(Channel channel) const {
  const auto found = per_day.find(channel);
  return found == per_day.end() ? std::nullopt : std::optional(found->second);
}

Money SpendingRules::price(std::string_view sink) const {
  const auto found = sinks.find(sink);
  return found == sinks.end() ? Money{} : found->second.price;
}

}  // namespace vestitel
