#include "core/host/spending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

void add(std::vector<Money>& amounts, const Money& one) {
  const auto same = [&](const Money& other) { return other.currency == one.currency; };
  const auto found = std::find_if(amounts.begin(), amounts.end(), same);
  if (found == amounts.end())
    amounts.push_back(one);
  else
    found->micros += one.micros;
}

BudgetState state_of(const Purse& purse) {
  if (purse.affords(false)) return BudgetState::kOpen;
  return purse.affords(true) ? BudgetState::kUrgentOnly : BudgetState::kUsedUp;
}

// What a message costs is the sink's: through one the day may be over, and through another not.
std::vector<SinkToday> sinks_of(const SpendingRules& rules, Channel channel, const Budget& budget, const Spent& spent) {
  std::vector<SinkToday> all;
  for (const auto& [name, terms] : rules.sinks)
    if (terms.serves(channel)) all.push_back({name, state_of(purse_of(budget, terms.price, spent))});
  return all;
}

std::string listed(const std::vector<Money>& amounts) {
  std::string text;
  for (const Money& one : amounts) text += (text.empty() ? "" : ", ") + to_text(one);
  return text;
}

std::string messages_text(std::int64_t count) { return to_text(Budget{count, ""}); }

Json json_of(const std::vector<Money>& amounts) {
  Json list = Json::array();
  for (const Money& one : amounts) list.push_back(to_text(one));
  return list;
}

const char* word(BudgetState state) {
  switch (state) {
    case BudgetState::kUrgentOnly: return "urgent-only";
    case BudgetState::kUsedUp: return "used-up";
    default: return "open";
  }
}

const char* clause(BudgetState state) {
  switch (state) {
    case BudgetState::kUrgentOnly: return "used up but for urgent messages, the others wait for tomorrow";
    case BudgetState::kUsedUp: return "used up, its messages wait for tomorrow";
    default: return "open";
  }
}

// What a budget needs for a replay, in what it counts.
std::int64_t needed(const Budget& budget, Channel channel, const std::vector<ReplayPart>& parts) {
  std::int64_t all = 0;
  for (const ReplayPart& part : parts)
    if (part.channel == channel)
      all += budget.currency.empty() ? part.messages : times(part.price, part.messages).micros;
  return all;
}

}  // namespace

std::vector<ChannelToday> channels_today(const HubConfig& config, const std::vector<SpentRow>& spent) {
  const SpendingRules rules = config.spending();
  std::vector<ChannelToday> all;
  for (const Channel channel : kAllChannels) {
    ChannelToday today;
    today.channel = channel;
    today.budget = rules.budget(channel);
    Spent counted;
    for (const SpentRow& row : spent) {
      if (row.channel != channel) continue;
      today.messages += row.spent.messages;
      if (!row.currency.empty()) add(today.amounts, {row.spent.micros, row.currency});
      if (today.budget && row.currency == today.budget->currency) counted.micros = row.spent.micros;
    }
    counted.messages = today.messages;
    if (!today.budget && today.messages == 0) continue;
    const Purse any = purse_of(today.budget, {}, counted);
    today.left = std::max<std::int64_t>(any.left - any.kept, 0);
    if (today.budget) today.sinks = sinks_of(rules, channel, *today.budget, counted);
    all.push_back(std::move(today));
  }
  return all;
}

std::optional<BudgetState> ChannelToday::state() const {
  if (sinks.empty()) return BudgetState::kOpen;
  const auto same = [&](const SinkToday& one) { return one.state == sinks.front().state; };
  return std::all_of(sinks.begin(), sinks.end(), same) ? std::optional(sinks.front().state) : std::nullopt;
}

BudgetState ChannelToday::state_of(std::string_view sink) const {
  const auto named = [&](const SinkToday& one) { return one.sink == sink; };
  const auto found = std::find_if(sinks.begin(), sinks.end(), named);
  return found == sinks.end() ? BudgetState::kOpen : found->state;
}

std::string line_of(const ChannelToday& today) {
  std::string text = fmt::format("spent {:<8} today {}", to_text(today.channel), messages_text(today.messages));
  if (!today.amounts.empty()) text += " for " + listed(today.amounts);
  if (today.budget) text += fmt::format("; {} a day are allowed", to_text(*today.budget));
  const auto all = today.state();
  if (all && *all != BudgetState::kOpen) text += std::string(": ") + clause(*all);
  if (all) return text;
  for (const SinkToday& one : today.sinks)
    text += fmt::format("{}through {} {}", &one == &today.sinks.front() ? ": " : "; ", one.sink, clause(one.state));
  return text;
}

