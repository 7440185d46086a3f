// The only file that knows the JSON and JSON Schema libraries.
#include <algorithm>
#include <exception>

#define VALIJSON_USE_EXCEPTIONS 1  // else it aborts the process over a schema that it cannot read
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/config/config.hpp"
#include "core/config/key_table.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

constexpr std::size_t kMaxJson = 1 << 20;

const Json* member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? nullptr : &*found;
}

std::string type_of(const Json& schema) {
  const Json* type = member(schema, "type");
  return type != nullptr && type->is_string() ? type->get<std::string>() : "";
}

// The schema of the value behind a pointer; null where the schema does not say.
const Json* schema_at(const Json& schema, const Pointer& at) {
  if (at.empty()) return &schema;
  const Json* parent = schema_at(schema, at.parent_pointer());
  if (parent == nullptr) return nullptr;
  if (const Json* items = member(*parent, "items")) return items;
  const Json* properties = member(*parent, "properties");
  return properties == nullptr ? nullptr : member(*properties, at.back().c_str());
}

bool is_secret(const Json& schema) {
  const Json* mark = member(schema, "x-secret");
  return mark != nullptr && *mark == true;
}

std::string list_of(const Json& values) {
  std::string out;
  for (const auto& value : values)
    out += (out.empty() ? "" : ", ") + (value.is_string() ? value.get<std::string>() : value.dump());
  return out;
}

std::string range_of(const Json& schema) {
  std::string out;
  if (const Json* least = member(schema, "minimum")) out += " from " + least->dump();
  if (const Json* most = member(schema, "maximum")) out += " to " + most->dump();
  return out;
}

// What a schema takes, in words.
std::string allowed_by(const Json& schema) {
  if (const Json* values = member(schema, "enum")) return "one of " + list_of(*values);
  if (const Json* unit = member(schema, "x-unit")) {
    if (*unit == "duration") return "a duration such as 500ms, 10s, 5m, 2h or 7d";
    if (*unit == "bytes") return "a size such as 64KiB or 100MiB";
  }
  const std::string type = type_of(schema);
  if (type == "integer") return "a whole number" + range_of(schema);
  if (type == "number") return "a number" + range_of(schema);
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  if (type == "object") return "a map of keys";
  if (const Json* pattern = member(schema, "pattern"))
    return *pattern == "." ? "a text that is not empty" : "a text that matches " + list_of(Json::array({*pattern}));
  if (type == "string") return "a text; a number in its place stands in quotes";
  return "another value";
}

bool is_referenced(const Instance& instance, const std::string& pointer) {
  return std::any_of(instance.referenced.begin(), instance.referenced.end(),
                     [&](const auto& one) { return one == pointer || one.starts_with(pointer + "/"); });
}

std::string shown(const Pointer& at) {
  std::string key = "settings" + at.to_string();
  std::replace(key.begin(), key.end(), '/', '.');
  return key;
}

// One check of one instance's settings.
class Check {
 public:
  Check(const Json& schema, Json settings, const Instance& instance, ConfigFindings& findings)
      : schema_(schema), settings_(std::move(settings)), instance_(instance), findings_(findings) {}

  std::optional<CheckedSettings> run() {
    for (const auto& pointer : instance_.referenced) coerce(Pointer(pointer));
    complete(schema_, settings_, Pointer());
    validate();
    if (!told_.empty()) return std::nullopt;
    CheckedSettings out;
    take_secrets(schema_, settings_, "", out);
    out.json = settings_.dump();
    return out;
  }

 private:
  void refuse(const Pointer& at, const std::string& found, const std::string& allowed) {
    const std::string key = shown(at);
    told_.push_back(at.to_string());
    findings_.push_back({instance_.value_place(key), key, found, allowed});
  }

  bool quotable(const Pointer& at) const {
    const Json* schema = schema_at(schema_, at);
    if (schema == nullptr || is_secret(*schema)) return false;
    const std::string pointer = at.to_string();
    return !is_referenced(instance_, pointer);
  }

  std::string found_at(const Pointer& at) const {
    const Json& value = settings_.at(at);
    if (value.is_object() || value.is_array() || !quotable(at)) {
      if (value.is_string())
        return "a text of " + std::to_string(value.get_ref<const std::string&>().size()) + " bytes";
      return std::string("a value of type ") + value.type_name();
    }
    const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > 80 ? "a text of " + std::to_string(text.size()) + " bytes" : text;
  }

  // A reference is always text; where the schema asks for a number or a truth value, it is read as one.
  void coerce(const Pointer& at) {
    const Json* schema = schema_at(schema_, at);
    if (schema == nullptr || !settings_.contains(at) || !settings_.at(at).is_string()) return;
    const std::string type = type_of(*schema);
    if (type != "integer" && type != "number" && type != "boolean") return;
    Json value = Json::parse(settings_.at(at).get_ref<const std::string&>(), nullptr, false);
    if (value.is_number() || value.is_boolean()) settings_.at(at) = std::move(value);
  }

