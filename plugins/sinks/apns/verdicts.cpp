#include "plugins/sinks/apns/verdicts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/sinks/apns/sender.hpp"
#include "plugins/sinks/common/http_answer.hpp"

namespace vestitel::apns {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kQuarter = std::chrono::minutes(15);
constexpr std::uint32_t kHttp2 = 20;

enum class Meaning {
  bad_device,
  our_defect,
  our_settings,
  reconnect,
  expired_token,
  gone,
  too_large,
  device_busy,
  too_many_tokens,
  internal,
  unavailable,
};

struct Row {
  std::uint32_t status;
  Meaning meaning;
  const char* reason;
};
constexpr Row kRows[] = {
    {400, Meaning::bad_device, "BadDeviceToken"},
    {400, Meaning::bad_device, "DeviceTokenNotForTopic"},
    {400, Meaning::our_defect, "PayloadEmpty"},
    {400, Meaning::our_defect, "BadCollapseId"},
    {400, Meaning::our_defect, "BadExpirationDate"},
    {400, Meaning::our_defect, "BadMessageId"},
    {400, Meaning::our_defect, "BadPriority"},
    {400, Meaning::our_defect, "DuplicateHeaders"},
    {400, Meaning::our_defect, "InvalidPushType"},
    {400, Meaning::our_defect, "MissingDeviceToken"},
    {400, Meaning::our_settings, "BadTopic"},
    {400, Meaning::our_settings, "MissingTopic"},
    {400, Meaning::our_settings, "TopicDisallowed"},
    {400, Meaning::reconnect, "IdleTimeout"},
    {403, Meaning::expired_token, "ExpiredProviderToken"},
    {403, Meaning::our_settings, "InvalidProviderToken"},
    {403, Meaning::our_settings, "MissingProviderToken"},
    {403, Meaning::our_settings, "BadCertificate"},
    {403, Meaning::our_settings, "BadCertificateEnvironment"},
    {403, Meaning::our_settings, "BadEnvironmentKeyInToken"},
    {403, Meaning::our_settings, "Forbidden"},
    {404, Meaning::our_defect, "BadPath"},
    {405, Meaning::our_defect, "MethodNotAllowed"},
    {410, Meaning::gone, "Unregistered"},
    {410, Meaning::gone, "ExpiredToken"},
    {413, Meaning::too_large, "PayloadTooLarge"},
    {429, Meaning::device_busy, "TooManyRequests"},
    {429, Meaning::too_many_tokens, "TooManyProviderTokenUpdates"},
    {500, Meaning::internal, "InternalServerError"},
    {503, Meaning::unavailable, "ServiceUnavailable"},
    {503, Meaning::reconnect, "Shutdown"},
};

struct Said {
  const Row* row = nullptr;  // none: a reason that nobody foresaw
  std::int64_t since_us = 0;
};

Said parse(const HttpAnswerView& answer, std::int64_t now_us) {
  Said out;
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) return out;
  const auto reason = json.find("reason"), timestamp = json.find("timestamp");
  for (const Row& row : kRows)
    if (row.status == answer.status && reason != json.end() && *reason == row.reason) out.row = &row;
  if (timestamp == json.end() || !timestamp->is_number_integer()) return out;
  const auto ms = timestamp->get<std::int64_t>();
  if (ms > 0 && ms <= now_us / 1000) out.since_us = ms * 1000;
  return out;
}

struct Case {
  const HttpAnswerView& answer;
  std::int64_t now_us, since_us;
  milliseconds token_age;
  std::string why;
};

Judgement of_tokens(const Case& c, Meaning meaning) {
  const milliseconds least = kLeastAge;
  if (meaning == Meaning::too_many_tokens)
    return {Verdict::retry(c.why + ": does another sender use the team's key?", Scope::sink,
                           std::max(least - c.token_age, milliseconds(1000))),
            Note::alert};
  if (c.token_age < least) return {Verdict::config_error(c.why + ": a fresh one; is the clock right?")};
  return {Verdict::retry(c.why + ": the next token is a new one", Scope::link), Note::renew_token};
}

Judgement of_row(const Case& c, Meaning meaning) {
  switch (meaning) {
    case Meaning::bad_device: return {Verdict::contact_dead(c.why, c.now_us)};
    case Meaning::our_defect: return {Verdict::permanent(c.why), Note::alert};
    case Meaning::our_settings: return {Verdict::config_error(c.why)};
    case Meaning::reconnect: return {Verdict::retry(c.why, Scope::link)};
    case Meaning::gone: return {Verdict::contact_dead(c.why, c.since_us != 0 ? c.since_us : c.now_us)};
    case Meaning::too_large: return {Verdict::permanent(c.why)};
    case Meaning::device_busy: return {Verdict::retry(c.why, Scope::recipient, sinks::stated_wait(c.answer))};
    case Meaning::internal: return {Verdict::retry(c.why, Scope::message, kQuarter)};
    case Meaning::unavailable: return {Verdict::retry(c.why, Scope::sink, kQuarter)};
    case Meaning::expired_token:
    case Meaning::too_many_tokens: break;
  }
  return of_tokens(c, meaning);
}

// A reason that nobody foresaw, or none: by the class of the status.
Judgement of_class(const Case& c) {
  if (c.answer.status < 400) return {Verdict::config_error(c.why + ", and redirects are not followed")};
  if (c.answer.status == 429) return of_row(c, Meaning::device_busy);
  if (c.answer.status < 500) return {Verdict::permanent(c.why), Note::alert};
  return {Verdict::retry(c.why, Scope::sink, sinks::stated_wait(c.answer))};
}

bool is_about_sender(Meaning meaning) {
  return meaning == Meaning::our_settings || meaning == Meaning::expired_token || meaning == Meaning::too_many_tokens ||
         meaning == Meaning::reconnect;
}

}  // namespace

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us, const Sent& sent) {
  if (sinks::outcome_of(answer) != sinks::Outcome::answered) return {sinks::unanswered(answer, Scope::link)};
  if (sent.tls && answer.http_version != kHttp2)
    return {Verdict::config_error("what answered speaks no HTTP/2: it is not APNs")};
  if (answer.status < 300) {
    Judgement taken{Verdict::accepted(sinks::provider_id(answer.header("apns-id"), ""))};
    taken.authenticated = true;
    return taken;
  }
  const Said said = parse(answer, now_us);
  const std::string reason = said.row == nullptr ? "" : said.row->reason;
  const std::string why = "APNs answered " + std::to_string(answer.status) + (reason.empty() ? "" : " " + reason);
  const Case one{answer, now_us, said.since_us, std::chrono::duration_cast<milliseconds>(sent.token_age), why};
  Judgement out = said.row == nullptr ? of_class(one) : of_row(one, said.row->meaning);
  out.reason = reason;
  out.authenticated = said.row != nullptr && answer.status < 500 && !is_about_sender(said.row->meaning);
  return out;
}

}  // namespace vestitel::apns
