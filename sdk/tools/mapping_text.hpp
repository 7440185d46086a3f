// The table of a mapping, as the pages of sources have it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/plugin/library.hpp"
#include "sdk/tools/mapping.hpp"

namespace vestitel {

// Attributes of the plugin's own are told with the class of data that it declares for them.
std::string mapping_markdown(const Mapping& mapping, const PluginDescription& plugin);
nlohmann::ordered_json mapping_json(const Mapping& mapping, const PluginDescription& plugin);

}  // namespace vestitel
