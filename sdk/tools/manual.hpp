// The manual of a plugin, made from what the plugin says of itself: its descriptor and the schema of its settings.
#pragma once
#include <string>

#include "core/plugin/library.hpp"

namespace vestitel {

std::string manual_markdown(const PluginDescription& plugin);
std::string manual_man(const PluginDescription& plugin);  // roff, section 7

}  // namespace vestitel
