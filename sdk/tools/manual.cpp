#include "sdk/tools/manual.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sdk/tools/markdown.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

struct Setting {
  std::string name, type, fallback, help, group;
  bool required = false, secret = false, advanced = false;
  std::int64_t order = 0;
};

std::string plain(const ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string text_in(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}
bool flag_in(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::string type_of(const ordered_json& field) {
  if (flag_in(field, "x-secret")) return "secret";
  if (field.contains("enum") && field["enum"].is_array()) {
    std::string words;
    for (const auto& one : field["enum"]) words += (words.empty() ? "" : ", ") + plain(one);
    return "one of " + words;
  }
  if (const std::string unit = text_in(field, "x-unit"); unit == "duration")
    return "duration (ms, s, m, h, d)";
  else if (unit == "bytes")
    return "size (B, KiB, MiB, GiB)";
  if (text_in(field, "format") == "uri") return "URL";
  std::string type = text_in(field, "type");
  if (type == "string") return "text";
  if (field.contains("minimum") && field.contains("maximum"))
    type += " from " + field["minimum"].dump() + " to " + field["maximum"].dump();
  return type;
}

std::vector<Setting> settings_of(const ordered_json& schema) {
  std::vector<Setting> settings;
  if (!schema.is_object() || !schema.contains("properties")) return settings;
  const auto required = schema.value("required", ordered_json::array());
  for (const auto& [name, field] : schema["properties"].items()) {
    if (!field.is_object()) continue;
    Setting s;
    s.name = name;
    s.type = type_of(field);
    if (field.contains("default")) s.fallback = plain(field["default"]);
    s.help = text_in(field, "description");
    s.group = text_in(field, "x-group");
    s.required = std::find(required.begin(), required.end(), name) != required.end();
    s.secret = flag_in(field, "x-secret");
    s.advanced = flag_in(field, "x-advanced");
    s.order =
        field.contains("x-order") && field["x-order"].is_number_integer() ? field["x-order"].get<std::int64_t>() : 0;
    settings.push_back(std::move(s));
  }
  std::stable_sort(settings.begin(), settings.end(),
                   [](const Setting& a, const Setting& b) { return a.order < b.order; });
  return settings;
}

std::string kinds_of(const PluginDescription& plugin) {
  std::string kinds;
  const auto add = [&](bool is, const char* name) {
    if (is) kinds += (kinds.empty() ? "" : ", ") + std::string(name);
  };
  add(plugin.reader, "reader");
  add(plugin.feed, "feed");
  add(plugin.sink, "sink");
  return kinds;
}

// "network: host:443, other:80" for each thing the plugin asks for.
std::vector<std::string> asks_of(const PluginDescription& plugin) {
  std::vector<std::string> asks;
  const auto asked = ordered_json::parse(plugin.capabilities, nullptr, false);
  if (!asked.is_object()) return asks;
  for (const auto& [key, value] : asked.items()) {
    std::string words;
    if (value.is_array()) {
      for (const auto& one : value) words += (words.empty() ? "" : ", ") + plain(one);
    } else if (value.is_object()) {
      for (const auto& [name, what] : value.items())
        words += (words.empty() ? "" : ", ") + name + " (" + plain(what) + ")";
    } else {
      words = plain(value);
    }
    if (!words.empty()) asks.push_back(key + ": " + words);
  }
  if (plugin.needs_net) asks.push_back("it opens connections of its own");
  return asks;
}

// A value of YAML: what could be read as anything but a text is quoted.
std::string yaml(const ordered_json& value) { return value.dump(); }

std::string example_yaml(const PluginDescription& plugin, const ordered_json& schema,
                         const std::vector<Setting>& settings) {
  const std::string name = plugin.id.substr(plugin.id.rfind('.') + 1);
  std::string out = "id: " + name + "\nplugin: " + name + "\nsettings:" + (settings.empty() ? " {}\n" : "\n");
  for (const Setting& s : settings) {
    const auto& field = schema["properties"][s.name];
    const bool has_example = field.contains("examples") && field["examples"].is_array() && !field["examples"].empty();
    if (s.secret) {
      out += "  # " + s.name + ": ${credential:" + name + "-" + s.name + "}\n";
    } else if (field.contains("default")) {
      out += "  # " + s.name + ": " + yaml(field["default"]) + "\n";
    } else {
      out += (s.required ? "  " : "  # ") + s.name + ": " + (has_example ? yaml(field["examples"][0]) : "...") + "\n";
    }
  }
  return out;
}

// Text of roff: no line begins with a control character, a backslash stands for itself.
std::string roff(const std::string& text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    begins = c == '\n';
  }
  return out;
}

}  // namespace

