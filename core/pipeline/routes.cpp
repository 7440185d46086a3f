#include "core/pipeline/routes.hpp"

#include <algorithm>

namespace vestitel {
namespace {

constexpr EventType kLastType = EventType::kObjectionAnswered;
constexpr std::uint64_t kAll = ~0ULL;

std::size_t index_of(Channel channel) { return static_cast<std::size_t>(channel); }

std::uint64_t bit(std::uint8_t value) { return 1ULL << value; }

bool any_of(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return glob_match(pattern, text); });
}

// The values 1..last whose names a pattern matches; a pattern that matches none is reported.
template <class E>
std::uint64_t mask(const std::vector<std::string>& patterns, E last, std::string_view key, const RouteConfig& route,
                   ConfigFindings& findings) {
  if (patterns.empty()) return kAll;
  std::uint64_t all = 0;
  for (const auto& pattern : patterns) {
    std::uint64_t hits = 0;
    for (std::uint8_t value = 1; value <= static_cast<std::uint8_t>(last); ++value)
      if (glob_match(pattern, to_text(static_cast<E>(value)))) hits |= bit(value);
    if (hits == 0)
      findings.push_back({route.place, route.name + ".match." + std::string(key),
                          '"' + pattern + "\", which matches nothing",
                          key == "type" ? "event types such as activity.outpatient, activity.* or gp.*"
                                        : "new, corrected or annulled"});
    all |= hits;
  }
  return all;
}

std::string_view attribute(const Event& event, std::string_view key, std::string_view absent) {
  for (const auto& [name, value] : event.attributes)
    if (name == key) return value;
  return absent;
}

// As reported, else from the first two digits of the facility's number (31 to 58 stand for 01 to 28).
std::string region(const Event& event) {
  const auto said = attribute(event, "facility.region", "");
  if (!said.empty()) return std::string(said);
  if (event.facility.size() < 2) return "";
  std::string prefix = event.facility.substr(0, 2);
  if (prefix > "30" && prefix <= "58") prefix[0] = static_cast<char>(prefix[0] - 3);
  return prefix;
}

const Instance* sink_named(const HubConfig& config, std::string_view id) {
  const Instance* instance = config.find(id);
  return instance != nullptr && instance->sink && instance->enabled ? instance : nullptr;
}

std::string enabled_sinks(const HubConfig& config) {
  std::string out = "email, sms, push, webhook, file";
  for (const auto& instance : config.instances)
    if (instance.enabled && instance.sink) out += ", " + instance.id;
  return out;
}

// Fills in what a route reaches. The built-in one has no place of its own in a file.
class Targets {
 public:
  Targets(const HubConfig& config, Route& route, ConfigPlace place, ConfigFindings& findings)
      : config_(config), sinks_(sinks_of(config)), route_(route), place_(std::move(place)), findings_(findings) {}

  void every_channel() {
    for (std::size_t i = 1; i < kChannels; ++i) by_channel(static_cast<Channel>(i));
  }

  void named(const std::vector<std::string>& words) {
    for (const auto& word : words)
      if (!channel(word)) by_sink(word);
    for (const auto& word : words)
      if (const auto known = channel(word)) by_channel(*known);
  }

 private:
  // A sink named by its id has taken its channels before: the channel's word then adds nothing.
  void by_channel(Channel channel) {
    auto& target = route_.targets[index_of(channel)];
    if (!target.sink.empty()) return;
    const auto& ids = sinks_.ids[index_of(channel)];
    target.routed = true;
    if (ids.empty()) return;
    if (ids.size() > 1) ambiguous(channel, ids);
    take(target, *config_.find(ids.front()));
  }

  void by_sink(const std::string& id) {
    const Instance* instance = sink_named(config_, id);
    if (instance == nullptr) {
      findings_.push_back({place_, route_.name + ".channels", '"' + id + "\", which is no channel and no enabled sink",
                           "one of " + enabled_sinks(config_)});
      return;
    }
    for (const Channel channel : instance->sink->channels) {
      auto& target = route_.targets[index_of(channel)];
      if (!target.sink.empty() && target.sink != id) ambiguous(channel, {target.sink, id});
      take(target, *instance);
    }
  }

