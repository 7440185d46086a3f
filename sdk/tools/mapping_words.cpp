#include "sdk/tools/mapping_words.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sdk/tools/mapping.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

struct Known {
  std::string_view field, told;
};
// The fields of an event in the order in which they are told, before the attributes.
constexpr std::array<Known, 10> kKnown = {{{kWhetherTold, "which event (if any)"},
                                           {"revision", "revision"},
                                           {"scope", "scope"},
                                           {"record", "record key"},
                                           {"number", "document number"},
                                           {"subject", "subject (identity)"},
                                           {"occurred", "occurred on"},
                                           {"reported", "reported on"},
                                           {"facility", "facility"},
                                           {"practitioner", "practitioner"}}};

}  // namespace

std::size_t field_rank(const std::string& field) {
  if (field.ends_with(".warning")) return kKnown.size() + 1;
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return k.field == field; });
  return static_cast<std::size_t>(found - kKnown.begin());
}

DataClasses data_classes_of(const PluginDescription& plugin) {
  DataClasses out;
  const auto asked = ordered_json::parse(plugin.capabilities, nullptr, false);
  if (!asked.is_object() || !asked.contains("attributes") || !asked["attributes"].is_object()) return out;
  for (const auto& [name, of] : asked["attributes"].items()) {
    if (of.is_string()) out[name] = of.get<std::string>();
  }
  return out;
}

std::string as_code(const std::string& text) { return "`" + text + "`"; }

std::string field_words(const std::string& field, const DataClasses& classes) {
  if (const std::size_t at = field_rank(field); at < kKnown.size()) return std::string(kKnown[at].told);
  const auto found = classes.find(field);
  return as_code(field) + (found == classes.end() ? "" : " (" + found->second + ")");
}

std::string refusal_text(const std::string& reason, const std::string& path) {
  constexpr std::string_view kWhole = "the document: ";
  const std::string element = path.substr(0, path.rfind("/@"));
  const bool whole = reason.starts_with(kWhole);
  const std::string rest = whole ? reason.substr(kWhole.size()) : reason;
  for (const std::string& of : {path, element}) {
    const std::string own = of.substr(of.find_last_of("/@") + 1) + ": ";
    if (rest.starts_with(own)) return (whole ? "(the whole document) " : "") + rest.substr(own.size());
  }
  return (whole ? "(the whole document) " : "") + rest;
}

}  // namespace vestitel
