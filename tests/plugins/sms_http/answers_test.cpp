// Every row of the tables of answers, through the built plugin.
#include "tests/plugins/sms_http/sms_http_rig.hpp"

namespace vestitel::sms_http::test {
namespace {

struct Case {
  const char* profile;
  std::uint32_t code;
  std::string body;
  const char* verdict;  // "accepted(own)": under our own id
  bool alert = false;
};

const std::string kPage = "\n <!DOCTYPE HTML><html><body>Sign in</body></html>";
const std::string kUuid = "07033084-5cfd-4812-90a4-e4d24ffb6e3d";

std::string own_id_of(SinkRig& rig) {
  const std::string& url = rig.host.requests.at(0).headers.at("x-kannel-dlr-url");
  const std::size_t from = url.find("?id=") + 4;
  return url.substr(from, url.find('&', from) - from);
}

}  // namespace

TEST_CASE("an answer to a request becomes one verdict", "[sms-http]") {
  const auto c = GENERATE(values<Case>({
      // Kannel
      {"kannel", 202, "0: Accepted for delivery", "accepted(own)"},
      {"kannel", 202, "3: Queued for later delivery", "accepted(own)"},
      {"kannel", 202, "Sent.", "accepted(own)"},
      {"kannel", 202, "", "unknown", true},
      {"kannel", 202, "2: something new", "unknown", true},
      {"kannel", 200, "0: Accepted for delivery", "unknown", true},
      {"kannel", 202, kPage, "unknown", true},
      {"kannel", 202, "said 0: Accepted for delivery", "unknown", true},
      {"kannel", 403, "Authorization failed for sendsms", "config_error"},
      {"kannel", 404, "Unknown request", "config_error"},
      {"kannel", 400, "Missing receiver number, rejected", "permanent"},
      {"kannel", 400, "Empty receiver number not allowed, rejected", "permanent"},
      {"kannel", 400, "Number(s) has/have been denied by white- and/or black-lists.", "permanent"},
      {"kannel", 400, "Sender missing and no global set, rejected", "config_error"},
      {"kannel", 400, "Coding field misformed, rejected", "permanent", true},
      {"kannel", 500, "Sending failed.", "retry(sink,0)"},
      {"kannel", 503, "Temporal failure, try again later.", "retry(sink,0)"},
      // Jasmin
      {"jasmin", 200, "Success \"" + kUuid + "\"", "accepted(07033084-5cfd-4812-90a4-e4d24ffb6e3d)"},
      {"jasmin", 200, "Success \"\"", "unknown", true},
      {"jasmin", 200, "Success \"" + std::string(129, 'a') + "\"", "unknown", true},
      {"jasmin", 200, "Success \"07 OR 1=1\"", "unknown", true},
      {"jasmin", 200, "Error \"Success \"" + kUuid + "\"\"", "unknown", true},
      {"jasmin", 200, kPage, "unknown", true},
      {"jasmin", 202, "Success \"" + kUuid + "\"", "unknown", true},
      {"jasmin", 400, "Error \"Argument [to] has an invalid value: [x].\"", "permanent", true},
      {"jasmin", 403, "Error \"Authentication failure for username:vestitel\"", "config_error"},
      {"jasmin", 403, "Error \"Cannot charge submit_sm, check RouterPB log file for details\"", "config_error"},
      {"jasmin", 403, "Error \"User throughput exceeded\"", "retry(sink,1000)"},
      {"jasmin", 412, "Error \"No route found\"", "config_error"},
      {"jasmin", 412, "Error \"Failover route has no bound connectors\"", "retry(link,0)"},
      {"jasmin", 500, "Error \"Cannot send submit_sm, check SMPPClientManagerPB log file for details\"",
       "retry(sink,0)"},
      {"jasmin", 503, "Error \"InterceptorPB not connected !\"", "retry(sink,0)"},
      // any
      {"kannel", 204, "", "unknown", true},
      {"kannel", 301, "", "config_error"},
      {"kannel", 307, kPage, "config_error"},
      {"kannel", 401, "", "config_error"},
      {"kannel", 402, "", "config_error"},
      {"kannel", 403, "", "config_error"},
      {"jasmin", 404, "", "config_error"},
      {"kannel", 410, "", "config_error"},
      {"kannel", 407, "", "config_error"},
      {"kannel", 408, "", "retry(message,0)"},
      {"kannel", 425, "", "retry(message,0)"},
      {"kannel", 429, "", "retry(sink,0)"},
      {"kannel", 405, "", "permanent", true},
      {"kannel", 413, "", "permanent", true},
      {"kannel", 422, "", "permanent", true},
      {"kannel", 500, "", "retry(sink,0)"},
      {"kannel", 502, kPage, "retry(sink,0)"},
      {"jasmin", 504, "", "retry(sink,0)"},
  }));
  CAPTURE(c.profile, c.code, c.body);
  SinkRig rig(shipped(c.profile));
  rig.answer(status(c.code, c.body));
  const auto answers = rig.host.deliver({message("k1")});
  CHECK(answers.breaches.empty());
  REQUIRE(answers.verdicts.size() == 1);
  std::string wanted = c.verdict;
  if (wanted == "accepted(own)") wanted = "accepted(" + own_id_of(rig) + ")";
  CHECK(kind(answers.verdicts[0]) == wanted);
  CHECK(answers.verdicts[0].find("ivan") == std::string::npos);
  CHECK(rig.host.logs.size() == (c.alert ? 1 : 0));
}

TEST_CASE("a wait that the gateway states is kept with each retry, up to an hour", "[sms-http]") {
  struct Stated {
    const char* profile;
    std::uint32_t code;
    const char* body;
    std::int64_t after_ms;
    const char* verdict;
  };
  const auto c = GENERATE(values<Stated>({
      {"kannel", 429, "", 7000, "retry(sink,7000)"},
      {"kannel", 503, "Temporal failure, try again later.", 7000, "retry(sink,7000)"},
      {"kannel", 503, "", 999'999'000, "retry(sink,3600000)"},
      {"jasmin", 403, "Error \"User throughput exceeded\"", 3000, "retry(sink,3000)"},
      {"jasmin", 403, "Error \"User throughput exceeded\"", 0, "retry(sink,0)"},
  }));
  CAPTURE(c.profile, c.code, c.after_ms);
  SinkRig rig(shipped(c.profile));
  rig.answer(status(c.code, c.body, c.after_ms));
  CHECK(kind(rig.host.deliver({message("k1")}).verdicts.at(0)) == c.verdict);
}

TEST_CASE("where no answer came, what had left is unknown and what had not is a retry", "[sms-http]") {
  struct Lost {
    vestitel_rc rc;
    bool sent;
    const char* verdict;
  };
  const auto c = GENERATE(values<Lost>({
      {VESTITEL_E_RETRY, true, "unknown"},
      {VESTITEL_E_DATA, true, "unknown"},
      {VESTITEL_E_CANCELLED, true, "unknown"},
      {VESTITEL_E_RETRY, false, "retry(link,0)"},
      {VESTITEL_E_CANCELLED, false, "retry(message,0)"},
      {VESTITEL_E_CONFIG, false, "config_error"},
      {VESTITEL_E_DENIED, false, "config_error"},
  }));
  CAPTURE(c.rc, c.sent);
  SinkRig rig(shipped("kannel"));
  rig.answer(testing::none(c.rc, c.sent, "words of the host"));
  CHECK(kind(rig.host.deliver({message("k1")}).verdicts.at(0)) == c.verdict);
}

TEST_CASE("a body that did not end proves nothing: its status counts alone", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  FakeAnswer answer = status(202, "0: Accepted for delivery" + std::string(70'000, 'x'));
  answer.rc = VESTITEL_E_DATA;
  rig.answer(answer);
  CHECK(kind(rig.host.deliver({message("k1")}).verdicts.at(0)) == "unknown");
  answer.status = 503;
  rig.answer(answer);
  CHECK(kind(rig.host.deliver({message("k1")}).verdicts.at(0)) == "retry(sink,0)");
}

TEST_CASE("rows may ask a member of a JSON answer, and give every verdict", "[sms-http]") {
  const std::string profile = R"(
profile: 1
request: {json: {to: "{to}", text: "{text}"}}
answers:
  success: {status: [200, 201], json: messages.0.status, is: [PENDING, 'QUEUED*'], id: {json: messages.0.id}}
  errors:
    - {json: error.code, is: '1', verdict: accepted}
    - {json: error.code, is: '2', verdict: delivered}
    - {json: error.code, is: '3', verdict: retry, scope: recipient, after: 30}
    - {json: error.code, is: '4', verdict: permanent}
    - {json: error.code, is: '5', verdict: contact_dead}
    - {json: error.code, is: '6', verdict: config_error}
    - {json: error.code, is: '7', verdict: unknown}
    - {json: error, verdict: permanent}
    - {status: 500-502, verdict: retry, scope: message}
)";
  SinkRig rig(profile);
  const auto verdict = [&](std::uint32_t code, const std::string& body) {
    rig.answer(status(code, body));
    return kind(rig.host.deliver({message("k1")}).verdicts.at(0));
  };
  CHECK(verdict(201, R"({"messages":[{"id":42,"status":"PENDING"}]})") == "accepted(42)");
  CHECK(verdict(200, R"({"messages":[{"id":"a.b:c~d","status":"QUEUED"}]})") == "accepted(a.b:c~d)");
  CHECK(verdict(200, R"({"messages":[{"id":"","status":"PENDING"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"id":"a b","status":"PENDING"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"id":"a\r\nb","status":"PENDING"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"id":{"x":1},"status":"PENDING"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"status":"PENDING"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"id":"7","status":"PENDING_NOT"}]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[]})") == "unknown");
  CHECK(verdict(200, R"({"messages":[{"id":"7","status":"PENDING"})") == "unknown");
  CHECK(verdict(200, std::string(60'000, '[')) == "unknown");
  CHECK(verdict(400, R"({"error":{"code":1}})").rfind("accepted(", 0) == 0);
  CHECK(verdict(200, R"({"error":{"code":2}})") == "delivered");
  CHECK(verdict(200, R"({"error":{"code":"3"}})") == "retry(recipient,30000)");
  CHECK(verdict(200, R"({"error":{"code":4}})") == "permanent");
  CHECK(verdict(200, R"({"error":{"code":5}})") == "contact_dead(0)");
  CHECK(verdict(200, R"({"error":{"code":6}})") == "config_error");
  CHECK(verdict(200, R"({"error":{"code":7}})") == "unknown");
  CHECK(verdict(401, R"({"error":"x"})") == "permanent");
  CHECK(verdict(502, "") == "retry(message,0)");
  CHECK(verdict(503, "") == "retry(sink,0)");
}

TEST_CASE("no pattern hangs on a body, whoever wrote which", "[sms-http]") {
  std::string stars, words;
  for (int i = 0; i < 200; ++i) stars += "a*";
  for (int i = 0; i < 49; ++i) words += "*" + std::string(9, 'a');
  const std::string body = std::string(65'000, 'a') + "!";
  for (const std::string& pattern :
       {stars + "b", words + "*b*", "*" + std::string(480, 'a') + "b*", std::string("*a{value}*!?*")}) {
    CAPTURE(pattern);
    const std::string key = pattern.find("{value}") == std::string::npos ? "body: '" + pattern + "', id: own"
                                                                         : "id: {pattern: '" + pattern + "'}";
    SinkRig rig("profile: 1\nrequest: {form: {to: '{to}', text: '{text}'}}\nanswers:\n  success: {status: 200, " + key +
                "}\n");
    rig.answer(status(200, body));
    CHECK(kind(rig.host.deliver({message("k1")}).verdicts.at(0)) == "unknown");
  }
}

}  // namespace vestitel::sms_http::test
