#include <algorithm>

#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

void read_match(const MapReader& map, RouteConfig& route) {
  map.words("type", route.type);
  map.words("revision", route.revision);
  map.words("facility", route.facility);
  map.words("region", route.region);
  map.words("practitioner", route.practitioner);
  map.words("instance", route.instance);
  map.words("payer", route.payer);
  map.words("payment", route.payment);
}

RouteConfig read_route(Reading& reading, const YamlNode& node, std::size_t position) {
  static constexpr std::string_view kCadences[] = {"immediate"};
  static constexpr std::string_view kKeep[] = {"all"};
  RouteConfig route;
  route.key = "routes[" + std::to_string(position) + "]";
  const MapReader map(reading, node, "routes[]", route.key);
  route.place = route.channels_place = route.template_place = route.fallback_place = map.place(node);
  map.name("name", route.name);
  if (map.node("name") == nullptr) map.missing("name");
  if (route.name == "catch-all") map.refuse("name", *map.node("name"));
  if (const auto match = map.map("match")) read_match(*match, route);
  map.words("channels", route.channels);
  if (const auto* at = map.node("channels")) route.channels_place = map.place(*at);
  map.name("template", route.template_name);
  if (const auto* at = map.node("template")) route.template_place = map.place(*at);
  (void)map.choice("cadence", kCadences);
  map.flag("urgent", route.urgent);
  (void)map.choice("keep", kKeep);
  map.words("fallback", route.fallback);
  if (const auto* at = map.node("fallback")) route.fallback_place = map.place(*at);
  map.flag("stop", route.stop);
  return route;
}

}  // namespace

std::vector<RouteConfig> read_routes(Reading& reading, const YamlNode& root) {
  std::vector<RouteConfig> routes;
  const MapReader map(reading, root, "", "");
  const YamlNode* list = map.node("routes");
  if (list == nullptr) return routes;
  if (list->kind != YamlNode::Kind::kList) {
    map.refuse("routes", *list);
    return routes;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    RouteConfig route = read_route(reading, list->items[i], i);
    const auto same = [&](const RouteConfig& other) { return !route.name.empty() && other.name == route.name; };
    const auto twin = std::find_if(routes.begin(), routes.end(), same);
    if (twin != routes.end())
      reading.findings.push_back({route.place, "routes[" + std::to_string(i) + "].name",
                                  '"' + route.name + "\" again; it stands on line " + std::to_string(twin->place.line),
                                  "each name once"});
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace vestitel
