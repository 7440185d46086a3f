// From the words of a configuration to what the hub runs on: keys, store, plugin instances.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/config/config.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/plugin/instance.hpp"
#include "core/store/master_keys.hpp"

namespace vestitel {

// The folder of the plugins that came with this program: ../lib/vestitel/plugins beside it.
std::string shipped_plugins();

// Loads the master key; makes one where there is neither a key nor a store that needs it.
Result<MasterKeys> keys_of(const HubConfig& config, Random& random);

std::string store_folder(const HubConfig& config);
// Whether anything of a store lies there, whole or not.
bool store_exists(const HubConfig& config);

// "250 MiB": a size for people, told in a unit in which it can be told from the one beside it.
std::string size_text(std::uint64_t bytes, std::uint64_t beside);

// Whether enough is free where the store lies for documents to be taken in; the error says what is free and what is
// wanted. What a document needs of it is not known before it is read, so this is a margin, not a promise.
Result<> room_for_intake(const HubConfig& config);

// Where the hub looks for plugins: what the configuration names, else the shipped ones. Those came with the hub and
// live in its process; all others in processes of their own, started by vestitel-launcher.
std::string plugin_folder(const HubConfig& config);
// Every plugin that an instance may name: those of that folder, and the enabled packages of the store.
Catalogue catalogue_of(const HubConfig& config);

// Starts vestitel-launcher now, while there are neither threads nor secrets; else it is started when it is needed.
Result<const ChildHome*> start_launcher();
// Whether an enabled instance lives in a process of its own.
bool has_children(const HubConfig& config);

// A plugin instance, configured by its checked settings; not started.
struct ConfiguredPlugin {
  std::unique_ptr<PluginInstance> plugin;  // null where something was wrong, which has then become a finding
  std::string settings_json;               // as the plugin has them, without secrets
};
// `backing`: what the hub lends to whom it was granted; without it those services are withheld.
ConfiguredPlugin configured(const Instance& instance, const Catalogue& catalogue, const Clock& clock,
                            ConfigFindings& findings, const Lent& backing = {});

// The same for one who needs the plugin: the error (kConfig) names everything that is wrong with the instance.
Result<std::unique_ptr<PluginInstance>> configured(const Instance& instance, const Catalogue& catalogue,
                                                   const Clock& clock, const Lent& backing = {});

// What the store calls when a COMMIT failed: that is unknown, not no, and only a new process may find out. Nothing is
// flushed, nothing is undone.
[[noreturn]] void end_process(const std::string& reason);

}  // namespace vestitel
