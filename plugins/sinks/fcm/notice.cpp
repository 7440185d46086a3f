#include "plugins/sinks/fcm/notice.hpp"

#include <algorithm>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::fcm {
namespace {

constexpr std::size_t kLongestToken = 4096;
constexpr std::uint64_t kLongestAnswer = 64UL * 1024;

bool is_plain(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_language(std::string_view tag) { return !tag.empty() && tag.size() <= 35 && is_plain(tag, "-"); }

// What a message looks like on its way, the same for all three systems behind FCM.
struct Way {
  std::string key;  // collapses repeats
  std::int64_t ttl_s, end_s;
  bool high;
};

// Without a collapse key where only data goes: of keys FCM keeps four for a device that is off, of such messages a
// hundred, and the app has the tag.
std::string android_part(const Way& way, const NoticePolicy& policy) {
  std::string out = std::string("{\"priority\":\"") + (way.high ? "HIGH" : "NORMAL") + "\",\"ttl\":\"" +
                    std::to_string(way.ttl_s) + "s\"";
  if (policy.data_only) return out + '}';
  out += ",\"collapse_key\":" + json_quote(way.key) + ",\"notification\":{\"tag\":" + json_quote(way.key) +
         ",\"visibility\":\"PRIVATE\"";
  if (!policy.android_channel.empty()) out += ",\"channel_id\":" + json_quote(policy.android_channel);
  return out + "}}";
}

std::string apns_part(const Way& way, bool data_only) {
  const char* priority = way.high && !data_only ? "10" : "5";  // in the background no other is allowed
  return "{\"headers\":{\"apns-collapse-id\":" + json_quote(way.key) + ",\"apns-expiration\":\"" +
         std::to_string(way.end_s) + "\",\"apns-priority\":\"" + priority + "\",\"apns-push-type\":\"" +
         (data_only ? "background\"},\"payload\":{\"aps\":{\"content-available\":1}}}"
                    : "alert\"},\"payload\":{\"aps\":{\"sound\":\"default\"}}}");
}

std::string webpush_part(const Way& way, bool data_only) {
  const std::string key = json_quote(way.key);
  return "{\"headers\":{\"TTL\":\"" + std::to_string(way.ttl_s) + "\",\"Topic\":" + key + ",\"Urgency\":\"" +
         (way.high ? "high" : "normal") + "\"}" + (data_only ? "" : ",\"notification\":{\"tag\":" + key + '}') + '}';
}

// The texts, as "notification" or as "data".
std::string payload_of(const std::string& title, const std::string& body, std::string_view locale,
                       const std::string& key, bool data_only) {
  std::string texts = "{\"title\":" + json_quote(title) + ",\"body\":" + json_quote(body);
  if (!data_only) return "\"notification\":" + texts + '}';
  if (is_language(locale)) texts += ",\"lang\":" + json_quote(locale);
  return "\"data\":" + texts + ",\"tag\":" + json_quote(key) + '}';
}

std::string wrapped(std::string_view message, bool dry_run) {
  return std::string(dry_run ? "{\"validate_only\":true,\"message\":{" : "{\"message\":{").append(message) + "}}";
}

}  // namespace

bool is_registration_token(std::string_view text) {
  return sinks::is_visible_ascii(text, kLongestToken) && is_plain(text, "-_:");
}

std::optional<std::string> body_of(const Message& message, const NoticePolicy& policy, std::int64_t now_us,
                                   std::string& problem) {
  const auto refused = [&](const char* why) {
    problem = why;
    return std::nullopt;
  };
  if (!is_registration_token(message.to)) return refused("its address is no registration token");
  const auto title = sinks::one_line(message.title), body = sinks::several_lines(message.body);
  if (!title) return refused("the title has a control character or is not UTF-8");
  if (!body) return refused("the body has a control character or is not UTF-8");
  if (message.idem_key.empty()) return refused("the message has no key");
  const std::int64_t now_s = now_us / 1'000'000, end_s = message.expires_us / 1'000'000;
  const std::int64_t ttl_s = end_s == 0 ? policy.ttl_s : std::clamp<std::int64_t>(end_s - now_s, 0, policy.ttl_s);
  const Way way{sinks::collapse_key(message.idem_key), ttl_s, now_s + ttl_s,
                policy.high || message.priority == VESTITEL_PRIORITY_URGENT};
  const std::string payload = payload_of(*title, *body, message.locale, way.key, policy.data_only);
  if (payload.size() > kMaxPayload) return refused("the text is too long for a push message");
  return wrapped("\"token\":" + json_quote(message.to) + ',' + payload + ",\"android\":" + android_part(way, policy) +
                     ",\"apns\":" + apns_part(way, policy.data_only) +
                     ",\"webpush\":" + webpush_part(way, policy.data_only),
                 policy.dry_run);
}

std::string trial_body() { return wrapped(R"("topic":"vestitel-check","data":{"check":"1"})", true); }

HttpRequest send_request(const NoticePolicy& policy, std::string body, const std::string& token) {
  auto request = HttpRequest::post(policy.url, "application/json", std::move(body));
  request.header("authorization", "Bearer " + token);
  request.timeout = policy.timeout;
  request.max_answer = kLongestAnswer;
  return request;
}

}  // namespace vestitel::fcm
