#include "core/plugin/outside/references.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace vestitel {
namespace {

using nlohmann::json;

constexpr std::size_t kMostOfList = 64;

// "https://a.bg/x" → "a.bg:443", "http://a.bg" → "http://a.bg:80"; what is no URL stays as it is.
std::string without_path(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const bool plain = text.compare(0, scheme, "http") == 0;
  std::string_view rest = std::string_view(text).substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  std::string host(rest);
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  if (!has_port) host += plain ? ":80" : ":443";
  return (plain ? std::string("http://") : std::string()) + host;
}

std::string text_of(const json& value) {
  if (value.is_string()) return without_path(value.get<std::string>());
  if (value.is_number_integer()) return value.dump();
  return {};
}

// The value that a dotted name leads to; `member` chooses where the way goes through a list, `members` hears how long
// that list is.
const json* value_at(const json& settings, std::string_view name, std::size_t member, std::size_t& members) {
  const json* at = &settings;
  while (true) {
    if (at->is_array()) {
      members = std::max(members, std::min(at->size(), kMostOfList));
      if (member >= at->size()) return nullptr;
      at = &(*at)[member];
    }
    if (name.empty()) return at;
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(name.substr(0, dot)));
    if (found == at->end()) return nullptr;
    at = &*found;
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
}

// The grant with its references replaced for one member of the lists; nothing: a setting is not there.
std::optional<std::string> resolved(std::string_view grant, const json& settings, std::size_t member,
                                    std::size_t& members) {
  std::string out;
  while (!grant.empty()) {
    const std::size_t open = std::min(grant.find('{'), grant.size());
    out += grant.substr(0, open);
    grant.remove_prefix(open);
    if (grant.empty()) break;
    const std::size_t close = grant.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    const json* value = value_at(settings, grant.substr(1, close - 1), member, members);
    const std::string text = value == nullptr ? std::string() : text_of(*value);
    if (text.empty()) return std::nullopt;
    out += text;
    grant.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

std::vector<std::string> with_settings(std::string_view text, std::string_view settings_json) {
  const json settings = json::parse(settings_json, nullptr, false);
  std::vector<std::string> out;
  std::size_t members = 1;
  for (std::size_t member = 0; member < members; ++member)
    if (auto one = resolved(text, settings, member, members)) out.push_back(std::move(*one));
  return out;
}

}  // namespace vestitel
