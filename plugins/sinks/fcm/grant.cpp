#include "plugins/sinks/fcm/grant.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::fcm {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t kLongestToken = 4096;
constexpr std::uint64_t kLongestAnswer = 64UL * 1024;
constexpr seconds kDay{86'400}, kMargin{300};
// What RFC 6749, 5.2 and Google know; another word is not repeated, for nobody knows what it holds.
constexpr const char* kErrors[] = {"invalid_grant",          "invalid_client",      "invalid_request", "invalid_scope",
                                   "unsupported_grant_type", "unauthorized_client", "access_denied"};

Json object_of(std::string_view body) {
  Json json = Json::parse(body, nullptr, false);
  return json.is_object() ? std::move(json) : Json::object();
}

std::string words(const HttpAnswerView& answer, const Json& said) {
  std::string out = sinks::answered_with("token endpoint", answer);
  const auto error = said.find("error");
  for (const char* known : kErrors)
    if (error != said.end() && *error == known) out += std::string(": ") + known;
  return out;
}

Grant token_of(const HttpAnswerView& answer, const Json& said) {
  const auto token = said.find("access_token"), life = said.find("expires_in");
  const bool usable = token != said.end() && token->is_string() &&
                      sinks::is_visible_ascii(token->get_ref<const std::string&>(), kLongestToken) &&
                      life != said.end() && life->is_number() && life->get<double>() >= 1;
  if (!usable) return {{}, Verdict::retry(words(answer, said) + " without a token", Scope::sink)};
  const seconds lives(static_cast<std::int64_t>(std::min<double>(life->get<double>(), kDay.count())));
  return {sinks::FreshToken{token->get<std::string>(), std::max(lives - kMargin, lives / 2), lives}, {}};
}

}  // namespace

std::optional<HttpRequest> grant_request(const Account& account, std::int64_t now_us,
                                         std::chrono::milliseconds timeout) {
  const std::string assertion = assertion_of(account, now_us / 1'000'000);
  if (assertion.empty()) return std::nullopt;
  // Of the letters of both values only the colon has to be written otherwise in a form.
  auto request =
      HttpRequest::post(account.token_uri, "application/x-www-form-urlencoded",
                        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion);
  request.flags |= VESTITEL_HTTP_REPEATABLE;  // a second token hurts nobody
  request.timeout = timeout;
  request.max_answer = kLongestAnswer;
  return request;
}

Grant judge_grant(const HttpAnswerView& answer) {
  switch (sinks::outcome_of(answer)) {
    case sinks::Outcome::answered: break;
    case sinks::Outcome::untrusted:
      return {{}, Verdict::config_error("the token endpoint: TLS: " + std::string(answer.reason))};
    case sinks::Outcome::not_granted:
    case sinks::Outcome::malformed:
      return {{}, Verdict::config_error("the token endpoint: " + std::string(answer.reason))};
    case sinks::Outcome::called_off: return {{}, Verdict::retry("stopped before it was sent")};
    default: return {{}, Verdict::retry("no token: " + std::string(answer.reason), Scope::sink)};
  }
  const Json said = object_of(answer.body);
  const std::string why = words(answer, said);
  if (answer.status == 200) return token_of(answer, said);
  if (answer.status == 408 || answer.status == 429 || answer.status >= 500)
    return {{}, Verdict::retry(why, Scope::sink, sinks::stated_wait(answer))};
  return {{}, Verdict::config_error(why)};
}

}  // namespace vestitel::fcm
