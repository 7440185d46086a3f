#include "core/pipeline/routes.hpp"

#include <algorithm>

#include "core/model/partner.hpp"

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
      findings.push_back({route.place, route.label() + ".match." + std::string(key),
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

// As reported, else by the facility's number.
std::string region(const Event& event) {
  const auto said = attribute(event, "facility.region", "");
  if (!said.empty()) return std::string(said);
  return region_of_facility(event.facility);
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

// Two sinks on the same channels: one mistake, however many routes and channels meet it.
struct Clash {
  std::string one, other;
  ConfigPlace place;  // of the first route that meets it
  std::vector<std::string> channels, routes;
  bool catch_all = false;
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void add_once(std::vector<std::string>& words, std::string_view word) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.emplace_back(word);
}

void report(const std::vector<Clash>& clashes, ConfigFindings& findings) {
  for (const auto& clash : clashes) {
    std::string allowed = "one enabled sink a channel";
    if (!clash.routes.empty()) allowed += ", or the id of one of them in channels of route " + joined(clash.routes);
    if (clash.catch_all)
      allowed += std::string(clash.routes.empty() ? ", or" : " and") + " a last route without match that names one";
    findings.push_back({clash.place, (clash.routes.empty() ? std::string(kCatchAll) : clash.routes[0]) + ".channels",
                        joined(clash.channels) + " served by both " + clash.one + " and " + clash.other, allowed});
  }
}

// Fills in what a route reaches. The built-in one has no place of its own in a file.
class Targets {
 public:
  Targets(const HubConfig& config, Route& route, ConfigPlace place, ConfigFindings& findings,
          std::vector<Clash>& clashes)
      : config_(config),
        sinks_(sinks_of(config)),
        route_(route),
        place_(std::move(place)),
        findings_(findings),
        clashes_(clashes) {}

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
                           enabled_sinks(config_)});
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
    const auto same = [&](const Clash& clash) { return clash.one == ids[0] && clash.other == ids[1]; };
    auto clash = std::find_if(clashes_.begin(), clashes_.end(), same);
    if (clash == clashes_.end()) clash = clashes_.insert(clash, {ids[0], ids[1], place_, {}, {}});
    add_once(clash->channels, to_text(channel));
    if (!route_.catch_all) add_once(clash->routes, route_.name);
    clash->catch_all = clash->catch_all || route_.catch_all;
  }

  const HubConfig& config_;
  const SinkByChannel sinks_;
  Route& route_;
  const ConfigPlace place_;
  ConfigFindings& findings_;
  std::vector<Clash>& clashes_;
};

// Of `fallback`; what is no channel, or stands twice, goes to `findings`.
std::vector<Channel> channels_of(const RouteConfig& from, ConfigFindings& findings) {
  std::vector<Channel> channels;
  for (const std::string& word : from.fallback) {
    const auto known = channel(word);
    if (known && std::find(channels.begin(), channels.end(), *known) == channels.end()) {
      channels.push_back(*known);
      continue;
    }
    findings.push_back({from.fallback_place, from.label() + ".fallback",
                        '"' + word + (known ? "\" again" : "\", which is no channel"),
                        "email, sms, push, webhook or file, each once"});
  }
  return channels;
}

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
    if (!instance.enabled || !instance.sink || config.find(instance.id) != &instance) continue;
    for (const Channel channel : instance.sink->channels) sinks.ids[index_of(channel)].push_back(instance.id);
  }
  return sinks;
}

Routes::Routes() : rules_(1), routes_{catch_all_route()} {}

Routes::Routes(const HubConfig& config, ConfigFindings& findings) {
  std::vector<Clash> clashes;
  for (const auto& route : config.routes) {
    compile(route, findings);
    Targets targets(config, routes_.back(), route.channels_place, findings, clashes);
    if (route.channels.empty() && !route.stop) targets.every_channel();
    targets.named(route.channels);
  }
  const bool reached = std::none_of(rules_.begin(), rules_.end(), [](const Rule& rule) {
    return rule.types == kAll && rule.revisions == kAll && !rule.narrow;
  });
  Route last = catch_all_route();
  std::vector<Clash> unreached;
  const std::string file = config.folder.empty() ? "routes.yaml" : config.folder + "/routes.yaml";
  Targets(config, last, {file, 0, 0}, findings, reached ? clashes : unreached).every_channel();
  report(clashes, findings);
  rules_.emplace_back();
  routes_.push_back(std::move(last));
}

void Routes::compile(const RouteConfig& from, ConfigFindings& findings) {
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
  route.name = from.label();
  route.template_name = from.template_name;
  route.urgent = from.urgent;
  route.stop = from.stop;
  route.names_payer = !from.payer.empty();
  route.fallback = channels_of(from, findings);
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
