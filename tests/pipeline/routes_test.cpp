#include "core/pipeline/routes.hpp"

#include <catch2/catch.hpp>

#include "core/pipeline/choose.hpp"
#include "tests/pipeline/rules.hpp"

namespace vestitel::test {
namespace {

Routes compiled(const HubConfig& config) {
  ConfigFindings findings;
  Routes routes(config, findings);
  REQUIRE(to_text(findings) == "");
  return routes;
}

std::string findings_of(const HubConfig& config) { return to_text(build_pipeline(config).errors); }

}  // namespace

TEST_CASE("a star stands for any characters, all else for itself", "[routes]") {
  struct Case {
    const char *pattern, *text;
    bool match;
  };
  const auto c = GENERATE(values<Case>({{"", "", true},
                                        {"*", "", true},
                                        {"*", "abc", true},
                                        {"a*c", "abbc", true},
                                        {"a*c", "abcd", false},
                                        {"a*b*c", "a1b2b3c", true},
                                        {"activity.*", "activity.outpatient", true},
                                        {"activity.*", "activity", false},
                                        {"*.admission", "activity.hospital.admission", true},
                                        {"abc", "abcd", false},
                                        {"abcd", "abc", false},
                                        {"a?c", "abc", false},
                                        {"**a**", "xax", true}}));
  CAPTURE(c.pattern, c.text);
  CHECK(glob_match(c.pattern, c.text) == c.match);
}

TEST_CASE("a pattern of many stars ends in good time", "[routes]") {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(glob_match(pattern + "b", std::string(4096, 'a')));
}

TEST_CASE("the first route that matches decides; the catch-all stands behind the last", "[routes]") {
  HubConfig config = small_config();
  config.routes = {route("corrections"), route("visits"), route("all-activities")};
  config.routes[0].type = {"activity.*"};
  config.routes[0].revision = {"corrected", "annulled"};
  config.routes[1].type = {"activity.outpatient", "activity.dental"};
  config.routes[2].type = {"activity.*"};
  const Routes routes = compiled(config);

  CHECK(routes.match(event(EventType::kOutpatient, Revision::kAnnulled)).name == "corrections");
  CHECK(routes.match(event(EventType::kDental)).name == "visits");
  CHECK(routes.match(event(EventType::kLaboratory)).name == "all-activities");
  const Route& rest = routes.match(event(EventType::kReferral));
  CHECK(rest.name == "catch-all");
  CHECK(rest.catch_all);
  CHECK(rest.template_name == "default");
  CHECK(rest.target(Channel::kEmail).sink == "mail");
  CHECK_FALSE(routes.needs_body());
}

TEST_CASE("a route matches by each field that it names, and by any of the values", "[routes]") {
  struct Case {
    const char* name;
    std::vector<std::string> RouteConfig::*list;
    std::vector<std::string> patterns;
    bool match, body;
  };
  const auto c = GENERATE(values<Case>({
      {"facility", &RouteConfig::facility, {"9*", "2203*"}, true, true},
      {"another facility", &RouteConfig::facility, {"9*"}, false, true},
      {"region from the facility", &RouteConfig::region, {"22"}, true, true},
      {"another region", &RouteConfig::region, {"01"}, false, true},
      {"practitioner", &RouteConfig::practitioner, {"2299000011"}, true, true},
      {"payer when none is named", &RouteConfig::payer, {"nzok"}, true, true},
      {"another payer", &RouteConfig::payer, {"insurer"}, false, true},
      {"payment", &RouteConfig::payment, {"refused", "paid"}, true, true},
      {"another payment", &RouteConfig::payment, {"unknown"}, false, true},
      {"instance", &RouteConfig::instance, {"nzok-*"}, true, false},
      {"another instance", &RouteConfig::instance, {"regix"}, false, false},
  }));
  CAPTURE(c.name);
  HubConfig config = small_config();
  config.routes = {route("one")};
  config.routes[0].*c.list = c.patterns;
  const Routes routes = compiled(config);
  Event e = event();
  e.facility = "2203999001";
  e.practitioner = "2299000011";
  e.attributes = {{"payment", "paid"}};
  const InstanceName names = [](std::int64_t id) { return id == 1 ? "nzok-amblist" : ""; };
  CHECK((routes.match(e, names).name == "one") == c.match);
  CHECK(routes.needs_body() == c.body);
}

TEST_CASE("a facility of the second series lies in the region of the first", "[routes]") {
  HubConfig config = small_config();
  config.routes = {route("one")};
  config.routes[0].region = {"01"};
  const Routes routes = compiled(config);
  Event e = event();
  e.facility = "3122999005";
  CHECK(routes.match(e).name == "one");
  e.attributes = {{"facility.region", "22"}};
  CHECK(routes.match(e).name == "catch-all");
}

TEST_CASE("channels of a route are words or sinks; a sink named takes its channels", "[routes]") {
  HubConfig config = small_config();
  config.instances.push_back(sink("relay", {Channel::kEmail}));
  config.instances.push_back(sink("gateway", {Channel::kSms, Channel::kPush}));
  config.routes = {route("named"), route("rest")};
  config.routes[0].type = {"gp.*"};
  config.routes[0].channels = {"email", "relay", "sms"};
  config.routes[1].channels = {"mail"};
  const Routes routes = compiled(config);

  const Route& named = routes.match(event(EventType::kGpUnavailable));
  CHECK(named.target(Channel::kEmail).sink == "relay");
  CHECK(named.target(Channel::kSms).sink == "gateway");
  CHECK_FALSE(named.target(Channel::kPush).routed);
  CHECK(routes.match(event()).target(Channel::kEmail).sink == "mail");
  CHECK_FALSE(routes.match(event()).target(Channel::kSms).routed);
}

TEST_CASE("what a route cannot mean is refused with its place", "[routes]") {
  HubConfig config = small_config();
  config.instances.push_back(sink("off", {Channel::kSms}, false));
  config.routes = {route("one")};
  SECTION("a type that is none") {
    config.routes[0].type = {"activty.*"};
    CHECK(findings_of(config) ==
          "routes.yaml:3:1: one.match.type: found \"activty.*\", which matches nothing; allowed: event types such as "
          "activity.outpatient, activity.* or gp.*\n");
  }
  SECTION("a revision that is none") {
    config.routes[0].revision = {"old"};
    CHECK(findings_of(config).find("one.match.revision: found \"old\", which matches nothing") != std::string::npos);
  }
  SECTION("a sink that is not enabled") {
    config.routes[0].channels = {"off"};
    CHECK(findings_of(config) ==
          "routes.yaml:3:1: one.channels: found \"off\", which is no channel and no enabled sink; allowed: email, "
          "sms, push, webhook, file, mail\n");
  }
  SECTION("a template that is not there") {
    config.routes[0].template_name = "other";
    CHECK(findings_of(config).find("one.template: found \"other\", which is not there") != std::string::npos);
  }
  SECTION("two sinks on one channel") {
    config.instances.push_back(sink("relay", {Channel::kEmail}));
    CHECK(findings_of(config) ==
          "routes.yaml:3:1: one.channels: found email served by both mail and relay; allowed: one enabled sink a "
          "channel, or the id of one of them in channels of route one\n");
    config.routes[0].channels = {"mail"};
    CHECK(findings_of(config) == "");
    config.routes[0].type = {"gp.*"};  // now events reach the catch-all, which cannot choose
    CHECK(findings_of(config) ==
          "routes.yaml: catch-all.channels: found email served by both mail and relay; allowed: one enabled sink a "
          "channel, or a last route without match that names one\n");
  }
}

TEST_CASE("two sinks on the same channels are one mistake, however many routes meet it", "[routes]") {
  HubConfig config = small_config();
  config.instances = {sink("mail", {Channel::kEmail, Channel::kSms}), sink("relay", {Channel::kSms, Channel::kEmail})};
  config.routes = {route("one"), route("two")};
  config.routes[0].type = config.routes[1].type = {"gp.*"};
  CHECK(findings_of(config) ==
        "routes.yaml:3:1: one.channels: found email, sms served by both mail and relay; allowed: one enabled sink a "
        "channel, or the id of one of them in channels of route one, two and a last route without match that names "
        "one\n");
}

TEST_CASE("a configuration with wrong ids can be looked at for what else is wrong", "[routes]") {
  HubConfig config = small_config();
  config.instances.push_back(sink("", {Channel::kSms}));
  config.instances.push_back(sink("mail", {Channel::kPush}));
  config.routes = {route("")};
  config.routes[0].key = "routes[0]";
  config.routes[0].template_name = "other";
  CHECK(findings_of(config).starts_with("routes.yaml:3:1: routes[0].template: found \"other\""));
}

}  // namespace vestitel::test
