#include "plugins/sinks/fcm/verdicts.hpp"

#include <utility>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/fcm/answer.hpp"

namespace vestitel::fcm {
namespace {

constexpr std::chrono::milliseconds kQuotaWait = std::chrono::seconds(60);

struct Case {
  const HttpAnswerView& answer;
  const Said& said;
  std::int64_t now_us;
  std::string why;
};

Judgement of_400(const Case& c) {
  if (c.said.blames_other)
    return {Verdict::permanent(c.why + (c.said.field.empty() ? "" : " of " + c.said.field)), Note::alert};
  const bool argument = c.said.code == "INVALID_ARGUMENT";
  if (argument && (c.said.blames_token || (c.said.has_code && c.said.names_token)))
    return {Verdict::contact_dead(c.why + ": no registration token", c.now_us)};
  return {Verdict::permanent(c.why), argument ? Note::none : Note::alert};
}

Judgement of_401(const Case& c) {
  if (c.said.code == "THIRD_PARTY_AUTH_ERROR")
    return {Verdict::config_error(c.why + ": the project's key for APNs or Web Push")};
  return {Verdict::retry(c.why + ": the next token is a new one", Scope::link), Note::token_refused};
}

Judgement of_403(const Case& c) {
  if (c.said.code == "SENDER_ID_MISMATCH")
    return {Verdict::contact_dead(c.why + ": registered with another project", c.now_us)};
  return {Verdict::config_error(c.why + ": the account may not send for this project")};
}

Judgement of_404(const Case& c) {
  if (c.said.has_code && c.said.code == "UNREGISTERED") return {Verdict::contact_dead(c.why, c.now_us)};
  return {Verdict::config_error(c.why + ": is the project's id right?")};
}

Judgement of_429(const Case& c) {
  const bool stated = c.answer.retry_after_ms >= 0;
  return {Verdict::retry(c.why, c.said.of_device ? Scope::recipient : Scope::sink,
                         stated ? sinks::stated_wait(c.answer) : kQuotaWait)};
}

Judgement of_status(const Case& c) {
  const std::uint32_t status = c.answer.status;
  if (status < 300) return {Verdict::accepted(c.said.name)};
  if (status < 400) return {Verdict::config_error(c.why + ", and redirects are not followed")};
  switch (status) {
    case 400: return of_400(c);
    case 401: return of_401(c);
    case 403: return of_403(c);
    case 404: return of_404(c);
    case 408: return {Verdict::retry(c.why, Scope::message, sinks::stated_wait(c.answer))};
    case 429: return of_429(c);
    default: break;
  }
  if (status < 500) return {Verdict::permanent(c.why), Note::alert};
  const Scope scope = status == 500 && c.said.error ? Scope::message : Scope::sink;
  return {Verdict::retry(c.why, scope, sinks::stated_wait(c.answer))};
}

}  // namespace

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us) {
  if (sinks::outcome_of(answer) != sinks::Outcome::answered) return {sinks::unanswered(answer, Scope::link)};
  const Said said = parse_answer(answer.body);
  std::string why = "FCM answered " + std::to_string(answer.status);
  if (!said.code.empty()) why += ' ' + said.code;
  Judgement out = of_status({answer, said, now_us, std::move(why)});
  out.code = said.code;
  out.field = said.field;
  return out;
}

}  // namespace vestitel::fcm
