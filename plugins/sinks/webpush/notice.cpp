#include "plugins/sinks/webpush/notice.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/webpush/content.hpp"

namespace vestitel::webpush {
namespace {

bool is_language(std::string_view tag) {
  return !tag.empty() && tag.size() <= 35 && std::all_of(tag.begin(), tag.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

std::string fresh_salt() {
  std::string salt(kSaltSize, '\0');
  const int drawn = ::RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size()));
  return drawn == 1 ? salt : std::string();
}

}  // namespace

std::optional<std::string> payload_of(const Message& message, std::string& problem) {
  const auto refused = [&](const char* why) {
    problem = why;
    return std::nullopt;
  };
  const auto title = sinks::one_line(message.title), body = sinks::several_lines(message.body);
  if (!title) return refused("the title has a control character or is not UTF-8");
  if (!body) return refused("the body has a control character or is not UTF-8");
  if (message.idem_key.empty()) return refused("the message has no key");
  std::string out = "{\"title\":" + json_quote(*title) + ",\"body\":" + json_quote(*body);
  if (is_language(message.locale)) out += ",\"lang\":" + json_quote(message.locale);
  return out + ",\"tag\":" + json_quote(sinks::collapse_key(message.idem_key)) + '}';
}

std::int64_t ttl_of(const Message& message, std::int64_t ttl_s, std::int64_t now_us) {
  if (message.expires_us == 0) return ttl_s;
  return std::clamp<std::int64_t>((message.expires_us - now_us) / 1'000'000, 0, ttl_s);
}

std::optional<HttpRequest> request_of(const Message& message, const Subscription& to, const NoticePolicy& policy,
                                      std::int64_t now_us, std::string& problem) {
  const auto payload = payload_of(message, problem);
  if (!payload) return std::nullopt;
  if (payload->size() + kOverhead > policy.body_size) {
    problem = "the text is too long for a push message";
    return std::nullopt;
  }
  const Key own = fresh_key();
  const std::string salt = fresh_salt();
  const std::string point = own ? point_of(*own) : std::string();
  std::string body;
  if (!point.empty() && !salt.empty())
    body = encrypt(*payload, {*own, point}, {*to.key, to.point}, to.auth, salt, policy.body_size);
  if (body.empty()) {
    problem = "the message could not be encrypted for this subscription";
    return std::nullopt;
  }
  const std::string& origin = policy.stand_in.empty() ? to.endpoint.origin : policy.stand_in;
  auto request = HttpRequest::post(origin + to.endpoint.path, "application/octet-stream", std::move(body));
  request.header("content-encoding", "aes128gcm")
      .header("ttl", std::to_string(ttl_of(message, policy.ttl_s, now_us)))
      .header("urgency", message.priority == VESTITEL_PRIORITY_URGENT ? "high" : policy.urgency)
      .header("topic", sinks::collapse_key(message.idem_key));
  request.timeout = policy.timeout;
  request.max_answer = 64UL * 1024;
  return request;
}

}  // namespace vestitel::webpush
