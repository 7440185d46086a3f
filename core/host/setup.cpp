#include "core/host/setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "core/base/lasting_folder.hpp"
#include "core/host/context.hpp"

namespace vestitel {

namespace fs = std::filesystem;

std::string shipped_plugins() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return "";
  return (program.parent_path().parent_path() / "lib/vestitel/plugins").string();
}

// In the largest unit in which the size is not nought and differs from the other.
std::string size_text(std::uint64_t bytes, std::uint64_t beside) {
  static constexpr std::pair<unsigned, const char*> kUnits[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}};
  for (const auto& [shift, name] : kUnits)
    if (bytes >> shift > 0 && bytes >> shift != beside >> shift) return fmt::format("{} {}", bytes >> shift, name);
  return fmt::format("{} bytes", bytes);
}

Result<> room_for_intake(const HubConfig& config) {
  std::error_code failed;
  const fs::space_info space = fs::space(config.store, failed);
  if (failed) return {Failure::kIo, "taking documents in: " + config.store + ": " + failed.message()};
  const std::uint64_t share = space.capacity / 100 * config.limits.free_space_percent;
  const std::uint64_t wanted = std::max(config.limits.free_space, share);
  if (space.available >= wanted) return Done{};
  return {Failure::kBusy, fmt::format("taking documents in: {} are free where the store lies, limits.free_space and "
                                      "limits.free_space_percent ask for {}; make room, or lower them",
                                      size_text(space.available, wanted), size_text(wanted, space.available))};
}

void end_process(const std::string&) { std::_Exit(kExitStorage); }

std::string store_folder(const HubConfig& config) { return config.store + "/store"; }

bool store_exists(const HubConfig& config) {
  std::error_code failed;
  const std::string folder = store_folder(config);
  return fs::exists(folder + "/vestitel.db", failed) || fs::exists(folder + "/keys.db", failed);
}

Result<MasterKeys> keys_of(const HubConfig& config, Random& random) {
  std::error_code failed;
  if (!fs::exists(config.keys, failed)) {
    if (store_exists(config))
      return {Failure::kConfig, "reading the master key " + config.keys +
                                    ": it is missing, and the store cannot be read without it; put the file back"};
    if (auto made = make_lasting_folder(fs::path(config.keys).parent_path().string()); !made) return made.error();
    if (auto made = create_master_keys(config.keys, random); !made) return made.error();
  }
  return load_master_keys(config.keys);
}

std::string plugin_folder(const HubConfig& config) {
  return config.plugins.empty() ? shipped_plugins() : config.plugins;
}

// One for the process: it ends when the process ends, and all runners with it.
Result<const ChildHome*> start_launcher() {
  static std::mutex mutex;
  static std::unique_ptr<Launcher> launcher;
  static ChildHome home;
  const std::lock_guard lock(mutex);
  if (launcher == nullptr) {
    auto started = Launcher::start(fs::path(shipped_plugins()).parent_path().string());
    if (!started) return started.error();
    launcher = std::move(*started);
    home.launcher = launcher.get();
  }
  return static_cast<const ChildHome*>(&home);
}

bool has_children(const HubConfig& config) {
  const std::string folder = plugin_folder(config);
  const bool by_default = folder != shipped_plugins();
  const auto packaged = [&](const Instance& instance) {
    std::error_code failed;
    return !fs::exists(folder + '/' + instance.plugin.substr(0, instance.plugin.find(':')) + ".so", failed);
  };
  return std::any_of(config.instances.begin(), config.instances.end(), [&](const Instance& instance) {
    return instance.enabled && (instance.home == PluginHome::kChild ||
                                (instance.home == PluginHome::kDefault && (by_default || packaged(instance))));
  });
}

Catalogue catalogue_of(const HubConfig& config) {
  CatalogueOptions options;
  options.folder = plugin_folder(config);
  options.first_party = options.folder == shipped_plugins();
  options.children = start_launcher;
  options.packages.store = config.packages.store;
  options.packages.policy.least = level_of(config.packages.least_level).value_or(Level::kCore);
  options.packages.policy.local_dev = config.packages.development;
  if (!config.packages.roots.empty()) options.packages.policy.roots = config.packages.roots;
  options.http.ca_file = config.http.ca_file;
  options.http.proxy = config.http.proxy;
  return Catalogue(std::move(options));
}

