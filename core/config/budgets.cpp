// A budget in money counts what sinks say they cost: one that did not say it would spend unseen.
#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

// The budget whose currency the price of the sink has to have.
const std::pair<const Channel, Budget>* in_money(const HubConfig& config, const SinkConfig& sink) {
  for (const auto& one : config.budget_per_day)
    if (!one.second.currency.empty() && one.second.currency != sink.price.currency && sink.serves(one.first))
      return &one;
  return nullptr;
}

}  // namespace

void check_prices(const HubConfig& config, ConfigFindings& findings) {
  for (const Instance& instance : config.instances) {
    if (!instance.enabled || !instance.sink) continue;
    const auto* wrong = in_money(config, *instance.sink);
    if (wrong == nullptr) continue;
    const Money& price = instance.sink->price;
    const bool set = instance.has_key("sink.price");
    if (set && price.currency.empty()) continue;  // it has a finding of its own
    const std::string& currency = wrong->second.currency;
    findings.push_back({set ? instance.value_place("sink.price") : instance.key_place("sink"), "sink.price",
                        set ? '"' + to_text(price) + '"' : "nothing",
                        "an amount in " + currency + ", in which budget_per_day." + std::string(to_text(wrong->first)) +
                            " counts; \"0 " + currency + "\" where it costs nothing"});
  }
}

SpendingRules HubConfig::spending() const {
  SpendingRules rules{budget_per_day, {}};
  for (const Instance& instance : instances)
    if (instance.enabled && instance.sink && !instance.sink->price.currency.empty())
      rules.prices[instance.id] = instance.sink->price;
  return rules;
}

}  // namespace vestitel
