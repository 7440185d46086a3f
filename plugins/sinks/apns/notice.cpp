#include "plugins/sinks/apns/notice.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/openssl.hpp"
#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::apns {
namespace {

constexpr std::size_t kLeastToken = 64, kMostToken = 200, kMostTopic = 200;
constexpr std::uint64_t kLongestAnswer = 64UL * 1024;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

HttpRequest post_to(const NoticePolicy& policy, std::string_view token, std::string body) {
  auto request =
      HttpRequest::post(policy.origin + "/3/device/" + std::string(token), "application/json", std::move(body));
  request.header("apns-topic", policy.topic).header("apns-push-type", "alert");
  request.timeout = policy.timeout;
  request.max_answer = kLongestAnswer;
  return request;
}

std::string payload_of(const std::string& title, const std::string& body) {
  return "{\"aps\":{\"alert\":{\"title\":" + json_quote(title) + ",\"body\":" + json_quote(body) +
         "},\"sound\":\"default\"}}";
}

// Seconds since 1970 until which APNs keeps it; 0: it does not.
std::int64_t expiration_of(const Message& message, std::int64_t ttl_s, std::int64_t now_us) {
  const std::int64_t now_s = now_us / 1'000'000, end_s = message.expires_us / 1'000'000;
  const std::int64_t left_s = message.expires_us == 0 ? ttl_s : std::clamp<std::int64_t>(end_s - now_s, 0, ttl_s);
  return left_s == 0 ? 0 : now_s + left_s;
}

}  // namespace

bool is_device_token(std::string_view text) {
  return text.size() >= kLeastToken && text.size() <= kMostToken && text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), is_hex);
}

bool is_bundle_id(std::string_view text) {
  return sinks::is_visible_ascii(text, kMostTopic) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
         });
}

std::string apns_id(std::string_view idem_key) {
  constexpr std::string_view kHex = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(sinks::bytes_of(idem_key), idem_key.size(), digest);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0F) | 0x80);  // version 8 of RFC 9562: bits of our own
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3F) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

std::optional<HttpRequest> request_of(const Message& message, const NoticePolicy& policy, std::int64_t now_us,
                                      std::string& problem) {
  const auto refused = [&](const char* why) {
    problem = why;
    return std::nullopt;
  };
  if (!is_device_token(message.to)) return refused("its address is no device token");
  const auto title = sinks::one_line(message.title), body = sinks::several_lines(message.body);
  if (!title) return refused("the title has a control character or is not UTF-8");
  if (!body) return refused("the body has a control character or is not UTF-8");
  if (message.idem_key.empty()) return refused("the message has no key");
  std::string payload = payload_of(*title, *body);
  if (payload.size() > kMaxPayload) return refused("the text is too long for a push message");
  const bool high = policy.high || message.priority == VESTITEL_PRIORITY_URGENT;
  HttpRequest request = post_to(policy, message.to, std::move(payload));
  request.header("apns-id", apns_id(message.idem_key))
      .header("apns-collapse-id", sinks::collapse_key(message.idem_key))
      .header("apns-expiration", std::to_string(expiration_of(message, policy.ttl_s, now_us)))
      .header("apns-priority", high ? "10" : "5");
  return request;
}

HttpRequest trial_request(const NoticePolicy& policy) {
  HttpRequest request = post_to(policy, std::string(kLeastToken, '0'), payload_of("", ""));
  request.header("apns-expiration", "0");
  return request;
}

}  // namespace vestitel::apns
