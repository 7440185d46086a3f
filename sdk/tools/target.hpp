// The plugin that a verb tries: its library, its settings, and the home in which an instance of it lives.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/instance.hpp"
#include "sdk/tools/child.hpp"
#include "sdk/tools/tried_services.hpp"

namespace vestitel {

struct TryTarget {
  std::string library;   // path of the .so, or of a program
  std::string id;        // of the plugin in it; "": the only one
  std::string settings;  // one JSON object; "": the defaults and examples of its schema
  std::map<std::string, std::string> secrets;
  TriedHttp http;
};

// A home: makes an instance of the plugin in this library. `bench` compares homes, everything else uses in_process().
struct TryHome {
  std::string name;
  Result<std::unique_ptr<PluginInstance>> (*create)(const TryTarget& target, HostContext context);
};
const TryHome& in_process_home();

// An instance that is configured and started. Says in `progress` what it is at. Runs plugin code: call it in a child.
Result<std::unique_ptr<PluginInstance>> start_instance(const TryHome& home, const TryTarget& target, const Clock& clock,
                                                       ChildProgress& progress);

// What the plugins of a library say of themselves. Runs plugin code: call it in a child.
Result<std::vector<PluginDescription>> plugins_of_library(const std::string& path);

// What an instance of this plugin is lent while it is tried, with the target's settings put in.
Result<HostContext> context_of(const TryTarget& target, const PluginDescription& plugin, HostContext context);

// Settings that are valid as they stand: the defaults of the schema and the examples of what is required.
std::string example_settings(std::string_view schema_json);

}  // namespace vestitel
