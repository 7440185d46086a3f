#include "plugins/sinks/common/http_answer.hpp"

#include <algorithm>

namespace vestitel::sinks {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);
constexpr std::size_t kLongestId = 128;

}  // namespace

Outcome outcome_of(const HttpAnswerView& answer) {
  const bool has_status = answer.status >= 200;
  if (has_status && (answer.rc == VESTITEL_OK || answer.rc == VESTITEL_E_DATA)) return Outcome::answered;
  if (answer.sent) return Outcome::lost;
  switch (answer.rc) {
    case VESTITEL_E_CONFIG: return Outcome::untrusted;
    case VESTITEL_E_DENIED: return Outcome::not_granted;
    case VESTITEL_E_INVALID: return Outcome::malformed;
    case VESTITEL_E_CANCELLED: return Outcome::called_off;
    default: return Outcome::not_sent;
  }
}

Verdict unanswered(const HttpAnswerView& answer, Scope scope) {
  const std::string why(answer.reason);
  switch (outcome_of(answer)) {
    case Outcome::untrusted: return Verdict::config_error("TLS: " + why);
    case Outcome::not_granted: return Verdict::config_error(why);
    case Outcome::malformed: return Verdict::permanent("not a request: " + why);
    case Outcome::called_off: return Verdict::retry("stopped before it was sent");
    case Outcome::not_sent: return Verdict::retry("not sent: " + why, scope);
    case Outcome::answered:
    case Outcome::lost: break;
  }
  return Verdict::unknown("sent, and no answer: " + why);
}

std::chrono::milliseconds stated_wait(const HttpAnswerView& answer) {
  return std::clamp(std::chrono::milliseconds(answer.retry_after_ms), std::chrono::milliseconds(0), kLongestWait);
}

std::string answered_with(std::string_view who, const HttpAnswerView& answer) {
  return std::string("the ").append(who) + " answered " + std::to_string(answer.status);
}

std::string provider_id(std::string_view given, std::string_view ours) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.:~").find(c) != std::string_view::npos;
  };
  const bool usable = !given.empty() && given.size() <= kLongestId && std::all_of(given.begin(), given.end(), fits);
  return std::string(usable ? given : ours);
}

}  // namespace vestitel::sinks
