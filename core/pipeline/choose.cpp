#include "core/pipeline/choose.hpp"

#include <algorithm>

#include "core/pipeline/activity.hpp"

namespace vestitel {
namespace {

// The store says; a body that was read says it too.
EventPolicy policy_of(const Event& event) {
  EventPolicy policy = event.policy;
  for (const auto& [key, value] : event.attributes) {
    const Attribute one{key, value};
    const EventPolicy said = vestitel::policy_of({&one, 1});
    policy.other_payer = policy.other_payer || said.other_payer;
    policy.confidential = policy.confidential || said.confidential;
  }
  return policy;
}

std::optional<NotOwedReason> reason_against(const Subscription& subscription, const Route& route, EventPolicy policy) {
  const auto& target = route.target(subscription.channel);
  if (route.stop) return NotOwedReason::kNoRoute;
  if (policy.other_payer && !route.names_payer) return NotOwedReason::kOtherPayer;
  if (policy.confidential && subscription.recipient != subscription.subject) return NotOwedReason::kConfidential;
  if (subscription.cadence == Cadence::kOff) return NotOwedReason::kTurnedOff;
  if (!target.routed) return NotOwedReason::kNoRoute;
  if (target.sink.empty() || !subscription.reachable) return NotOwedReason::kNoChannel;
  return std::nullopt;
}

// A recipient subscribed twice on one channel is told once.
bool decided(const std::vector<Decision>& out, std::size_t first, const Subscription& subscription) {
  for (std::size_t i = out.size(); i > first; --i) {
    if (out[i - 1].recipient != subscription.recipient) return false;  // they come ordered by recipient
    if (out[i - 1].channel == subscription.channel) return true;
  }
  return false;
}

const ToldBefore* told_before(const RoutableEvent& routable, const Subscription& subscription) {
  for (const ToldBefore& told : routable.told)
    if (told.recipient == subscription.recipient && told.channel == subscription.channel) return &told;
  return nullptr;
}

// Of the channels of which one is enough, the first that can be used is told; the others stand in for it. Where one of
// them has told of the activity before, none tells of it again.
void keep_one(std::span<Decision> decisions, const Route& route) {
  const auto place = [&](const Decision& decision) {
    return std::find(route.fallback.begin(), route.fallback.end(), decision.channel) - route.fallback.begin();
  };
  const auto listed = [&](const Decision& d) { return place(d) < std::ssize(route.fallback); };
  const bool told = std::any_of(decisions.begin(), decisions.end(),
                                [&](const Decision& d) { return listed(d) && d.told_here && d.not_owed; });
  // Who was told on a channel hears of a change there.
  const auto sooner = [&](const Decision& a, const Decision& b) {
    return a.told_here != b.told_here ? a.told_here : place(a) < place(b);
  };
  Decision* first = nullptr;
  for (Decision& decision : decisions)
    if (!told && listed(decision) && !decision.not_owed && (first == nullptr || sooner(decision, *first)))
      first = &decision;
  for (Decision& decision : decisions) {
    if (&decision == first || decision.not_owed || !listed(decision)) continue;
    decision.not_owed = NotOwedReason::kStandsIn;
    decision.turn = static_cast<int>(place(decision));
    for (std::string* text :
         {&decision.sink, &decision.title, &decision.body, &decision.body_html, &decision.data_json})
      text->clear();
  }
}

// Decisions come ordered by recipient.
void keep_one_each(std::span<Decision> decisions, const Route& route) {
  while (!decisions.empty()) {
    const auto other = std::find_if(decisions.begin(), decisions.end(),
                                    [&](const Decision& d) { return d.recipient != decisions.front().recipient; });
    const auto n = static_cast<std::size_t>(other - decisions.begin());
    keep_one(decisions.first(n), route);
    decisions = decisions.subspan(n);
  }
}

// Every route finds its words for each channel that it reaches.
void check_templates(const HubConfig& config, const Templates& templates, ConfigFindings& findings) {
  for (const auto& route : config.routes)
    if (!route.stop && !templates.find(route.template_name, kLocales[0], Channel::kEmail))
      findings.push_back({route.template_place, route.label() + ".template",
                          '"' + route.template_name + "\", which is not there",
                          "the name of a file templates/bg/NAME.mustache"});
  if (!templates.find("default", kLocales[0], Channel::kEmail))
    findings.push_back(
        {{"templates", 0, 0}, "", "no template default", "default.mustache in templates/bg and templates/en"});
}

}  // namespace

PipelineOutcome build_pipeline(const HubConfig& config) {
  PipelineOutcome outcome;
  outcome.pipeline.routes = Routes(config, outcome.errors);
  outcome.pipeline.templates = Templates(config, outcome.errors);
  check_templates(config, outcome.pipeline.templates, outcome.errors);
  return outcome;
}

Chooser::Chooser(const Pipeline& pipeline, InstanceName instance)
    : pipeline_(pipeline), instance_(std::move(instance)), renderer_(pipeline.templates) {
  for (const auto& route : pipeline.routes.all()) {
    auto& numbers = numbers_.emplace_back();
    for (std::size_t channel = 1; channel < kChannels; ++channel)
      for (std::size_t locale = 0; locale < std::size(kLocales); ++locale)
        numbers[channel][locale] =
            pipeline.templates.find(route.template_name, kLocales[locale], static_cast<Channel>(channel));
  }
}

Result<> Chooser::decide(const RoutableEvent& routable, Instant now, std::vector<Decision>& out) {
  const Event& event = routable.event;
  const Route& route = pipeline_.routes.match(event, instance_);
  if (route.catch_all) ++catch_all_;
  const auto begin = [&]() -> Decision& {
    Decision& decision = out.emplace_back();
    decision.event = event.id;
    decision.prior = event.prior;
    decision.annuls = event.revision == Revision::kAnnulled;
    decision.activity = routable.activity;
    decision.route = route.name;
    return decision;
  };
  const bool baseline = routable.baseline || (is_state(event.type) && !event.prior);
  if (routable.subscriptions.empty()) {
    begin().not_owed = baseline ? NotOwedReason::kBaseline : NotOwedReason::kNoSubscriber;
    return Done{};
  }
  const EventPolicy policy = policy_of(event);
  const std::size_t first = out.size();
  for (const auto& subscription : routable.subscriptions) {
    if (decided(out, first, subscription)) continue;
    Decision& decision = begin();
    decision.recipient = subscription.recipient;
    decision.channel = subscription.channel;
    decision.not_owed = baseline ? NotOwedReason::kBaseline : reason_against(subscription, route, policy);
    if (decision.not_owed) continue;
    if (auto told = tell(routable, subscription, route, now, decision); !told) return told;
  }
  if (!route.fallback.empty()) keep_one_each({out.begin() + static_cast<std::ptrdiff_t>(first), out.end()}, route);
  return Done{};
}

// Unless the recipient was told of the activity already.
Result<> Chooser::tell(const RoutableEvent& routable, const Subscription& subscription, const Route& route, Instant now,
                       Decision& decision) {
  const ToldBefore* before = told_before(routable, subscription);
  if (before == nullptr && decision.annuls && !decision.prior) {  // what nobody was told of
    decision.not_owed = NotOwedReason::kCancelled;
    return Done{};
  }
  if (before == nullptr) return owe(routable.event, subscription, route, now, decision);
  decision.prior = before->report.event;
  decision.told_here = true;
  switch (retell(before->report, routable)) {
    case Retelling::kAsItIs: return owe(routable.event, subscription, route, now, decision);
    case Retelling::kAsCorrected: {
      Event corrected = routable.event;
      corrected.revision = Revision::kCorrected;
      return owe(corrected, subscription, route, now, decision);
    }
    case Retelling::kDuplicate:
      decision.not_owed = NotOwedReason::kDuplicate;
      decision.told_by = before->report.event;
      decision.as_of_us = routable.as_of_us;
      break;
    case Retelling::kOutdated: decision.not_owed = NotOwedReason::kSuperseded; break;
  }
  return Done{};
}

Result<> Chooser::owe(const Event& event, const Subscription& subscription, const Route& route, Instant now,
                      Decision& decision) {
  const auto locale = static_cast<std::size_t>(
      std::find(std::begin(kLocales), std::end(kLocales), subscription.locale) - std::begin(kLocales));
  const std::size_t words = locale < std::size(kLocales) ? locale : 0;
  const auto place = static_cast<std::size_t>(&route - pipeline_.routes.all().data());
  const auto number = numbers_[place][static_cast<std::size_t>(subscription.channel)][words];
  if (!number) return {Failure::kConfig, "choosing words: no template " + route.template_name};
  if (auto done = renderer_.render(*number, event, text_); !done) return done;
  const auto& target = route.target(subscription.channel);
  decision.sink = target.sink;
  decision.locale = kLocales[words];
  decision.title = text_.title;
  decision.body = text_.body;
  append_notice_json(decision.data_json, event, route.urgent);
  decision.due = now;
  decision.expires = now + target.lifetime;
  decision.priority = route.urgent ? kUrgent : kOrdinary;
  return Done{};
}

}  // namespace vestitel
