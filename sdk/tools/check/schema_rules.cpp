#include "sdk/tools/check/schema_rules.hpp"

#include <algorithm>
#include <regex>
#include <set>

#define VALIJSON_USE_EXCEPTIONS 1  // else it aborts the process over a schema that it cannot read
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace vestitel::check {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;

const std::set<std::string> kKeywords = {"$schema",
                                         "$id",
                                         "title",
                                         "description",
                                         "type",
                                         "properties",
                                         "additionalProperties",
                                         "required",
                                         "items",
                                         "enum",
                                         "const",
                                         "default",
                                         "minimum",
                                         "maximum",
                                         "pattern",
                                         "format",
                                         "dependentRequired",
                                         "if",
                                         "then",
                                         "else",
                                         "deprecated",
                                         "examples",
                                         "minLength",
                                         "maxLength"};
const std::set<std::string> kAnnotations = {"x-secret", "x-group", "x-order",        "x-width",  "x-advanced",
                                            "x-since",  "x-unit",  "x-options-from", "x-restart"};
const std::set<std::string> kTypes = {"object", "array", "string", "integer", "number", "boolean"};

std::string check_node(const Json& node, const std::string& at, int depth);

std::string check_children(const Json& node, const std::string& at, int depth) {
  if (const auto properties = node.find("properties"); properties != node.end()) {
    if (!properties->is_object()) return at + "/properties is no object";
    for (const auto& [name, child] : properties->items())
      if (auto why = check_node(child, at + "/properties/" + name, depth + 1); !why.empty()) return why;
  }
  for (const char* key : {"items", "if", "then", "else"})
    if (const auto child = node.find(key); child != node.end())
      if (auto why = check_node(*child, at + "/" + key, depth + 1); !why.empty()) return why;
  return {};
}

std::string check_values(const Json& node, const std::string& at) {
  if (const auto type = node.find("type"); type != node.end() && (!type->is_string() || kTypes.count(*type) == 0))
    return at + "/type is not one of object, array, string, integer, number, boolean";
  if (const auto values = node.find("enum"); values != node.end() && (!values->is_array() || values->empty()))
    return at + "/enum is no list of values";
  for (const char* key : {"minimum", "maximum"})
    if (const auto limit = node.find(key); limit != node.end() && !limit->is_number())
      return at + "/" + key + " is no number";
  if (node.contains("minimum") && node.contains("maximum") && node["minimum"] > node["maximum"])
    return at + ": the minimum lies above the maximum";
  if (const auto required = node.find("required"); required != node.end()) {
    if (!required->is_array()) return at + "/required is no list";
    const Json properties = node.value("properties", Json::object());
    for (const Json& name : *required)
      if (!name.is_string() || (node.contains("properties") && !properties.contains(name.get<std::string>())))
        return at + "/required names " + name.dump() + ", which is no property";
  }
  if (const auto pattern = node.find("pattern"); pattern != node.end()) {
    if (!pattern->is_string()) return at + "/pattern is no text";
    try {
      std::regex(pattern->get<std::string>(), std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      return at + "/pattern is no regular expression";
    }
  }
  return {};
}

std::string check_node(const Json& node, const std::string& at, int depth) {
  if (depth > kMaxDepth) return at + " lies deeper than 16 levels";
  if (!node.is_object()) return at + " is no object";
  for (const auto& item : node.items()) {
    const std::string& key = item.key();
    if (kKeywords.count(key) == 0 && kAnnotations.count(key) == 0)
      return at + "/" + key + ": the keyword is outside of the supported subset";
  }
  if (auto why = check_values(node, at); !why.empty()) return why;
  return check_children(node, at, depth);
}

// Why `schema` refuses `value`, in words, or empty.
std::string refusal(const Json& schema, const Json& value) {
  valijson::Schema parsed;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  const valijson::adapters::NlohmannJsonAdapter schema_adapter(schema), value_adapter(value);
  parser.populateSchema(schema_adapter, parsed);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(parsed, value_adapter, &results)) return {};
  valijson::ValidationResults::Error error;
  std::string where, what = "it does not fit";
  while (results.popError(error)) {
    where.clear();
    for (const auto& part : error.context) where += part;
    what = error.description;
  }
  return where + ": " + what;
}

std::string check_own_values(const Json& node, const std::string& at) {
  Json bare = node;
  for (const char* key : {"default", "examples"}) bare.erase(key);
  if (const auto fallback = node.find("default"); fallback != node.end())
    if (auto why = refusal(bare, *fallback); !why.empty()) return at + "/default: " + why;
  if (const auto examples = node.find("examples"); examples != node.end() && examples->is_array())
    for (const Json& example : *examples)
      if (auto why = refusal(bare, example); !why.empty()) return at + "/examples: " + why;
  if (const auto properties = node.find("properties"); properties != node.end())
    for (const auto& [name, child] : properties->items())
      if (auto why = check_own_values(child, at + "/properties/" + name); !why.empty()) return why;
  return {};
}

}  // namespace

std::string schema_problem(const std::string& schema_json) {
  const Json schema = Json::parse(schema_json, nullptr, false);
  if (schema.is_discarded()) return "it is not JSON";
  if (auto why = check_node(schema, "#", 0); !why.empty()) return why;
  if (schema.value("type", Json("object")) != Json("object")) return "#/type: settings are an object";
  return {};
}

std::string schema_values_problem(const std::string& schema_json) try {
  return check_own_values(Json::parse(schema_json), "#");
} catch (const std::exception& e) {  // border: both libraries answer by exception
  return e.what();
}

std::string schema_refuses(const std::string& schema_json, const std::string& settings_json) try {
  return refusal(Json::parse(schema_json), Json::parse(settings_json));
} catch (const std::exception& e) {  // border
  return e.what();
}

std::optional<Semver> semver(const std::string& text) {
  static const std::regex kForm(
      R"((0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)");
  std::smatch match;
  if (text.size() > 128 || !std::regex_match(text, match, kForm)) return std::nullopt;
  return Semver{{std::stoul(match[1]), std::stoul(match[2]), std::stoul(match[3])}, match[4]};
}

bool newer(const Semver& a, const Semver& b) {
  if (a.numbers != b.numbers) return a.numbers > b.numbers;
  if (a.prerelease.empty() || b.prerelease.empty()) return a.prerelease.empty() && !b.prerelease.empty();
  return a.prerelease > b.prerelease;
}

}  // namespace vestitel::check
