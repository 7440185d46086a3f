// Shortest ways to a configuration and an event.
#pragma once
#include <string>

#include "core/config/config.hpp"
#include "core/model/decision.hpp"

namespace vestitel::test {

inline constexpr Instant kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 3} + std::chrono::hours{9}};

inline TemplateSource words(const std::string& name, const std::string& locale, const std::string& text,
                            std::optional<Channel> channel = {}) {
  const std::string part = channel ? "." + std::string(to_text(*channel)) : "";
  return {name, channel, locale, "templates/" + locale + "/" + name + part + ".mustache", text};
}

inline Instance sink(const std::string& id, std::vector<Channel> channels, bool enabled = true) {
  Instance instance;
  instance.id = id;
  instance.enabled = enabled;
  instance.sink.emplace().channels = std::move(channels);
  return instance;
}

inline RouteConfig route(const std::string& name) {
  RouteConfig made;
  made.name = name;
  made.place = made.channels_place = made.template_place = {"routes.yaml", 3, 1};
  return made;
}

// Sink mail for e-mail, texts "bg" and "en".
inline HubConfig small_config() {
  HubConfig config;
  config.instances.push_back(sink("mail", {Channel::kEmail}));
  config.templates.push_back(words("default", "bg", "Subject: Ново\n\nЗа {{occurred_on}}.\n"));
  config.templates.push_back(words("default", "en", "Subject: New\n\nOf {{occurred_on}}.\n"));
  return config;
}

inline Event event(EventType type = EventType::kOutpatient, Revision revision = Revision::kNew) {
  Event made;
  made.id = event_id(12, 7);
  made.type = type;
  made.revision = revision;
  made.person = 17;
  made.instance = 1;
  made.occurred = Instant{std::chrono::sys_days{std::chrono::year{2026} / 10 / 6}};
  made.occurred_date_only = true;
  made.reported = made.occurred + std::chrono::days{28};
  made.reported_date_only = true;
  return made;
}

inline RoutableEvent routable(Event event, std::vector<Subscription> subscriptions, bool baseline = false) {
  RoutableEvent made;
  made.seal = 1;
  made.event = std::move(event);
  made.subscriptions = std::move(subscriptions);
  made.baseline = baseline;
  return made;
}

}  // namespace vestitel::test
