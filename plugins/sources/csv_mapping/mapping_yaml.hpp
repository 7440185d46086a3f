// The parts of a mapping that are read one by one.
#pragma once
#include "plugins/sources/csv_mapping/mapping.hpp"
#include "plugins/sources/csv_mapping/yaml_map.hpp"

namespace csv_mapping {

// The section `event` and its templates; the columns and tables are known by now.
void read_event(const YAML::Node& node, Mapping& mapping);

// The column of this name; an error at `node` where there is none.
std::size_t column_named(const Mapping& mapping, const YAML::Node& node, std::string_view name);

}  // namespace csv_mapping
