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

// Whether enough is free where the store lies for documents to be taken in; the error says what is free and what is
// wanted. What a document needs of it is not known before it is read, so this is a margin, not a promise.
Result<> room_for_intake(const HubConfig& config);

// A plugin instance, configured by its checked settings; not started. The error names the instance and the key.
Result<std::unique_ptr<PluginInstance>> configured(const Instance& instance, const Catalogue& catalogue,
                                                   const Clock& clock);

// What the store calls when a COMMIT failed: that is unknown, not no, and only a new process may find out. Nothing is
// flushed, nothing is undone.
[[noreturn]] void end_process(const std::string& reason);

}  // namespace vestitel
