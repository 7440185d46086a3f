// How the table of a mapping calls fields and reasons.
#pragma once
#include <map>
#include <string>

#include "core/plugin/library.hpp"

namespace vestitel {

using DataClasses = std::map<std::string, std::string>;  // of the attributes that a plugin declares

DataClasses data_classes_of(const PluginDescription& plugin);

// The order in which fields are told: those of every event, then attributes, then warnings.
std::size_t field_rank(const std::string& field);

std::string as_code(const std::string& text);
// "occurred on", "`acme.method` (health)".
std::string field_words(const std::string& field, const DataClasses& classes);

// "NoAl: is missing" of NoAl itself is "is missing".
std::string refusal_text(const std::string& reason, const std::string& path);

}  // namespace vestitel
