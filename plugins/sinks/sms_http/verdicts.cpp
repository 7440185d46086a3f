#include "plugins/sinks/sms_http/verdicts.hpp"

#include <algorithm>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/sms_http/json_value.hpp"

namespace vestitel::sms_http {
namespace {

// The body, read as JSON once and only where a profile asks for it.
class Body {
 public:
  explicit Body(std::string_view text) : text_(text) {}
  std::string_view text() const { return text_; }
  std::optional<std::string> at(const JsonPath& path) {
    if (!json_) json_ = read_json(text_);
    return text_at(*json_, path);
  }

 private:
  std::string_view text_;
  std::optional<nlohmann::json> json_;
};

bool fits(const Condition& condition, std::uint32_t status, Body& body) {
  if (!condition.status.has(status)) return false;
  if (!any_fits(condition.body, body.text())) return false;
  if (condition.json.empty()) return true;
  const auto value = body.at(condition.json);
  return value && any_fits(condition.is, *value);
}

// Empty: there is none that could be one.
std::string id_of(const Success& success, Body& body, std::string_view own_id) {
  if (success.own_id) return std::string(own_id);
  const auto given = success.id_pattern ? success.id_pattern->value_in(body.text()) : body.at(success.id_json);
  return given ? sinks::provider_id(*given, {}) : std::string();
}

Verdict verdict_of(const Row& row, const HttpAnswerView& answer, std::string_view own_id, const std::string& why) {
  switch (row.verdict) {
    case VESTITEL_ACCEPTED: return Verdict::accepted(std::string(own_id));
    case VESTITEL_DELIVERED: return Verdict::delivered();
    case VESTITEL_RETRY:
      return Verdict::retry(why, row.scope, answer.retry_after_ms >= 0 ? sinks::stated_wait(answer) : row.after);
    case VESTITEL_CONTACT_DEAD: return Verdict::contact_dead(why);
    case VESTITEL_CONFIG_ERROR: return Verdict::config_error(why);
    case VESTITEL_UNKNOWN: return Verdict::unknown(why);
    default: return Verdict::permanent(why);
  }
}

// A page, as of a proxy or a portal.
bool is_page(std::string_view body) {
  const std::size_t start = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start == std::string_view::npos || body[start] != '<') return false;
  std::string head(body.substr(start, 512));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return head.find("<html") != std::string::npos || head.find("<!doctype html") != std::string::npos;
}

// What holds for every gateway.
Judgement judge_any(const HttpAnswerView& answer, std::string_view body, const std::string& why) {
  if (answer.status < 300) {
    // A proxy may have answered, or the provider in another form: nobody can prove either.
    if (is_page(body)) return {Verdict::unknown(why + " with a web page"), true};
    return {Verdict::unknown(why + ", and neither success nor error of the profile"), true};
  }
  if (answer.status < 400) return {Verdict::config_error(why + ", and redirects are not followed")};
  switch (answer.status) {
    case 401:
    case 402:
    case 403:
    case 404:
    case 407:
    case 410: return {Verdict::config_error(why)};
    case 408:
    case 425: return {Verdict::retry(why, Scope::message, sinks::stated_wait(answer))};
    case 429: return {Verdict::retry(why, Scope::sink, sinks::stated_wait(answer))};
    default: break;
  }
  if (answer.status >= 500) return {Verdict::retry(why, Scope::sink, sinks::stated_wait(answer))};
  return {Verdict::permanent(why), true};
}

}  // namespace

Judgement judge(const Profile& profile, const HttpAnswerView& answer, std::string_view own_id) {
  if (sinks::outcome_of(answer) != sinks::Outcome::answered) return {sinks::unanswered(answer)};
  const std::string why = sinks::answered_with("gateway", answer);
  // A body that did not end says nothing.
  Body body(answer.rc == VESTITEL_OK ? answer.body : std::string_view());
  if (fits(profile.success.when, answer.status, body)) {
    std::string id = id_of(profile.success, body, own_id);
    if (!id.empty()) return {Verdict::accepted(std::move(id))};
  }
  for (const Row& row : profile.rows)
    if (fits(row.when, answer.status, body)) return {verdict_of(row, answer, own_id, why), row.alert};
  return judge_any(answer, body.text(), why);
}

Verdict judge_status(const StatusShape& shape, const HttpAnswerView& answer, std::string_view own_id,
                     std::chrono::microseconds since) {
  if (sinks::outcome_of(answer) != sinks::Outcome::answered) return Verdict::unknown("the gateway could not be asked");
  const std::string why = "asked about it, the " + sinks::answered_with("gateway", answer);
  Body body(answer.rc == VESTITEL_OK ? answer.body : std::string_view());
  if (fits(shape.found.when, answer.status, body)) {
    std::string id = id_of(shape.found, body, own_id);
    if (!id.empty()) return Verdict::accepted(std::move(id));
  }
  for (const Row& row : shape.rows) {
    if (!fits(row.when, answer.status, body)) continue;
    if (row.verdict == VESTITEL_DELIVERED) return Verdict::delivered();
    if (row.verdict == VESTITEL_PERMANENT) return Verdict::permanent(why);
    if (row.verdict == VESTITEL_RETRY && since >= shape.absent_after) return Verdict::retry(why);
    break;
  }
  return Verdict::unknown(why);
}

}  // namespace vestitel::sms_http
