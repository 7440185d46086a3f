#include "plugins/sinks/webhook/event.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::webhook {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestKey = 128;
constexpr int kDeepest = 64;

// What may stand in a header, and in the content that is signed, where a "." is the border.
bool is_key(std::string_view key) {
  return sinks::is_visible_ascii(key, kLongestKey) && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
         });
}

// Null: one that this plugin's SDK has no name for; the event then goes without.
const char* channel_name(std::uint32_t channel) {
  switch (channel) {
    case VESTITEL_CHANNEL_EMAIL: return "email";
    case VESTITEL_CHANNEL_SMS: return "sms";
    case VESTITEL_CHANNEL_PUSH: return "push";
    case VESTITEL_CHANNEL_WEBHOOK: return "webhook";
    default: return nullptr;
  }
}

// Brackets that are open at a time, at most; those in texts do not count. What is no JSON may give any number.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;
    if (in_text) continue;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest;
}

// The notice, {} where the message has none; nothing: it is no object, or nested too deep to be meant.
std::optional<Json> notice_of(std::string_view text) {
  if (text.empty()) return Json::object();
  if (depth_of(text) > kDeepest) return std::nullopt;
  Json notice = Json::parse(text, nullptr, false);
  if (!notice.is_object()) return std::nullopt;
  return notice;
}

// An attribute of the notice, as one line; `otherwise` where it has none. False: it is no text, or could end a line.
bool copy_attribute(const Json& notice, const char* name, Json& event, const char* as, const char* otherwise = "") {
  const auto found = notice.find(name);
  const bool is_text = found != notice.end() && found->is_string();
  if (found != notice.end() && !is_text) return false;
  const auto line = sinks::one_line(is_text ? found->get_ref<const std::string&>() : std::string_view(otherwise));
  if (!line) return false;
  if (!line->empty()) event[as] = *line;
  return true;
}

bool copy_attributes(const Json& notice, Json& event) {
  return copy_attribute(notice, "source", event, "source", "urn:vestitel:hub") &&
         copy_attribute(notice, "type", event, "type", "notice.reported") &&
         copy_attribute(notice, "subject", event, "subject") && copy_attribute(notice, "time", event, "time") &&
         copy_attribute(notice, "id", event, "eventid");
}

bool add_text(const Message& message, Json& data) {
  const auto locale = sinks::one_line(message.locale), title = sinks::one_line(message.title);
  const auto body = sinks::several_lines(message.body);
  if (!locale || !title || !body) return false;
  data["message"] = {{"locale", *locale}, {"title", *title}, {"body", *body}};
  return true;
}

Made refused(const char* why) { return {{}, why}; }

}  // namespace

Made event_of(const Message& message, const EventOptions& options) {
  if (!is_key(message.idem_key)) return refused("its key is none that a header can carry");
  const char* channel = channel_name(message.channel);
  auto notice = notice_of(message.data_json);
  if (!notice) return refused("its notice is no JSON object");
  Json event = {{"specversion", "1.0"}, {"id", message.idem_key}};
  if (!copy_attributes(*notice, event)) return refused("an attribute of its notice is no line of text");
  if (channel != nullptr) event["channel"] = channel;
  event["datacontenttype"] = "application/json";
  Json data = Json::object();
  if (const auto found = notice->find("data"); found != notice->end()) data = std::move(*found);
  if (!data.is_object()) return refused("the data of its notice is no JSON object");
  if (options.text && !add_text(message, data)) return refused("its text holds a control character or is not UTF-8");
  if (options.address) {
    const auto address = sinks::one_line(message.to);
    if (!address) return refused("its address holds a control character or is not UTF-8");
    data["address"] = *address;
  }
  event["data"] = std::move(data);
  return {event.dump(), {}};
}

}  // namespace vestitel::webhook
