#include "core/pipeline/choose.hpp"

#include <catch2/catch.hpp>

#include "tests/pipeline/rules.hpp"

namespace vestitel::test {
namespace {

Subscription on(Channel channel, PersonId recipient = 17) {
  Subscription made;
  made.subject = 17;
  made.recipient = recipient;
  made.channel = channel;
  made.reachable = true;
  return made;
}

// Every decision as "recipient channel: sink" or "recipient channel: reason".
std::string decided(const HubConfig& config, const Event& e, std::vector<Subscription> subscriptions,
                    bool baseline = false) {
  const auto outcome = build_pipeline(config);
  REQUIRE(to_text(outcome.errors) == "");
  Chooser chooser(outcome.pipeline);
  std::vector<Decision> decisions;
  REQUIRE(chooser.decide(routable(e, std::move(subscriptions), baseline), kNow, decisions).ok());
  std::string out;
  for (const auto& d : decisions)
    out += std::to_string(d.recipient) + ' ' + std::string(to_text(d.channel)) + ": " +
           (d.not_owed ? std::string(to_text(*d.not_owed)) : d.sink) + '\n';
  return out;
}

}  // namespace

TEST_CASE("one decision for each recipient and channel, and one where there is nobody", "[choose]") {
  HubConfig config = small_config();
  config.instances.push_back(sink("gateway", {Channel::kSms}));
  CHECK(decided(config, event(), {}) == "0 email: no subscriber\n");
  CHECK(decided(config, event(), {on(Channel::kEmail), on(Channel::kSms), on(Channel::kEmail, 18)}) ==
        "17 email: mail\n17 sms: gateway\n18 email: mail\n");
  CHECK(decided(config, event(), {on(Channel::kEmail), on(Channel::kEmail)}) == "17 email: mail\n");
}

TEST_CASE("of channels of which one is enough, the first that can be used", "[choose]") {
  HubConfig config = small_config();
  config.instances.push_back(sink("gateway", {Channel::kSms}));
  config.instances.push_back(sink("hook", {Channel::kWebhook}));
  config.routes.push_back(route("all"));
  config.routes.back().fallback = {"push", "sms", "email"};
  const auto both = {on(Channel::kEmail), on(Channel::kSms)};
  CHECK(decided(config, event(), both) == "17 email: stands in\n17 sms: gateway\n");
  CHECK(decided(config, event(), {on(Channel::kEmail)}) == "17 email: mail\n");
  CHECK(decided(config, event(), {on(Channel::kEmail), on(Channel::kSms), on(Channel::kPush)}) ==
        "17 email: stands in\n17 sms: gateway\n17 push: no channel\n");
  CHECK(decided(config, event(), {on(Channel::kEmail), on(Channel::kSms), on(Channel::kWebhook)}) ==
        "17 email: stands in\n17 sms: gateway\n17 webhook: hook\n");
  CHECK(decided(config, event(), {on(Channel::kEmail), on(Channel::kSms), on(Channel::kEmail, 18)}) ==
        "17 email: stands in\n17 sms: gateway\n18 email: mail\n");
}

TEST_CASE("nobody is told of a first load, whoever has subscribed", "[choose]") {
  CHECK(decided(small_config(), event(), {on(Channel::kEmail), on(Channel::kEmail, 18)}, true) ==
        "17 email: baseline\n18 email: baseline\n");
  CHECK(decided(small_config(), event(), {}, true) == "0 email: baseline\n");
}

TEST_CASE("nobody is told of the state in which somebody is met first", "[choose]") {
  Event e = event();
  e.type = EventType::kInsuranceStatusChanged;
  CHECK(decided(small_config(), e, {on(Channel::kEmail)}) == "17 email: baseline\n");
  CHECK(decided(small_config(), e, {}) == "0 email: baseline\n");
  e.prior = event_id(1, 1);
  CHECK(decided(small_config(), e, {on(Channel::kEmail)}) == "17 email: mail\n");
  CHECK(decided(small_config(), e, {}) == "0 email: no subscriber\n");
}

TEST_CASE("what is not owed says why", "[choose]") {
  HubConfig config = small_config();
  Event e = event();
  Subscription s = on(Channel::kEmail);
  std::string expected;
  SECTION("no sink serves the channel") {
    s.channel = Channel::kPush;
    expected = "17 push: no channel\n";
  }
  SECTION("no usable address") {
    s.reachable = false;
    expected = "17 email: no channel\n";
  }
  SECTION("the recipient has turned it off") {
    s.cadence = Cadence::kOff;
    expected = "17 email: turned off\n";
  }
  SECTION("the route stops it") {
    config.routes = {route("nobody")};
    config.routes[0].stop = true;
    expected = "17 email: no route\n";
  }
  SECTION("the route does not speak of the channel") {
    config.routes = {route("one")};
    config.routes[0].channels = {"sms"};
    expected = "17 email: no route\n";
  }
  SECTION("another payer, as the store says") {
    e.policy.other_payer = true;
    expected = "17 email: other payer\n";
  }
  SECTION("another payer, as the event says") {
    e.attributes = {{"payer", "insurer"}};
    expected = "17 email: other payer\n";
  }
  SECTION("НЗОК pays") {
    e.attributes = {{"payer", "nzok"}};
    expected = "17 email: mail\n";
  }
  SECTION("another payer, and a route that says so") {
    e.attributes = {{"payer", "insurer"}};
    config.routes = {route("insured")};
    config.routes[0].payer = {"insurer"};
    expected = "17 email: mail\n";
  }
  SECTION("confidential, to who acts for the person") {
    e.policy.confidential = true;
    s.recipient = 18;
    expected = "18 email: confidential\n";
  }
  SECTION("confidential, to the person") {
    e.attributes = {{"subject.confidential", "1"}};
    expected = "17 email: mail\n";
  }
  CHECK(decided(config, e, {s}) == expected);
}

TEST_CASE("what is owed is complete: words, notice, route, when", "[choose]") {
  HubConfig config = small_config();
  config.instances[0].sink->retry.total = std::chrono::hours{1};
  config.routes = {route("gp")};
  config.routes[0].type = {"gp.*"};
  config.routes[0].urgent = true;
  const auto outcome = build_pipeline(config);
  REQUIRE(outcome.ok());
  Chooser chooser(outcome.pipeline);
  Subscription s = on(Channel::kEmail);
  s.locale = "en";
  std::vector<Decision> out;
  REQUIRE(chooser.decide(routable(event(EventType::kGpContractTerminated), {s}), kNow, out).ok());
  REQUIRE(chooser.decide(routable(event(), {on(Channel::kEmail)}), kNow, out).ok());
  REQUIRE(out.size() == 2);

  CHECK(out[0].route == "gp");
  CHECK(out[0].locale == "en");
  CHECK(out[0].title == "New");
  CHECK(out[0].body == "Of 6 October 2026.\n");
  CHECK(out[0].data_json.find(R"("id":"e-12-7")") != std::string::npos);
  CHECK(out[0].priority == kUrgent);
  CHECK(out[0].due == kNow);
  CHECK(out[0].expires == kNow + std::chrono::hours{1});
  CHECK(out[1].route == "catch-all");
  CHECK(out[1].body == "За 6 октомври 2026 г..\n");
  CHECK(out[1].priority == kOrdinary);
  CHECK(chooser.catch_all_count() == 1);
}

TEST_CASE("the shipped configuration tells everything in both languages, and names nothing", "[choose][shipped]") {
  const auto config = embedded_defaults("/tmp/vestitel-embedded-state").config;
  const auto outcome = build_pipeline(config);
  REQUIRE(to_text(outcome.errors) == "");
  CHECK_FALSE(outcome.pipeline.needs_body());
  Chooser chooser(outcome.pipeline);
  for (std::uint8_t type = 1; type <= 21; ++type) {
    for (std::uint8_t revision = 1; revision <= 3; ++revision) {
      Event e = event(static_cast<EventType>(type), static_cast<Revision>(revision));
      e.prior = event_id(1, 1);  // no first state, which is a baseline
      e.facility = "2203999001";
      e.attributes = {{"code.icd10", "I10"}, {"facility.name", "МЦ Пример"}, {"amount", "12.50"}};
      std::vector<Subscription> subscriptions;
      for (std::uint8_t channel = 1; channel <= 5; ++channel)
        subscriptions.push_back(on(static_cast<Channel>(channel)));
      for (std::uint8_t channel = 1; channel <= 5; ++channel) {
        subscriptions.push_back(on(static_cast<Channel>(channel), 18));
        subscriptions.back().locale = "en";
      }
      std::vector<Decision> out;
      REQUIRE(chooser.decide(routable(e, subscriptions), kNow, out).ok());
      REQUIRE(out.size() == 10);
      for (const auto& d : out) {
        CAPTURE(d.route, d.locale, d.body);
        REQUIRE_FALSE(d.not_owed.has_value());
        CHECK(d.sink == "file");
        CHECK_FALSE(d.title.empty());
        for (const char* secret : {"I10", "Пример", "12.50", "2203999001", "{{"})
          CHECK((d.title + d.body + d.data_json).find(secret) == std::string::npos);
        if (d.channel == Channel::kSms && d.locale == "bg") CHECK(d.body.size() < 70 * 2);
      }
    }
  }
  CHECK(chooser.catch_all_count() == 0);
}

}  // namespace vestitel::test
