// A message: rendered text for one recipient through one sink; and the seven verdicts that a sink answers it with.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/personal.hpp"

namespace vestitel {

enum class Channel : std::uint8_t { kEmail = 1, kSms = 2, kPush = 3, kWebhook = 4, kFile = 5 };  // stored
std::string_view to_text(Channel channel);  // "email", "sms", "push", "webhook", "file"
std::optional<Channel> channel(std::string_view text);
inline constexpr std::array kAllChannels{Channel::kEmail, Channel::kSms, Channel::kPush, Channel::kWebhook,
                                         Channel::kFile};

struct Message {
  std::int64_t outbox_id = 0;
  std::string idem_key;  // 32 hex digits; the same for every repeat of this delivery
  Channel channel = Channel::kEmail;
  PersonalText to;  // the address
  std::string title, body, body_html;
  std::string data_json;  // the notice as a CloudEvents JSON event; subject is an opaque id of ours
  std::string locale;     // "bg", "en"
  Instant expires{}, deadline{};
  std::uint32_t priority = 0;
};

enum class VerdictKind : std::uint8_t {  // stored, and the numbers of vestitel/abi.h
  kAccepted = 1,
  kDelivered = 2,
  kRetry = 3,
  kPermanent = 4,
  kContactDead = 5,
  kConfigError = 6,
  kUnknown = 7,
};
std::string_view to_text(VerdictKind kind);
// The provider has it, or the person.
constexpr bool is_taken(VerdictKind kind) { return kind == VerdictKind::kAccepted || kind == VerdictKind::kDelivered; }

enum class RetryScope : std::uint8_t { kMessage = 1, kRecipient = 2, kLink = 3, kSink = 4 };  // as in vestitel/abi.h
std::string_view to_text(RetryScope scope);

struct Verdict {
  VerdictKind kind = VerdictKind::kUnknown;
  RetryScope scope = RetryScope::kMessage;  // retry only
  std::chrono::milliseconds after{0};       // retry: least wait; 0: the hub's own backoff
  std::optional<Instant> since;             // contact_dead: the provider's date
  std::string provider_id;                  // accepted
  std::string reason;                       // words; no address, no payload
  bool arrived = false;  // contact_dead in a receipt: the message arrived, and the person wants no more of them
};

}  // namespace vestitel
