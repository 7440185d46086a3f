// Everything that can be wrong with a configuration, told together: its files, its routes and texts, its plugins and
// what they say of their settings.
#pragma once
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/host/setup.hpp"

namespace vestitel {

enum class Whom { kAll, kEnabled };

struct CheckedHub {
  std::vector<ConfiguredPlugin> plugins;  // beside config.instances; empty where there was nothing to check
  ConfigFindings errors;
};

// `errors`: what reading the files found already. What only follows from these is not told again.
CheckedHub check_hub(const HubConfig& config, ConfigFindings errors, const Clock& clock, Whom whom);

// Whether the hub may use the folder as a drop folder, or may make it; changes nothing. The error names the path.
Result<> drop_folder_usable(const std::string& path);

}  // namespace vestitel
