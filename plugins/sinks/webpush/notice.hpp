// From a message to the request that carries it: what the service worker reads, and the headers of RFC 8030. Pure
// functions, but for the key and the salt of each message, which are drawn here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

#include "plugins/sinks/webpush/subscription.hpp"

namespace vestitel::webpush {

struct NoticePolicy {
  std::int64_t ttl_s = 0;               // longest time that a service keeps a message
  std::string urgency = "normal";       // of what is not urgent
  std::size_t body_size = 2048;         // of every body
  std::chrono::milliseconds timeout{};  // for an answer
  std::string stand_in;                 // "": the endpoint; else the origin that is called instead
};

// {"title","body","lang","tag"}: no address, no link, nothing but the rendered texts. None, and why: a text that is not
// UTF-8, or a control character where none belongs.
std::optional<std::string> payload_of(const Message& message, std::string& problem);

// Seconds from `now_us`, at most until the message is worthless.
std::int64_t ttl_of(const Message& message, std::int64_t ttl_s, std::int64_t now_us);

// All but the Authorization header. None, and why it never can be sent.
std::optional<HttpRequest> request_of(const Message& message, const Subscription& to, const NoticePolicy& policy,
                                      std::int64_t now_us, std::string& problem);

}  // namespace vestitel::webpush
