// The JSON Schema (2020-12, the subset that the host reads) and the example of a table of fields.
#pragma once
#include <string>

#include "settings.hpp"

namespace vestitel {
inline namespace v1 {
namespace detail {

inline std::string literal(const Field& f, std::string_view value) {
  const bool bare = f.type == FieldType::integer || f.type == FieldType::number || f.type == FieldType::boolean;
  return bare ? std::string(value) : json_quote(value);
}

inline std::string choices_json(std::string_view choices) {
  std::string out;
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    out += (out.empty() ? "" : ",") + json_quote(choices.substr(0, bar));
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return "[" + out + "]";
}

inline std::string type_json(const Field& f) {
  switch (f.type) {
    case FieldType::integer: return R"("type":"integer")";
    case FieldType::number: return R"("type":"number")";
    case FieldType::boolean: return R"("type":"boolean")";
    case FieldType::duration: return R"("type":"string","pattern":"^[0-9]{1,12}(ms|s|m|h|d)$","x-unit":"duration")";
    case FieldType::bytes: return R"("type":"string","pattern":"^[0-9]{1,12}(B|KiB|MiB|GiB)$","x-unit":"bytes")";
    case FieldType::choice: return R"("type":"string","enum":)" + choices_json(f.choices);
    case FieldType::url: return R"("type":"string","format":"uri")";
    case FieldType::secret: return R"("type":"string","x-secret":true)";
    default: return f.is_required ? R"("type":"string","pattern":".")" : R"("type":"string")";
  }
}

inline std::string property_json(const Field& f, std::size_t order) {
  std::string out = "{" + type_json(f) + ",\"description\":" + json_quote(f.help);
  if (f.has_fallback) out += ",\"default\":" + literal(f, f.fallback);
  if (!f.example_text.empty()) out += ",\"examples\":[" + literal(f, f.example_text) + "]";
  if (f.has_range && f.type == FieldType::integer) {
    out += ",\"minimum\":" + std::to_string(f.least) + ",\"maximum\":" + std::to_string(f.most);
  }
  if (!f.group_name.empty()) out += ",\"x-group\":" + json_quote(f.group_name);
  if (f.is_advanced) out += ",\"x-advanced\":true";
  return out + ",\"x-order\":" + std::to_string(order) + "}";
}

}  // namespace detail

// One JSON object; what stands in it is what Settings accepts, secrets apart: the host takes those out and serves
// them through vestitel.secret/1.
inline std::string schema_json(Fields table) {
  std::string properties, required;
  std::size_t order = 0;
  for (const Field& f : table) {
    properties += (order == 0 ? "" : ",") + json_quote(f.name) + ":" + detail::property_json(f, order + 1);
    ++order;
    if (f.is_required) required += (required.empty() ? "" : ",") + json_quote(f.name);
  }
  std::string out = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",)";
  out += R"("additionalProperties":false,"properties":{)" + properties + "}";
  return out + (required.empty() ? "" : ",\"required\":[" + required + "]") + "}";
}

// Settings that are valid as they stand: defaults, and the examples of required fields. Secrets are left out.
inline std::string example_json(Fields table) {
  std::string out;
  for (const Field& f : table) {
    const std::string_view value = f.has_fallback ? f.fallback : f.example_text;
    if (f.type == FieldType::secret || value.empty()) continue;
    out += (out.empty() ? "" : ",") + json_quote(f.name) + ":" + detail::literal(f, value);
  }
  return "{" + out + "}";
}

}  // namespace v1
}  // namespace vestitel
