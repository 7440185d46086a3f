// A budget in money counts what sinks say they cost: one that did not say it would spend unseen, and one that costs
// more than a day may never send.
#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

// What the budget of a channel asks of the price of its sinks; "": this one does.
std::string asked(Channel channel, const Budget& budget, const Money& price) {
  const std::string& currency = budget.currency;
  if (currency.empty()) return "";
  const std::string key = "budget_per_day." + std::string(to_text(channel));
  if (price.currency != currency)
    return "an amount in " + currency + ", in which " + key + " counts; \"0 " + currency + "\" where it costs nothing";
  const Purse day = purse_of(budget, price, {});
  if (day.affords(false)) return "";
  return "at most " + to_text(Money{day.left - day.kept, currency}) + ", so that one message may leave: " + key +
         " is " + to_text(budget) + ", and a tenth of it is kept for urgent messages";
}

std::string asked(const HubConfig& config, const SinkConfig& sink) {
  for (const auto& [channel, budget] : config.budget_per_day) {
    if (!sink.serves(channel)) continue;
    if (std::string more = asked(channel, budget, sink.price); !more.empty()) return more;
  }
  return "";
}

}  // namespace

void check_prices(const HubConfig& config, ConfigFindings& findings) {
  for (const Instance& instance : config.instances) {
    if (!instance.enabled || !instance.sink) continue;
    const Money& price = instance.sink->price;
    const bool set = instance.has_key("sink.price");
    if (set && price.currency.empty()) continue;  // it has a finding of its own
    std::string more = asked(config, *instance.sink);
    if (more.empty()) continue;
    findings.push_back({set ? instance.value_place("sink.price") : instance.key_place("sink"), "sink.price",
                        set ? '"' + to_text(price) + '"' : "nothing", std::move(more)});
  }
}

SpendingRules HubConfig::spending() const {
  SpendingRules rules{budget_per_day, {}};
  for (const Instance& instance : instances)
    if (instance.enabled && instance.sink) rules.sinks[instance.id] = {instance.sink->channels, instance.sink->price};
  return rules;
}

}  // namespace vestitel
