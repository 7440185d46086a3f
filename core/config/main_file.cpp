#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
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

// What is wrong with a file that holds a secret; "": nothing.
std::string secret_fault(const FileFacts& facts, const Environment& environment) {
  if (!facts.regular) return "not a regular file";
  if (facts.mode != 0400U && facts.mode != 0600U) {
    std::string mode(4, '0');
    for (unsigned i = 0; i < 4; ++i) mode[3 - i] = static_cast<char>('0' + (facts.mode >> (3 * i) & 7U));
    return "mode " + mode;
  }
  const bool fine = facts.owner == environment.user() || facts.owner == 0;
  return fine ? "" : belongs_to_another(facts.owner, environment);
}

constexpr const char* kSecretFile = "a regular file of mode 0400 or 0600 that belongs to the hub's user or root";

// A missing file is no fault here: on the first run there is none yet, and who makes one knows whether there is a
// store that it would lock out.
void check_keys(const MapReader& map, const Environment& environment, HubConfig& config) {
  const YamlNode here;
  const YamlNode& at = map.node("keys") == nullptr ? here : *map.node("keys");
  const auto facts = environment.facts(config.keys);
  if (!facts && facts.error().failure == Failure::kNotFound) return;
  const auto refuse = [&](const std::string& why) {
    map.reading().findings.push_back({map.place(at), "keys", config.keys + ": " + why, kSecretFile});
  };
  if (!facts) {
    // Whose the state folder is can be seen even where what lies in it cannot.
    const auto store = environment.facts(config.store);
    const bool foreign = store && store->owner != environment.user();
    return refuse(facts.error().message +
                  (foreign ? ": the state folder " + belongs_to_another(store->owner, environment) : ""));
  }
  config.keys_exist = true;
  if (const std::string fault = secret_fault(*facts, environment); !fault.empty()) refuse(fault);
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

void read_budgets(const MapReader& map, std::map<Channel, Budget>& budgets) {
  for (const Channel one : kAllChannels) {
    std::string text;
    map.text(to_text(one), text, 40);
    if (text.empty()) continue;
    const auto budget = parse_budget(text);
    if (budget && purse_of(budget, {}, {}).affords(false))  // of a single message a tenth is kept: all of it
      budgets[one] = *budget;
    else
      map.refuse(to_text(one), *map.node(to_text(one)));
  }
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

// "127.0.0.1:8443", "[::]:8443".
bool parse_listen(std::string_view text, InboxConfig& inbox) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  in6_addr address{};
  inbox.host = host;
  if (::inet_pton(bracketed ? AF_INET6 : AF_INET, inbox.host.c_str(), &address) != 1) return false;
  const auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), inbox.port);
  return bad == std::errc{} && end == port.data() + port.size() && inbox.port != 0;
}

void check_inbox_key(const MapReader& map, const Environment& environment, const InboxConfig& inbox) {
  const auto facts = environment.facts(inbox.key);
  const std::string fault = facts ? secret_fault(*facts, environment) : facts.error().message;
  if (!fault.empty())
    map.reading().findings.push_back({map.place(*map.node("key")), "inbox.key", inbox.key + ": " + fault, kSecretFile});
}

// Where nothing is said of `listen` there is no inbox, and what else is said waits for it.
void read_inbox(const MapReader& map, const Environment& environment, InboxConfig& inbox) {
  std::string listen;
  map.text("listen", listen, 100);
  if (!listen.empty() && !parse_listen(listen, inbox)) {
    inbox.host.clear();
    map.refuse("listen", *map.node("listen"));
  }
  map.path("certificate", inbox.certificate);
  map.path("key", inbox.key);
  map.path("client_ca", inbox.client_ca);
  map.size("max_size", inbox.max_size, 1ULL << 10, 1ULL << 30);
  map.number("max_connections", inbox.max_connections, 1, 100'000);
  map.number("max_per_address", inbox.max_per_address, 1, 100'000);
  if (listen.empty()) return;
  if (inbox.certificate.empty()) map.missing("certificate");
  if (inbox.key.empty()) map.missing("key");
  if (map.node("key") != nullptr && !inbox.key.empty()) check_inbox_key(map, environment, inbox);
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
  if (const auto inbox = map.map("inbox")) read_inbox(*inbox, environment, config.inbox);
  if (const auto budgets = map.map("budget_per_day")) read_budgets(*budgets, config.budget_per_day);
  if (const auto limits = map.map("limits")) read_limits(*limits, config.limits);
}

}  // namespace vestitel
