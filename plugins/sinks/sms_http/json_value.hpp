// One member of a JSON text that a stranger wrote.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "plugins/sinks/sms_http/profile.hpp"

namespace vestitel::sms_http {

// Not deeper than 20 levels: what lies below is left out. Discarded: no JSON.
nlohmann::json read_json(std::string_view text);

// Null: there is none.
const nlohmann::json* member_at(const nlohmann::json& json, const JsonPath& path);

// As text: of a string what it says, of a number or truth as JSON writes it. None: it is not there, or holds others.
std::optional<std::string> text_at(const nlohmann::json& json, const JsonPath& path);

}  // namespace vestitel::sms_http