namespace {

// What may stand behind `plugin:`, for an error.
std::string names_in(const Catalogue& catalogue) {
  const auto list = catalogue.list();
  if (!list) return "a name from the plugin folder; " + list.error().message;
  std::string names;
  for (const CatalogueEntry& entry : *list)
    for (const PluginDescription& plugin : entry.plugins)
      names += (names.empty() ? "" : ", ") + entry.name + (entry.plugins.size() > 1 ? ":" + plugin.id : "");
  return names.empty() ? "a name from the plugin folder, which holds no plugin" : names;
}

Home home_of(const Instance& instance) {
  switch (instance.home) {
    case PluginHome::kChild: return Home::kChild;
    case PluginHome::kInProcess: return Home::kInProcess;
    default: return Home::kDefault;
  }
}

ConfigFinding about_plugin(const Instance& instance, const std::string& why, std::string allowed) {
  return {instance.value_place("plugin"), "plugin", '"' + instance.plugin + '"' + why, std::move(allowed)};
}

// The keys of a reader belong to a reader, those of a sink to a sink: a channel is served by nothing else.
void check_kind(const Instance& instance, const PluginDescription& plugin, ConfigFindings& findings) {
  const std::string name = "plugin " + instance.plugin;
  const std::string allowed = plugin.sink     ? "the key sink"
                              : plugin.reader ? "the key reader"
                              : plugin.feed   ? "the key feed"
                                              : "no such key";
  if (instance.reader && !plugin.reader)
    findings.push_back({instance.key_place("reader"), "reader", "keys of a reader, but " + name + " is none", allowed});
  if (instance.feed && !plugin.feed)
    findings.push_back({instance.key_place("feed"), "feed", "keys of a feed, but " + name + " is none", allowed});
  if (instance.sink && !plugin.sink)
    findings.push_back({instance.key_place("sink"), "sink", "keys of a sink, but " + name + " is none", allowed});
  if (plugin.sink && !plugin.reader && !plugin.feed && !instance.sink)
    findings.push_back({instance.place, "sink", "nothing: " + name + " is a sink and has to serve a channel",
                        "a map with the key channel"});
}

bool asks(const Instance& instance) { return instance.sink && instance.sink->unknown == UnknownPolicy::kAsk; }

}  // namespace

ConfiguredPlugin configured(const Instance& instance, const Catalogue& catalogue, const Clock& clock,
                            ConfigFindings& findings, const Lent& backing) {
  const std::size_t before = findings.size();
  const Home home = home_of(instance);
  const auto description = catalogue.describe(instance.plugin, home);
  if (!description) {
    const bool unknown = description.error().failure == Failure::kNotFound;
    findings.push_back(about_plugin(instance, unknown ? "" : ": " + description.error().message, names_in(catalogue)));
    return {};
  }
  check_kind(instance, *description, findings);
  auto settings = checked_settings(description->config_schema, instance, findings);
  if (!settings) findings.push_back(about_plugin(instance, ": " + settings.error().message, ""));
  if (findings.size() > before || !*settings) return {};
  HostContext context;
  context.instance = instance.id;
  context.clock = &clock;
  context.settings = (*settings)->json;
  context.lent = backing;
  context.secret = [secrets = std::move((*settings)->secrets)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [known, value] : secrets)
      if (known == name) return value.reveal();
    return std::nullopt;
  };
  auto created = catalogue.create(instance.plugin, std::move(context), home);
  if (!created) {
    findings.push_back(about_plugin(instance, ": " + created.error().message, ""));
    return {};
  }
  std::string json = std::move((*settings)->json);
  if (auto done = (*created)->configure(json); !done) {
    findings.push_back(refused_setting(instance, json, done.error().message));
    return {};
  }
  if (const Sink* sink = (*created)->sink(); asks(instance) && (sink == nullptr || sink->limits().max_ask == 0)) {
    findings.push_back({instance.key_place("sink.unknown"), "sink.unknown",
                        "ask, but plugin " + instance.plugin + " cannot be asked", "resend, hold"});
    return {};
  }
  return {std::move(*created), std::move(json)};
}

Result<std::unique_ptr<PluginInstance>> configured(const Instance& instance, const Catalogue& catalogue,
                                                   const Clock& clock, const Lent& backing) {
  ConfigFindings findings;
  auto made = configured(instance, catalogue, clock, findings, backing);
  if (made.plugin != nullptr) return std::move(made.plugin);
  std::string text = to_text(findings);
  if (text.ends_with('\n')) text.pop_back();
  return {Failure::kConfig, std::move(text)};
}

}  // namespace vestitel
