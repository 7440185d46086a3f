// What each channel has spent today and may still spend, and what a replay would come to: as values, as text, as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.hpp"
#include "core/ports/look_store.hpp"

namespace vestitel {

// How far a day's budget is used up: "open", "urgent-only", "used-up".
enum class BudgetState : std::uint8_t { kOpen, kUrgentOnly, kUsedUp };

// A sink of the channel, at its own price.
struct SinkToday {
  std::string sink;
  BudgetState state = BudgetState::kOpen;
};

// One channel that has a budget, or on which something was spent.
struct ChannelToday {
  Channel channel = Channel::kEmail;
  std::int64_t messages = 0;   // begun today
  std::vector<Money> amounts;  // what they cost, by currency
  std::optional<Budget> budget;
  std::int64_t left = 0;         // of the budget, for messages that are not urgent, in what it counts
  std::vector<SinkToday> sinks;  // that serve it; none where it has no budget

  // What holds through each sink of the channel; nothing where they differ.
  [[nodiscard]] std::optional<BudgetState> state() const;
  // Through one of them; open where it is none.
  [[nodiscard]] BudgetState state_of(std::string_view sink) const;
};
std::vector<ChannelToday> channels_today(const HubConfig& config, const std::vector<SpentRow>& spent);

std::string line_of(const ChannelToday& today);
nlohmann::ordered_json to_json(const ChannelToday& today);

struct ReplayPart {
  std::string sink;
  Channel channel = Channel::kEmail;
  std::int64_t messages = 0;
  Money price;  // of one; without a currency: none is set
};

// A budget of today against what a replay needs of it.
struct ReplayBudget {
  Channel channel = Channel::kEmail;
  Budget per_day, left, beyond;  // beyond: of what is left for messages that are not urgent; nought: it is enough
};

struct ReplayPlan {
  std::int64_t messages = 0;
  std::vector<ReplayPart> parts;
  std::vector<Money> cost;  // by currency
  std::vector<ReplayBudget> budgets;

  // Somebody has to say that this is meant: it costs something, or goes beyond the day's budget.
  [[nodiscard]] bool asks() const;
  // There is nothing to tell of prices and budgets.
  [[nodiscard]] bool free() const;
};
ReplayPlan replay_plan(const HubConfig& config, const std::vector<DeadLetter>& letters,
                       const std::vector<SpentRow>& spent);

std::string text_of(const ReplayPlan& plan);
nlohmann::ordered_json to_json(const ReplayPlan& plan);

}  // namespace vestitel
