#include "plugins/sinks/sms_http/profile_tests.hpp"

#include "plugins/sinks/sms_http/receipt.hpp"
#include "plugins/sinks/sms_http/verdicts.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::string_view kVerdicts[] = {"",          "accepted",     "delivered",    "retry",
                                          "permanent", "contact_dead", "config_error", "unknown"};
constexpr std::string_view kScopes[] = {"", "message", "recipient", "link", "sink"};

std::string outcome_of(const Profile& profile, const Test& test, const std::vector<std::string>& dead_errors) {
  if (test.of != Test::Of::receipt) {
    HttpAnswerView answer;
    answer.sent = true;
    answer.status = test.status;
    answer.body = test.body;
    if (test.of == Test::Of::status)
      return shown(judge_status(profile.status, answer, "own", profile.status.absent_after));
    return shown(judge(profile, answer, "own").verdict);
  }
  const HeardAll heard = read_receipts(profile.receipt, dead_errors, test.body, test.body, INT64_MAX);
  if (!heard.error.empty()) return "error: " + heard.error;
  std::string out;
  for (const HeardOne& one : heard.list)
    out.append(out.empty() ? "" : "\n")
        .append(one.id)
        .append(" ")
        .append(one.verdict ? shown(*one.verdict) : "accepted");
  return out;
}

}  // namespace

std::string shown(const Verdict& verdict) {
  std::string out(kVerdicts[verdict.kind()]);
  if (verdict.kind() == VESTITEL_ACCEPTED) out.append("(").append(verdict.provider_id()).append(")");
  if (verdict.kind() == VESTITEL_RETRY)
    out.append("(")
        .append(kScopes[static_cast<std::size_t>(verdict.scope())])
        .append(",")
        .append(std::to_string(verdict.after().count()))
        .append(")");
  return out;
}

void run_tests(const Profile& profile, const std::vector<std::string>& dead_errors) {
  for (const Test& test : profile.tests) {
    const std::string came = outcome_of(profile, test, dead_errors);
    std::string expect = test.expect;
    while (!expect.empty() && expect.back() == '\n') expect.pop_back();
    if (came != expect)
      throw Error::config("/profile", "line " + std::to_string(test.line) + ", column 1: test \"" + test.name +
                                          "\": expected " + expect + ", came " + came);
  }
}

}  // namespace vestitel::sms_http
