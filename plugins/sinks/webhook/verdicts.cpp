#include "plugins/sinks/webhook/verdicts.hpp"

#include <nlohmann/json.hpp>

#include "plugins/sinks/common/http_answer.hpp"

namespace vestitel::webhook {
namespace {

// "id" of an answer that is a JSON object; "" where there is none.
std::string id_in(std::string_view body) {
  if (body.empty()) return {};
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= 1; };
  const auto answer = nlohmann::json::parse(body, shallow, false);
  if (!answer.is_object()) return {};
  const auto found = answer.find("id");
  return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_known(const HttpAnswerView& answer, std::string_view id) {
  return answer.header("webhook-id") == id || id_in(answer.body) == id;
}

// A registered URL holds up nobody but its owner.
Scope wide(Owner owner, Scope scope) { return owner == Owner::recipient ? Scope::recipient : scope; }

Verdict judge_unanswered(const HttpAnswerView& answer, Owner owner) {
  const sinks::Outcome outcome = sinks::outcome_of(answer);
  const bool of_the_url = outcome == sinks::Outcome::untrusted || outcome == sinks::Outcome::not_granted;
  if (of_the_url && owner == Owner::recipient)
    return Verdict::permanent("the registered URL: " + std::string(answer.reason));
  return sinks::unanswered(answer, wide(owner, Scope::link));
}

Judgement judge_refusal(const HttpAnswerView& answer, std::string_view id, Owner owner, const std::string& why) {
  const bool registered = owner == Owner::recipient;
  switch (answer.status) {
    case 401:
    case 403:
    case 407: return {Verdict::config_error(why)};
    case 404: return {registered ? Verdict::permanent(why) : Verdict::config_error(why)};
    case 408:
    case 425: return {Verdict::retry(why, Scope::message, sinks::stated_wait(answer))};
    case 409:
      if (is_known(answer, id)) return {Verdict::accepted(std::string(id))};
      return {Verdict::retry(why + " without naming the message", Scope::message, sinks::stated_wait(answer))};
    case 410: return {registered ? Verdict::contact_dead(why) : Verdict::config_error(why)};
    case 429: return {Verdict::retry(why, wide(owner, Scope::sink), sinks::stated_wait(answer))};
    default: return {Verdict::permanent(why), true};
  }
}

}  // namespace

Judgement judge(const HttpAnswerView& answer, std::string_view id, Owner owner) {
  if (sinks::outcome_of(answer) != sinks::Outcome::answered) return {judge_unanswered(answer, owner)};
  const std::string why = sinks::answered_with("receiver", answer);
  if (answer.status < 300) return {Verdict::accepted(sinks::provider_id(id_in(answer.body), id))};
  if (answer.status < 400) {
    const std::string leads = why + ", and redirects are not followed";
    return {owner == Owner::recipient ? Verdict::permanent(leads) : Verdict::config_error(leads)};
  }
  if (answer.status < 500) return judge_refusal(answer, id, owner, why);
  return {Verdict::retry(why, wide(owner, Scope::sink), sinks::stated_wait(answer))};
}

}  // namespace vestitel::webhook
