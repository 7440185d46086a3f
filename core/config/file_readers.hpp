// The three kinds of file, from tree to values.
#pragma once
#include <vector>

#include "core/config/config.hpp"
#include "core/config/map_reader.hpp"

namespace vestitel {

// vestitel.yaml; `config` holds the defaults. Resolves the state folder first: `references` learns it on the way.
void read_main(Reading& reading, const YamlNode& root, const Environment& environment, References& references,
               HubConfig& config);

// One file of plugins.d.
Instance read_instance(Reading& reading, const YamlNode& root);

// The drop folders of all enabled instances against each other and against what the hub keeps.
void check_drop_folders(const HubConfig& config, const Environment& environment, ConfigFindings& findings);

// What a message costs through each enabled sink, against the budgets of its channels: in the currency of the budget,
// and no more than lets one message leave.
void check_prices(const HubConfig& config, ConfigFindings& findings);

// routes.yaml.
std::vector<RouteConfig> read_routes(Reading& reading, const YamlNode& root);

}  // namespace vestitel
