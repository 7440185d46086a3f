#include "plugins/sinks/webpush/subscription.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/web_address.hpp"
#include "plugins/sinks/webpush/content.hpp"

namespace vestitel::webpush {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxJson = 4096;

// The object, each of its keys once; null otherwise.
Json read_object(std::string_view text) {
  if (text.size() > kMaxJson) return nullptr;
  bool twice = false;
  std::vector<std::vector<std::string>> seen;
  const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const auto level = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) {
      seen.resize(level + 1);
      seen.emplace_back();
    } else if (event == Json::parse_event_t::key && level < seen.size()) {
      const auto& name = parsed.get_ref<const std::string&>();
      twice = twice || std::find(seen[level].begin(), seen[level].end(), name) != seen[level].end();
      seen[level].push_back(name);
    }
    return true;
  };
  Json json = Json::parse(text, look, false);
  return json.is_object() && !twice ? json : Json(nullptr);
}

// The text of a member; empty where it is none.
std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view url) {
  const auto address = sinks::parse_web_address(url);
  if (!address || !address->tls || !sinks::is_domain_name(address->host)) return std::nullopt;
  const std::size_t authority = url.find("://") + 3;
  const std::size_t end = url.find_first_of("/?", authority);
  if (end == std::string_view::npos || url[end] == '?') return std::nullopt;
  return Endpoint{address->host, address->port, address->origin(), std::string(url.substr(end))};
}

std::optional<Subscription> parse_subscription(std::string_view json, std::string& problem) {
  const auto refused = [&](const char* why) {
    problem = std::string("the subscription ") + why;
    return std::nullopt;
  };
  const Json object = read_object(json);
  if (object.is_null()) return refused("is not one JSON object");
  const auto endpoint = parse_endpoint(text_in(object, "endpoint"));
  if (!endpoint) return refused("has no https endpoint");
  const auto keys = object.find("keys");
  if (keys == object.end() || !keys->is_object()) return refused("has no keys");
  const auto point = sinks::from_base64url(text_in(*keys, "p256dh"));
  Key key = point ? public_key(*point) : nullptr;
  if (!key) return refused("has a p256dh that is no uncompressed point of P-256");
  auto auth = sinks::from_base64url(text_in(*keys, "auth"));
  if (!auth || auth->size() != kAuthSize) return refused("has an auth that is not 16 bytes");
  return Subscription{*endpoint, std::move(key), *point, std::move(*auth)};
}

}  // namespace vestitel::webpush
