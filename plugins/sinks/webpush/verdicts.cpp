#include "plugins/sinks/webpush/verdicts.hpp"

#include <algorithm>
#include <functional>

#include "plugins/sinks/common/http_answer.hpp"

namespace vestitel::webpush {
namespace {

constexpr std::size_t kMaxId = 256;  // of the ABI

std::string words(std::uint32_t status) { return "the push service answered " + std::to_string(status); }

// Where the service keeps the message. What is no plain URL or path is left out: it is only for looking things up.
std::string id_of(const HttpAnswerView& answer) {
  const std::string_view location = answer.header("location");
  const bool plain = location.size() <= kMaxId &&
                     std::all_of(location.begin(), location.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return plain ? std::string(location) : std::string();
}

// Apple's words: BadJwtToken, ExpiredJwtToken.
bool blames_token(std::string_view body) { return body.find("JwtToken") != std::string_view::npos; }

Judgement refusal(const HttpAnswerView& answer) {
  const std::string why = words(answer.status);
  if (blames_token(answer.body))
    return {Verdict::config_error(why + ": it does not take the VAPID token"), Note::bad_token};
  return {Verdict::config_error(why), Note::refused};
}

Judgement of_status(const HttpAnswerView& answer, std::int64_t now_us) {
  const std::uint32_t status = answer.status;
  const std::string why = words(status);
  if (status >= 200 && status < 300) return {Verdict::accepted(id_of(answer))};
  if (status >= 500) return {Verdict::retry(why, Scope::link, sinks::stated_wait(answer))};
  switch (status) {
    case 401:
    case 403: return refusal(answer);
    case 404:
    case 410: return {Verdict::contact_dead(why, now_us)};
    case 408:
    case 425: return {Verdict::retry(why, Scope::message, sinks::stated_wait(answer))};
    case 413: return {Verdict::permanent(why + ": the message is too large for it")};
    case 429: return {Verdict::retry(why, Scope::link, sinks::stated_wait(answer))};
    default: return {Verdict::permanent(why), Note::alert};  // 400, 3xx and what nobody foresaw
  }
}

}  // namespace

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us) {
  switch (sinks::outcome_of(answer)) {
    case sinks::Outcome::answered: return of_status(answer, now_us);
    // Of one of many services: the others go on, and no certificate of ours is in play.
    case sinks::Outcome::untrusted: return {Verdict::retry("TLS: " + std::string(answer.reason), Scope::link)};
    case sinks::Outcome::not_granted:
      return {Verdict::permanent("the hub does not send to this push service: " + std::string(answer.reason))};
    default: return {sinks::unanswered(answer, Scope::link)};
  }
}

RefusalBook::Page& RefusalBook::page(const std::string& origin, std::int64_t now_us) {
  Page& found = pages_[origin];
  if (now_us - found.since_us >= kWindow || now_us < found.since_us) found = {now_us, 0, {}};
  return found;
}

void RefusalBook::taken(const std::string& origin, std::int64_t now_us) {
  proven_ = true;
  ++page(origin, now_us).taken;
}

void RefusalBook::refused(const std::string& origin, std::string_view endpoint, std::int64_t now_us) {
  Page& here = page(origin, now_us);
  if (here.refused.size() < kMaxKept) here.refused.insert(std::hash<std::string_view>()(endpoint));
}

Verdict RefusalBook::verdict(const std::string& origin, std::uint32_t status, std::int64_t now_us) const {
  const std::string why = words(status);
  if (!proven_) return Verdict::config_error(why + ", and no push service has taken the VAPID key yet");
  const auto found = pages_.find(origin);
  const std::size_t refused = found == pages_.end() ? 0 : found->second.refused.size();
  if (refused >= 2 && refused >= found->second.taken)
    return Verdict::config_error(why + " for several subscriptions: the VAPID key is not theirs");
  return Verdict::contact_dead(why + ": the subscription was made with another key", now_us);
}

}  // namespace vestitel::webpush
