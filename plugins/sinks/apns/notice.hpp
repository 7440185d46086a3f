// From a message to the request that carries it. Pure functions.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::apns {

constexpr std::size_t kMaxPayload = 4096;

struct NoticePolicy {
  std::string origin;                   // of APNs
  std::string topic;                    // bundle id of the app
  std::int64_t ttl_s = 0;               // longest time that APNs keeps a message; 0: not at all
  bool high = false;                    // priority of what is not urgent
  std::chrono::milliseconds timeout{};  // for an answer
};

// Up to 100 bytes in hexadecimal, as the device gives it to its app.
bool is_device_token(std::string_view text);

// Letters, digits, - and dots.
bool is_bundle_id(std::string_view text);

// A UUID that stands for the key and tells nothing of it: the same at every repeat.
std::string apns_id(std::string_view idem_key);

// All but the Authorization header. None, and why it never can be sent, in words that hold nothing of it.
std::optional<HttpRequest> request_of(const Message& message, const NoticePolicy& policy, std::int64_t now_us,
                                      std::string& problem);

// A message to a device that does not exist: Apple refuses it by BadDeviceToken once it believes the sender.
HttpRequest trial_request(const NoticePolicy& policy);

}  // namespace vestitel::apns
