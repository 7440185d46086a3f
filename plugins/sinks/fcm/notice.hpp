// From a message to the request that carries it. Pure functions.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::fcm {

constexpr std::size_t kMaxPayload = 4096;  // bytes of notification and data, keys and values

struct NoticePolicy {
  std::string url;                      // of messages:send
  std::int64_t ttl_s = 0;               // longest time that FCM keeps a message
  bool high = false;                    // priority of what is not urgent
  bool data_only = false;               // the app itself shows it
  bool dry_run = false;                 // FCM checks and tells nobody
  std::string android_channel;          // "": the app's default
  std::chrono::milliseconds timeout{};  // for an answer
};

// Letters, digits and - _ : as the tokens of FCM have them.
bool is_registration_token(std::string_view text);

// The whole JSON. None, and why it never can be sent, in words that hold nothing of it.
std::optional<std::string> body_of(const Message& message, const NoticePolicy& policy, std::int64_t now_us,
                                   std::string& problem);

// A message to a topic that nobody has, which is only checked: shows whether account and project are right.
std::string trial_body();

// With the token as a header.
HttpRequest send_request(const NoticePolicy& policy, std::string body, const std::string& token);

}  // namespace vestitel::fcm
