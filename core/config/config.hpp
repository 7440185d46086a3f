// The hub's configuration as typed values: vestitel.yaml, plugins.d/*.yaml (an instance each), routes.yaml and
// templates/{bg,en}/*.mustache beside it. A file is parsed before its references are resolved, so a value can never
// change the structure; ${env:X}, ${file:/path} and ${credential:NAME} fail closed. docs/configuration.md lists every
// key.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/network_range.hpp"
#include "core/base/personal.hpp"
#include "core/base/result.hpp"
#include "core/base/schedule.hpp"
#include "core/config/environment.hpp"
#include "core/config/findings.hpp"
#include "core/model/doubt.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/spending.hpp"

namespace vestitel {

inline constexpr std::string_view kLocales[] = {"bg", "en"};  // the first is the default

struct LogConfig {
  enum class Form : std::uint8_t { kAuto, kJson, kText };  // auto: text to a terminal, else JSON lines
  enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };
  Form form = Form::kAuto;
  Level level = Level::kInfo;
};

struct RetryPolicy {  // full jitter between 0 and min(cap, base * 2^n)
  std::chrono::milliseconds base{2'000};
  std::chrono::milliseconds cap{900'000};
  std::chrono::seconds total{259'200};  // after that a message is a dead letter
  std::uint32_t max_attempts = 1'000;
};

struct RateLimit {  // at most `count` messages in each `per`; count 0: no limit
  std::uint32_t count = 0;
  std::chrono::seconds per{1};
};

struct ReaderConfig {
  std::string drop_folder;                      // absolute; "": documents come by import alone
  std::string partner;                          // "": no partner is named
  std::string partner_folders;                  // absolute; a drop folder for each partner lies in it; "": none
  std::chrono::milliseconds stable_for{5'000};  // a file is taken when it has not changed for so long
  std::uint32_t stable_scans = 2;               // and was the same in so many scans
  std::uint64_t max_size = 4ULL << 30;          // larger documents are refused; at most 4 GiB
};

struct FeedConfig {
  Schedule schedule = Schedule::every(std::chrono::minutes(15));
  std::chrono::milliseconds jitter{0};  // each poll comes up to so much later
  std::uint32_t max_events = 1'000;     // in one poll
  bool catch_up = true;                 // a poll that was missed is made good at the start of the hub
  bool baseline = false;                // nobody is told of the first load
};

// Whether the sink's provider may call the hub at /receipts/INSTANCE.
struct CallbackConfig {
  PersonalText secret;             // what it shows; "": it may not
  std::vector<NetworkRange> from;  // whence it may come; empty: from anywhere
  std::string answer = "ok\n";     // body of the acknowledgement
};

struct SinkConfig {
  std::vector<Channel> channels;  // which it serves; at least one
  RetryPolicy retry;
  std::uint32_t batch = 0;  // messages handed over at once; 0: the plugin's own maximum
  RateLimit rate;
  Money price;                                       // of one message; without a currency: none is set
  PersonalText test_to;                              // every message goes to this address; "": to its own
  std::uint32_t dead_share = 20;                     // percent of answers that may call an address dead
  std::chrono::milliseconds receipts{0};             // how long a receipt is waited for; 0: the sink gives none
  bool silence_is_fine = false;                      // where none comes in that time: it arrived
  std::chrono::milliseconds receipts_every{60'000};  // how often a sink that asks for them has its turn
  UnknownPolicy unknown = UnknownPolicy::kResend;    // what becomes of a message that was sent and not answered
  CallbackConfig callback;

  [[nodiscard]] bool trial() const { return !test_to.reveal().empty(); }
  [[nodiscard]] bool serves(Channel channel) const {
    return std::find(channels.begin(), channels.end(), channel) != channels.end();
  }
  // In a trial a receipt would speak of an address that is nobody's.
  [[nodiscard]] bool has_receipts() const { return !trial() && receipts.count() > 0; }
};

// Where a key of an instance's file stands, and where its value begins.
struct KeyPlace {
  std::string key;  // "plugin", "sink.channel", "settings.relay.port"
  std::uint32_t key_line = 0, key_column = 0, line = 0, column = 0;
};

// Where an instance's plugin lives: in a process of its own, or in the hub's. By default what came with the hub lives
// in its process and all else does not.
enum class PluginHome : std::uint8_t { kDefault, kChild, kInProcess };

struct Instance {
  std::string id;      // [a-z0-9-]{1,40}
  std::string plugin;  // NAME or NAME:ID of the plugin folder or of an enabled package
  bool enabled = true;
  PluginHome home = PluginHome::kDefault;
  PersonalText settings;                // JSON text for the plugin; may hold secrets
  std::vector<std::string> referenced;  // JSON pointers into settings whose values came from references
  std::optional<ReaderConfig> reader;   // what the file says; the kind itself is the plugin's word
  std::optional<FeedConfig> feed;
  std::optional<SinkConfig> sink;
  ConfigPlace place;
  std::vector<KeyPlace> keys;  // every key of every map of the file

  // Where the key, or its value, stands; of the map around it where it is not there itself.
  [[nodiscard]] ConfigPlace key_place(std::string_view key) const;
  [[nodiscard]] ConfigPlace value_place(std::string_view key) const;
  [[nodiscard]] bool has_key(std::string_view key) const;
};

// One route as written; the pipeline compiles it. Every list is "any of"; an empty one matches all. `*` stands for
// any run of characters.
struct RouteConfig {
  std::string name;  // "" only where the file has a wrong one
  std::string key;   // "routes[2]"
  std::vector<std::string> type, revision, facility, region, practitioner, instance, payer, payment;
  std::vector<std::string> channels;  // sink instances or channels; empty: every channel
  std::string template_name = "default";
  bool urgent = false;
  std::vector<std::string> fallback;  // channels of which one is enough, the first choice first
  bool stop = false;                  // matching events are kept and nobody is told
  ConfigPlace place, channels_place, template_place, fallback_place;

  [[nodiscard]] const std::string& label() const { return name.empty() ? key : name; }
};

struct TemplateSource {
  std::string name;                // "default"
  std::optional<Channel> channel;  // NAME.sms.mustache: for that channel alone
  std::string locale;
  std::string file;  // as findings name it
  std::string text;
};

struct Limits {
  std::uint64_t free_space = 256ULL << 20;  // intake stops below the larger of the two
  std::uint32_t free_space_percent = 5;
  std::chrono::milliseconds drain{40'000};  // how long running sends may take to end at a stop
};

// Which installed packages may run. Each of these only tightens what the store of packages itself allows.
struct PackageConfig {
  std::string store;                    // absolute path
  std::string least_level = "private";  // "core", "partner" or "private"
  std::vector<std::string> roots;       // fingerprints of the root keys that count; empty: every one of the store
  bool development = false;             // unsigned packages may run, if the store too was made for development
};

// How plugins' HTTP leaves the house.
struct HttpConfig {
  std::string ca_file;  // certificates to believe; "": the system's
  std::string proxy;    // URL; "": none
};

// The HTTPS inbox, where partners deliver over the network.
struct InboxConfig {
  std::string host;  // an address; "": there is no inbox
  std::uint16_t port = 0;
  std::string certificate;  // of the hub, PEM
  std::string key;          // of the hub, PEM
  std::string client_ca;    // to which partners' certificates have to lead; "": they are known by their digest alone
  std::uint64_t max_size = 100ULL << 20;
  std::uint32_t max_connections = 1'000;
  std::uint32_t max_per_address = 64;
};

struct HubConfig {
  std::string folder;       // of the configuration, as findings name it
  std::string store;        // absolute path of the state folder
  std::string keys;         // absolute path of the master key file, outside the database
  bool keys_exist = false;  // an existing file was found to be safe; a missing one is the host's decision
  std::string plugins;      // absolute path of the folder that holds plugin libraries; "": the host's own
  PackageConfig packages;
  HttpConfig http;
  InboxConfig inbox;
  std::string link;  // where people read what was reported, for {{link}}; "" where none is set
  LogConfig log;
  Limits limits;
  std::map<Channel, Budget> budget_per_day;  // of a channel, over all of its sinks
  std::vector<Instance> instances;           // in the order of their file names
  std::vector<RouteConfig> routes;           // in order; the built-in catch-all is not among them
  std::vector<TemplateSource> templates;

  [[nodiscard]] const Instance* find(std::string_view id) const;
  [[nodiscard]] SpendingRules spending() const;  // of the sinks that are enabled
};

struct ConfigOutcome {
  HubConfig config;  // complete only where there are no errors; what is wrong has its default, or is left out
  ConfigFindings errors;
  [[nodiscard]] bool ok() const { return errors.empty(); }
};

// Reads the configuration at `path` (the folder, or its vestitel.yaml). Nothing is written or created. Thread: any.
ConfigOutcome load_config(const std::string& path, const Environment& environment);

// The shipped configuration as the binary carries it: SQLite under `state_folder`, reader nzok-amblist on its drop
// folder, sink `file` for every channel. An error is possible only where the state folder holds an unsafe key file.
ConfigOutcome embedded_defaults(const std::string& state_folder);

// Every key that the parser knows, as "vestitel.yaml: log.form", in the order of the page.
std::vector<std::string> known_config_keys();

bool is_instance_id(std::string_view text);

// What a plugin is configured with. A secret never stands in its settings: the plugin asks for it by its key.
struct CheckedSettings {
  std::string json;                                           // defaults filled in
  std::vector<std::pair<std::string, PersonalText>> secrets;  // by JSON pointer without the first slash: "password"
};

// An instance's settings against its plugin's JSON Schema: defaults filled in, references coerced to the declared
// type, unknown keys refused, keys marked x-secret taken out. Each key that is at fault becomes a finding with its
// place; a secret and a value that came from a reference are never quoted. Nothing where there were findings.
// kInternal: the plugin's schema is none.
Result<std::optional<CheckedSettings>> checked_settings(std::string_view schema_json, const Instance& instance,
                                                        ConfigFindings& findings);

// What a plugin says against its settings ("/relay/port: ...", the JSON pointer of a key in front) as a finding.
// `settings_json` is what the plugin was given.
ConfigFinding refused_setting(const Instance& instance, std::string_view settings_json, std::string_view said);

}  // namespace vestitel
