// A plugin's settings, as YAML has them, into JSON text.
#pragma once
#include <string>
#include <vector>

#include "core/config/map_reader.hpp"

namespace vestitel {

// Appends the node as JSON. A plain scalar that reads as a JSON number, true, false or null is one; all else is text
// (so "0123" keeps its zero). A value that holds a reference is text; its JSON pointer goes to `referenced`.
void append_settings(Reading& reading, const YamlNode& node, const std::string& pointer, std::string& out,
                     std::vector<std::string>& referenced);

}  // namespace vestitel
