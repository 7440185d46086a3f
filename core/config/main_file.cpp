#include <algorithm>
#include <filesystem>

#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Where the state lies when the file does not say: systemd's word, else the usual place.
std::string default_store(const Environment& environment) {
  const auto given = environment.variable("STATE_DIRECTORY");
  if (!given || !given->starts_with('/')) return "/var/lib/vestitel";
  return given->substr(0, given->find(':'));
}

std::string default_keys(const Environment& environment, const std::string& store) {
  const auto credentials = environment.variable("CREDENTIALS_DIRECTORY");
  if (credentials && environment.facts(*credentials + "/master.key").ok()) return *credentials + "/master.key";
  return store + "/keys/master.key";
}

// A missing file is no fault here: on the first run there is none yet, and who makes one knows whether there is a
// store that it would lock out.
void check_keys(const MapReader& map, const Environment& environment, HubConfig& config) {
  const YamlNode here;
  const YamlNode& at = map.node("keys") == nullptr ? here : *map.node("keys");
  const auto facts = environment.facts(config.keys);
  if (!facts && facts.error().failure == Failure::kNotFound) return;
  const auto refuse = [&](const std::string& why) {
    map.reading().findings.push_back({map.place(at), "keys", config.keys + ": " + why,
                                      "a regular file of mode 0400 or 0600 that belongs to the hub's user or root"});
  };
  if (!facts) {
    // Whose the state folder is can be seen even where what lies in it cannot.
    const auto store = environment.facts(config.store);
    const bool foreign = store && store->owner != environment.user();
    return refuse(facts.error().message +
                  (foreign ? ": the state folder " + belongs_to_another(store->owner, environment) : ""));
  }
  config.keys_exist = true;
  if (!facts->regular) return refuse("not a regular file");
  if (facts->mode != 0400U && facts->mode != 0600U) {
    std::string mode(4, '0');
    for (unsigned i = 0; i < 4; ++i) mode[3 - i] = static_cast<char>('0' + (facts->mode >> (3 * i) & 7U));
    return refuse("mode " + mode);
  }
  if (facts->owner != environment.user() && facts->owner != 0) refuse(belongs_to_another(facts->owner, environment));
}

void read_log(const MapReader& map, LogConfig& log) {
  static constexpr std::string_view kForms[] = {"auto", "json", "text"};
  static constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
  if (const auto form = map.choice("form", kForms)) log.form = static_cast<LogConfig::Form>(*form);
  if (const auto level = map.choice("level", kLevels)) log.level = static_cast<LogConfig::Level>(*level);
}

void read_limits(const MapReader& map, Limits& limits) {
  map.size("free_space", limits.free_space, 0, 1ULL << 50);
  map.number("free_space_percent", limits.free_space_percent, 0, 50);
  map.duration("drain", limits.drain, seconds{1}, minutes{10});
}

void read_link(const MapReader& map, std::string& link) {
  map.text("link", link, 200);
  const auto odd = [](char c) { return c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\x7f'; };
  if (link.empty()) return;
  if (!link.starts_with("https://") || std::any_of(link.begin(), link.end(), odd))
    map.refuse("link", *map.node("link"));
}

bool is_fingerprint(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void read_packages(const MapReader& map, PackageConfig& packages) {
  static constexpr std::string_view kLevels[] = {"core", "partner", "private"};
  map.path("store", packages.store);
  if (const auto level = map.choice("least_level", kLevels)) packages.least_level = kLevels[*level];
  map.words("roots", packages.roots);
  if (!std::all_of(packages.roots.begin(), packages.roots.end(), is_fingerprint))
    map.refuse("roots", *map.node("roots"));
  map.flag("development", packages.development);
}

void read_http(const MapReader& map, HttpConfig& http) {
  map.path("ca_file", http.ca_file);
  map.text("proxy", http.proxy, 200);
  if (!http.proxy.empty() && !http.proxy.starts_with("http://") && !http.proxy.starts_with("https://"))
    map.refuse("proxy", *map.node("proxy"));
}

}  // namespace

void read_main(Reading& reading, const YamlNode& root, const Environment& environment, References& references,
               HubConfig& config) {
  const MapReader map(reading, root, "", "");
  config.store = default_store(environment);
  map.path("store", config.store);
  references.set_store(config.store);
  config.keys = default_keys(environment, config.store);
  map.path("keys", config.keys);
  check_keys(map, environment, config);
  map.path("plugins", config.plugins);
  read_link(map, config.link);
  if (const auto log = map.map("log")) read_log(*log, config.log);
  config.packages.store = config.store + "/plugins";
  if (const auto packages = map.map("packages")) read_packages(*packages, config.packages);
  if (const auto http = map.map("http")) read_http(*http, config.http);
  if (const auto limits = map.map("limits")) read_limits(*limits, config.limits);
}

}  // namespace vestitel