  // Fills in defaults; finds keys that are unknown or missing.
  void complete(const Json& schema, Json& value, const Pointer& at) {
    const Json* properties = member(schema, "properties");
    if (!value.is_object() || properties == nullptr) return;
    for (auto it = value.begin(); it != value.end();) it = it->is_null() ? value.erase(it) : std::next(it);
    for (const auto& [key, unused] : value.items())
      if (!properties->contains(key)) refuse_unknown(*properties, at / key);
    if (const Json* required = member(schema, "required"); required != nullptr && required->is_array())
      for (const auto& key : *required)
        if (key.is_string() && !value.contains(key.get<std::string>()))
          refuse_missing(*properties, at / key.get<std::string>());
    for (const auto& [key, property] : properties->items()) {
      if (const Json* fallback = member(property, "default"); fallback != nullptr && !value.contains(key))
        value[key] = *fallback;
      if (value.contains(key)) complete(property, value[key], at / key);
    }
  }

  void refuse_unknown(const Json& properties, const Pointer& at) {
    std::vector<std::string_view> names;
    for (const auto& [key, unused] : properties.items()) names.push_back(key);
    refuse(at, "an unknown key", names.empty() ? "no settings at all" : listed(names, at.back()));
    findings_.back().place = instance_.key_place(shown(at));
  }

  void refuse_missing(const Json& properties, const Pointer& at) {
    const Json* schema = member(properties, at.back().c_str());
    refuse(at, "nothing: the key is required", schema == nullptr ? "a value" : allowed_by(*schema));
  }

  void validate() {
    valijson::Schema compiled;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_), compiled);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled, valijson::adapters::NlohmannJsonAdapter(settings_), &results)) return;
    bool explained = !told_.empty();
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
      if (error.description.starts_with("Failed to validate against schema associated with")) continue;
      const Pointer at = pointer_of(error.context);
      if (!settings_.contains(at) || std::find(told_.begin(), told_.end(), at.to_string()) != told_.end()) continue;
      if (at.empty() && explained) continue;  // of an unknown or missing key, which has been told
      explained = true;
      const Json* schema = schema_at(schema_, at);
      refuse(at, found_at(at), schema == nullptr ? "another value" : allowed_by(*schema));
    }
    if (told_.empty()) refuse(Pointer(), "settings that the plugin's schema refuses", "see the plugin's page");
  }

  // From the validator's "<root>", "[key]", "[0]".
  static Pointer pointer_of(const std::vector<std::string>& context) {
    Pointer at;
    for (std::size_t i = 1; i < context.size(); ++i) {
      const std::string_view part = context[i];
      if (part.size() >= 2 && part.front() == '[') at /= std::string(part.substr(1, part.size() - 2));
    }
    return at;
  }

  static void take_secrets(const Json& schema, Json& value, const std::string& path, CheckedSettings& out) {
    const Json* properties = member(schema, "properties");
    if (!value.is_object() || properties == nullptr) return;
    for (const auto& [key, property] : properties->items()) {
      const auto found = value.find(key);
      if (found == value.end()) continue;
      if (is_secret(property) && found->is_string()) {
        out.secrets.emplace_back(path + key, PersonalText(found->get<std::string>()));
        value.erase(found);
      } else {
        take_secrets(property, *found, path + key + "/", out);
      }
    }
  }

  const Json& schema_;
  Json settings_;
  const Instance& instance_;
  ConfigFindings& findings_;
  std::vector<std::string> told_;  // pointers of what has been found wrong
};

}  // namespace

// The libraries throw; this is their border.
Result<std::optional<CheckedSettings>> checked_settings(std::string_view schema_json, const Instance& instance,
                                                        ConfigFindings& findings) try {
  const std::string& text = instance.settings.reveal();
  if (schema_json.size() > kMaxJson) return {Failure::kInternal, "the plugin's settings schema is larger than 1 MiB"};
  const Json schema = Json::parse(schema_json, nullptr, false);
  if (!schema.is_object()) return {Failure::kInternal, "the plugin's settings schema is not a JSON object"};
  const auto refuse = [&](const char* found) -> std::optional<CheckedSettings> {
    findings.push_back({instance.value_place("settings"), "settings", found, "a map of keys of at most 1 MiB"});
    return std::nullopt;
  };
  if (text.size() > kMaxJson) return refuse("more than 1 MiB");
  Json settings = Json::parse(text, nullptr, false);
  if (!settings.is_object()) return refuse("no map");
  return Check(schema, std::move(settings), instance, findings).run();
} catch (const std::exception&) {
  return {Failure::kInternal, "the plugin's settings schema cannot be used"};
}

ConfigFinding refused_setting(const Instance& instance, std::string_view settings_json, std::string_view said) try {
  const bool named = said.starts_with('/') && said.find(": ") != std::string_view::npos;
  const std::string pointer(named ? said.substr(0, said.find(": ")) : "");
  if (named) said.remove_prefix(pointer.size() + 2);
  const Pointer at(pointer);
  const std::string key = shown(at);
  const Json checked = Json::parse(settings_json, nullptr, false);
  std::string found = "a value that is not shown";
  if (!named) {
    found = "what the plugin refuses";
  } else if (!instance.has_key(key)) {
    found = "nothing";
  } else if (checked.contains(at) && checked.at(at).is_primitive() && !is_referenced(instance, pointer)) {
    found = checked.at(at).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > 80) found = "a text of " + std::to_string(found.size()) + " bytes";
  }
  return {instance.value_place(key), key, found + "; the plugin says: " + std::string(said), ""};
} catch (const std::exception&) {  // a pointer that is none
  return {instance.value_place("settings"), "settings", "what the plugin refuses: " + std::string(said), ""};
}

}  // namespace vestitel
