// Routes, compiled once: which events become messages, on which channels, in which words. The first route that
// matches decides; behind the last one stands a built-in catch-all that tells everything by the default template.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"

namespace vestitel {

// `*` stands for any run of characters, an empty one too; all else is taken literally.
bool glob_match(std::string_view pattern, std::string_view text);

inline constexpr std::string_view kCatchAll = "catch-all";
inline constexpr std::size_t kChannels = 6;  // channels are numbered from 1

// The sinks that serve a channel, by its number.
struct SinkByChannel {
  std::array<std::vector<std::string>, kChannels> ids;
};
SinkByChannel sinks_of(const HubConfig& config);  // enabled ones

struct Route {
  std::string name;
  std::string template_name;
  bool urgent = false;
  bool stop = false;
  bool catch_all = false;
  bool names_payer = false;  // what another payer pays is told only by a route that says so
  // Whether the route speaks of the channel at all, and the sink that serves it; "" where none does.
  struct Target {
    bool routed = false;
    std::string sink;
    std::chrono::seconds lifetime{0};  // how long a message may be retried
  };
  std::array<Target, kChannels> targets;
  std::vector<Channel> fallback;  // of which one is enough, the first choice first

  [[nodiscard]] const Target& target(Channel channel) const { return targets[static_cast<std::size_t>(channel)]; }
};

// The configured id of an instance number as the store gave it; asked only where a route matches by instance.
using InstanceName = std::function<std::string_view(std::int64_t)>;

class Routes {
 public:
  Routes();  // the catch-all alone, without sinks
  // What is wrong goes to `findings`; the routes are then not to be used.
  Routes(const HubConfig& config, ConfigFindings& findings);

  // Always finds one. Looks at type and revision first; other fields are read only where a route names them.
  [[nodiscard]] const Route& match(const Event& event, const InstanceName& instance = {}) const;
  // Whether a route looks beyond what the store keeps unencrypted: id, type, revision, occurred, instance, policy.
  [[nodiscard]] bool needs_body() const { return needs_body_; }
  [[nodiscard]] std::span<const Route> all() const { return routes_; }  // the catch-all is the last

 private:
  struct Rule {
    std::uint64_t types = ~0ULL;      // bit n: EventType n
    std::uint64_t revisions = ~0ULL;  // bit n: Revision n
    std::vector<std::string> facility, region, practitioner, instance, payer, payment;
    bool narrow = false;  // one of the lists above is not empty
  };
  void compile(const RouteConfig& route, ConfigFindings& findings);
  static bool matches(const Rule& rule, const Event& event, const InstanceName& instance);

  std::vector<Rule> rules_;  // beside routes_
  std::vector<Route> routes_;
  bool needs_body_ = false;
};

}  // namespace vestitel