  static void take(Route::Target& target, const Instance& instance) {
    target = {true, instance.id, instance.sink->retry.total};
  }

  void ambiguous(Channel channel, const std::vector<std::string>& ids) {
    findings_.push_back({place_, route_.name + ".channels",
                         std::string(to_text(channel)) + " served by both " + ids[0] + " and " + ids[1],
                         route_.catch_all ? "one enabled sink a channel, or a last route without match that names one"
                                          : "the id of one of them"});
  }

  const HubConfig& config_;
  const SinkByChannel sinks_;
  Route& route_;
  const ConfigPlace place_;
  ConfigFindings& findings_;
};

Route catch_all_route() {
  Route route;
  route.name = kCatchAll;
  route.template_name = "default";
  route.catch_all = true;
  return route;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

SinkByChannel sinks_of(const HubConfig& config) {
  SinkByChannel sinks;
  for (const auto& instance : config.instances) {
    if (!instance.enabled || !instance.sink) continue;
    for (const Channel channel : instance.sink->channels) sinks.ids[index_of(channel)].push_back(instance.id);
  }
  return sinks;
}

Routes::Routes() : rules_(1), routes_{catch_all_route()} {}

Routes::Routes(const HubConfig& config, ConfigFindings& findings) {
  for (const auto& route : config.routes) compile(route, config, findings);
  const bool reached = std::none_of(rules_.begin(), rules_.end(), [](const Rule& rule) {
    return rule.types == kAll && rule.revisions == kAll && !rule.narrow;
  });
  Route last = catch_all_route();
  ConfigFindings unreached;
  Targets(config, last, {"routes.yaml", 0, 0}, reached ? findings : unreached).every_channel();
  rules_.emplace_back();
  routes_.push_back(std::move(last));
}

void Routes::compile(const RouteConfig& from, const HubConfig& config, ConfigFindings& findings) {
  Rule rule;
  rule.types = mask(from.type, kLastType, "type", from, findings);
  rule.revisions = mask(from.revision, Revision::kAnnulled, "revision", from, findings);
  rule.facility = from.facility;
  rule.region = from.region;
  rule.practitioner = from.practitioner;
  rule.instance = from.instance;
  rule.payer = from.payer;
  rule.payment = from.payment;
  const bool body = !(rule.facility.empty() && rule.region.empty() && rule.practitioner.empty() && rule.payer.empty() &&
                      rule.payment.empty());
  rule.narrow = body || !rule.instance.empty();
  needs_body_ = needs_body_ || body;

  Route route;
  route.name = from.name;
  route.template_name = from.template_name;
  route.urgent = from.urgent;
  route.stop = from.stop;
  route.names_payer = !from.payer.empty();
  Targets targets(config, route, from.channels_place, findings);
  if (from.channels.empty() && !from.stop) targets.every_channel();
  targets.named(from.channels);
  rules_.push_back(std::move(rule));
  routes_.push_back(std::move(route));
}

bool Routes::matches(const Rule& rule, const Event& event, const InstanceName& instance) {
  if (!rule.instance.empty() && !any_of(rule.instance, instance ? instance(event.instance) : "")) return false;
  if (!any_of(rule.facility, event.facility) || !any_of(rule.practitioner, event.practitioner)) return false;
  if (!rule.region.empty() && !any_of(rule.region, region(event))) return false;
  if (!rule.payer.empty() && !any_of(rule.payer, attribute(event, "payer", "nzok"))) return false;
  return rule.payment.empty() || any_of(rule.payment, attribute(event, "payment", "unknown"));
}

const Route& Routes::match(const Event& event, const InstanceName& instance) const {
  const std::uint64_t type = bit(static_cast<std::uint8_t>(event.type));
  const std::uint64_t revision = bit(static_cast<std::uint8_t>(event.revision));
  const std::size_t last = routes_.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Rule& rule = rules_[i];
    if ((rule.types & type) == 0 || (rule.revisions & revision) == 0) continue;
    if (!rule.narrow || matches(rule, event, instance)) return routes_[i];
  }
  return routes_[last];
}

}  // namespace vestitel
