// What the sink makes of each answer of APNs: a row of the table each.
#include "tests/plugins/apns/apns_rig.hpp"

namespace vestitel::apns::test {
namespace {

struct Row {
  FakeAnswer answer;
  std::string verdict;  // "NOW" stands for the fake host's time
  bool alerts = false;
};

std::string told(std::uint32_t number, const std::string& reason) {
  return ": APNs answered " + std::to_string(number) + (reason.empty() ? "" : " " + reason);
}
Row row(std::uint32_t number, const std::string& reason, const std::string& verdict, const std::string& more = "",
        bool alerts = false) {
  return {refused(number, reason), verdict + told(number, reason) + more, alerts};
}

}  // namespace

TEST_CASE("every row of the table of answers of APNs", "[apns][verdicts]") {
  std::vector<Row> rows = {
      {taken(), "accepted(eabeae54-14a8-8e65-9be6-ae5414a8ae65)"},
      row(400, "IdleTimeout", "retry(link,0)"),
      row(403, "ExpiredProviderToken", "config_error", ": a fresh one; is the clock right?"),
      row(410, "Unregistered", "contact_dead(NOW)"),
      row(410, "ExpiredToken", "contact_dead(NOW)"),
      {refused(410, "Unregistered", 1'795'000'000'000), "contact_dead(1795000000000000)" + told(410, "Unregistered")},
      {refused(410, "ExpiredToken", 9'999'999'999'999), "contact_dead(NOW)" + told(410, "ExpiredToken")},
      row(413, "PayloadTooLarge", "permanent"),
      row(429, "TooManyRequests", "retry(recipient,0)"),
      row(429, "TooManyProviderTokenUpdates", "retry(sink,1200000)", ": does another sender use the team's key?", true),
      row(500, "InternalServerError", "retry(message,900000)"),
      row(503, "ServiceUnavailable", "retry(sink,900000)"),
      row(503, "Shutdown", "retry(link,0)"),
      {none(VESTITEL_E_RETRY, false, "refused"), "retry(link,0): not sent: refused"},
      {none(VESTITEL_E_CONFIG, false, "a certificate"), "config_error: TLS: a certificate"},
      {none(VESTITEL_E_RETRY, true, "timeout"), "unknown: sent, and no answer: timeout"},
  };
  for (const char* reason : {"BadDeviceToken", "DeviceTokenNotForTopic"})
    rows.push_back(row(400, reason, "contact_dead(NOW)"));
  for (const char* reason : {"PayloadEmpty", "BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority",
                             "DuplicateHeaders", "InvalidPushType", "MissingDeviceToken"})
    rows.push_back(row(400, reason, "permanent", "", true));
  for (const char* reason : {"BadTopic", "MissingTopic", "TopicDisallowed"})
    rows.push_back(row(400, reason, "config_error"));
  for (const char* reason : {"InvalidProviderToken", "MissingProviderToken", "BadCertificate",
                             "BadCertificateEnvironment", "BadEnvironmentKeyInToken", "Forbidden"})
    rows.push_back(row(403, reason, "config_error"));
  rows.push_back(row(404, "BadPath", "permanent", "", true));
  rows.push_back(row(405, "MethodNotAllowed", "permanent", "", true));
  // What nobody foresaw goes by its class, and its words are not repeated; a reason belongs to its status.
  for (const std::uint32_t number : {400U, 401U, 403U, 410U, 418U})
    for (const char* reason : {"", "TheirSecret", "Shutdown"})
      rows.push_back({refused(number, reason), "permanent" + told(number, ""), true});
  for (const std::uint32_t number : {500U, 502U, 503U, 599U})
    for (const char* reason : {"", "TheirSecret", "Unregistered"})
      rows.push_back({refused(number, reason), "retry(sink,0)" + told(number, "")});
  rows.push_back({refused(302), "config_error" + told(302, "") + ", and redirects are not followed"});
  for (const Row& one : rows) {
    Rig rig;
    CAPTURE(one.answer.status, one.answer.body);
    std::string expected = one.verdict;
    if (const auto at = expected.find("NOW"); at != std::string::npos)
      expected.replace(at, 3, std::to_string(rig.host.now_us));
    CHECK(rig.verdict_on(one.answer) == expected);
    CHECK(rig.host.logs.size() == (one.alerts ? 1U : 0U));
  }
}

TEST_CASE("a stated wait is kept, and an answer of any shape survived", "[apns][verdicts]") {
  FakeAnswer busy = refused(429, "TooManyRequests"), away = refused(503);
  busy.retry_after_ms = 9000;
  away.retry_after_ms = 86'400'000;
  CHECK(Rig().verdict_on(busy) == "retry(recipient,9000): APNs answered 429 TooManyRequests");
  CHECK(Rig().verdict_on(away) == "retry(sink,3600000): APNs answered 503");
  for (const char* body : {"null", "[]", "{", "\xFF", R"({"reason":7})", R"({"reason":["Unregistered"]})",
                           R"({"reason":null,"timestamp":"x"})", "<html>"}) {
    FakeAnswer odd = refused(410);
    odd.body = body;
    CHECK(Rig().verdict_on(odd) == "permanent: APNs answered 410");
  }
  FakeAnswer since = refused(410);
  since.body = R"({"reason":"Unregistered","timestamp":-5})";
  Rig rig;
  CHECK(rig.verdict_on(since) ==
        "contact_dead(" + std::to_string(rig.host.now_us) + "): APNs answered 410 Unregistered");
}

TEST_CASE("what answers without HTTP/2 is not APNs", "[apns][verdicts]") {
  for (const std::uint32_t number : {200U, 410U}) {
    FakeAnswer old = refused(number, "Unregistered");
    old.http_version = 11;
    CHECK(Rig().verdict_on(old) == "config_error: what answered speaks no HTTP/2: it is not APNs");
  }
  FakeAnswer old = taken();
  old.http_version = 11;
  Rig trial(settings(R"(,"endpoint":"http://127.0.0.1:8080")"));  // without TLS nobody can
  CHECK(count({trial.verdict_on(old)}, "accepted") == 1);
}

}  // namespace vestitel::apns::test