std::string manual_markdown(const PluginDescription& plugin) {
  const auto schema = ordered_json::parse(plugin.config_schema, nullptr, false);
  const auto settings = settings_of(schema);
  std::string out =
      "# " + plugin.name + "\n\n`" + plugin.id + "` " + plugin.version + ", a " + kinds_of(plugin) + ".\n";
  if (!plugin.vendor.empty())
    out += "By " + plugin.vendor + (plugin.url.empty() ? "" : ", <" + plugin.url + ">") + ".\n";
  if (!plugin.license.empty()) out += "Licence: " + plugin.license + ".\n";
  if (plugin.sink)
    out += plugin.idempotent ? "\nThe same message sent again takes effect once.\n"
                             : "\nA message whose answer was lost may be sent a second time.\n";
  out += "\n## Settings\n\n";
  if (settings.empty()) out += "It has none.\n";
  if (!settings.empty()) out += "| setting | type | default | what |\n|---|---|---|---|\n";
  for (const Setting& s : settings) {
    const std::string fallback = s.required ? "required" : s.fallback.empty() ? "not set" : "`" + s.fallback + "`";
    out += "| `" + markdown_cell(s.name) + "` | " + markdown_cell(s.type) + " | " + markdown_cell(fallback) + " | " +
           markdown_cell(s.help) + (s.advanced ? " Rarely changed." : "") + " |\n";
  }
  out += "\n```yaml\n" + example_yaml(plugin, schema, settings) + "```\n\n## What it asks for\n\n";
  const auto asks = asks_of(plugin);
  if (asks.empty()) out += "Nothing.\n";
  for (const std::string& ask : asks) out += "- " + ask + "\n";
  return out;
}

std::string manual_man(const PluginDescription& plugin) {
  const auto schema = ordered_json::parse(plugin.config_schema, nullptr, false);
  const auto settings = settings_of(schema);
  const std::string name = plugin.id.substr(plugin.id.rfind('.') + 1);
  std::string out = ".TH \"" + roff(name) + "\" 7 \"\" \"" + roff(plugin.id + " " + plugin.version) +
                    "\" \"Vestitel plugins\"\n.SH NAME\n" + roff(name) + " \\- " + roff(plugin.name) +
                    "\n.SH DESCRIPTION\nA " + kinds_of(plugin) + " of Vestitel";
  out += plugin.vendor.empty() ? ".\n" : ", by " + roff(plugin.vendor) + ".\n";
  if (!plugin.license.empty()) out += "Licence: " + roff(plugin.license) + ".\n";
  out += ".SH SETTINGS\n";
  if (settings.empty()) out += "It has none.\n";
  for (const Setting& s : settings) {
    out += ".TP\n.B " + roff(s.name) + "\n" + roff(s.type) + ", " +
           (s.required           ? "required"
            : s.fallback.empty() ? "not set by default"
                                 : "default " + roff(s.fallback)) +
           ".\n" + roff(s.help) + "\n";
  }
  out += ".SH EXAMPLE\n.nf\n" + roff(example_yaml(plugin, schema, settings)) + ".fi\n.SH CAPABILITIES\n";
  const auto asks = asks_of(plugin);
  if (asks.empty()) out += "It asks for nothing.\n";
  for (const std::string& ask : asks) out += ".br\n" + roff(ask) + "\n";
  return out;
}

}  // namespace vestitel