Json to_json(const ChannelToday& today) {
  Json json{{"channel", to_text(today.channel)}, {"messages", today.messages}, {"cost", json_of(today.amounts)}};
  if (!today.budget) return json;
  json["per_day"] = to_text(*today.budget);
  json["left"] = to_text(Budget{today.left, today.budget->currency});
  const auto all = today.state();
  json["state"] = all ? word(*all) : "differs";
  for (const SinkToday& one : today.sinks) json["sinks"].push_back({{"sink", one.sink}, {"state", word(one.state)}});
  return json;
}

// ---- a replay -------------------------------------------------------------------------------------------------

bool ReplayPlan::asks() const {
  return std::any_of(cost.begin(), cost.end(), [](const Money& one) { return one.micros > 0; }) ||
         std::any_of(budgets.begin(), budgets.end(), [](const ReplayBudget& one) { return one.beyond.limit > 0; });
}

bool ReplayPlan::free() const { return cost.empty() && budgets.empty(); }

ReplayPlan replay_plan(const HubConfig& config, const std::vector<DeadLetter>& letters,
                       const std::vector<SpentRow>& spent) {
  const SpendingRules rules = config.spending();
  ReplayPlan plan;
  plan.messages = static_cast<std::int64_t>(letters.size());
  for (const DeadLetter& letter : letters) {
    const auto same = [&](const ReplayPart& one) { return one.sink == letter.sink && one.channel == letter.channel; };
    auto part = std::find_if(plan.parts.begin(), plan.parts.end(), same);
    if (part == plan.parts.end())
      part = plan.parts.insert(part, {letter.sink, letter.channel, 0, rules.price(letter.sink)});
    ++part->messages;
  }
  for (const ReplayPart& part : plan.parts)
    if (!part.price.currency.empty()) add(plan.cost, times(part.price, part.messages));
  for (const ChannelToday& today : channels_today(config, spent)) {
    const auto here = [&](const ReplayPart& part) { return part.channel == today.channel; };
    if (!today.budget || std::none_of(plan.parts.begin(), plan.parts.end(), here)) continue;
    const std::int64_t beyond = needed(*today.budget, today.channel, plan.parts) - today.left;
    const std::string& unit = today.budget->currency;
    plan.budgets.push_back(
        {today.channel, *today.budget, {today.left, unit}, {std::max<std::int64_t>(beyond, 0), unit}});
  }
  return plan;
}

std::string text_of(const ReplayPlan& plan) {
  std::string text;
  for (const ReplayPart& part : plan.parts) {
    text += fmt::format("{} through {}: {}", to_text(part.channel), one_line(part.sink), messages_text(part.messages));
    text += part.price.currency.empty()
                ? ", without a price\n"
                : fmt::format(" at {}: {}\n", to_text(part.price), to_text(times(part.price, part.messages)));
  }
  for (const ReplayBudget& one : plan.budgets) {
    text +=
        fmt::format("{}: of today's {}, {} are left", to_text(one.channel), to_text(one.per_day), to_text(one.left));
    if (one.beyond.limit > 0) text += fmt::format("; {} more are needed, and wait for tomorrow", to_text(one.beyond));
    text += '\n';
  }
  return text;
}

Json to_json(const ReplayPlan& plan) {
  Json parts = Json::array(), budgets = Json::array();
  for (const ReplayPart& part : plan.parts) {
    parts.push_back({{"channel", to_text(part.channel)}, {"sink", part.sink}, {"messages", part.messages}});
    if (part.price.currency.empty()) continue;
    parts.back()["price"] = to_text(part.price);
    parts.back()["cost"] = to_text(times(part.price, part.messages));
  }
  for (const ReplayBudget& one : plan.budgets)
    budgets.push_back({{"channel", to_text(one.channel)},
                       {"per_day", to_text(one.per_day)},
                       {"left", to_text(one.left)},
                       {"beyond", to_text(one.beyond)}});
  return {{"messages", plan.messages},
          {"cost", json_of(plan.cost)},
          {"parts", std::move(parts)},
          {"budgets", std::move(budgets)}};
}

}  // namespace vestitel
