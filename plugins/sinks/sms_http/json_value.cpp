#include "plugins/sinks/sms_http/json_value.hpp"

#include <charconv>

namespace vestitel::sms_http {

nlohmann::json read_json(std::string_view text) {
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= 20; };
  return nlohmann::json::parse(text, shallow, false);
}

const nlohmann::json* member_at(const nlohmann::json& json, const JsonPath& path) {
  const nlohmann::json* at = &json;
  for (const std::string& name : path) {
    if (at->is_object()) {
      const auto found = at->find(name);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else if (at->is_array()) {
      std::size_t i = 0;
      const auto read = std::from_chars(name.data(), name.data() + name.size(), i);
      if (read.ec != std::errc() || read.ptr != name.data() + name.size() || i >= at->size()) return nullptr;
      at = &(*at)[i];
    } else {
      return nullptr;
    }
  }
  return at;
}

std::optional<std::string> text_at(const nlohmann::json& json, const JsonPath& path) {
  const nlohmann::json* found = member_at(json, path);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return found->dump();
  return std::nullopt;
}

}  // namespace vestitel::sms_http
