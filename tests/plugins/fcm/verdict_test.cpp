// What the sink makes of each answer of FCM and of the token endpoint: a row of the table each.
#include "tests/plugins/fcm/fcm_rig.hpp"

namespace vestitel::fcm::test {
namespace {

struct Row {
  FakeAnswer answer;
  std::string verdict;  // "NOW" stands for the fake host's time
  bool alerts = false;
};

std::string with_now(std::string text, std::int64_t now_us) {
  if (const std::size_t at = text.find("NOW"); at != std::string::npos) text.replace(at, 3, std::to_string(now_us));
  return text;
}

constexpr char kHtml[] = "<!DOCTYPE html>\n<title>Error 502 (Server Error)!!1</title>";

}  // namespace

TEST_CASE("every row of the table of answers of FCM", "[fcm][verdicts]") {
  const auto invalid = [](const std::vector<json>& details, const std::string& text = "Words of the peer.") {
    return error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", details, text);
  };
  const json token = bad_request("message.token"), ttl = bad_request("message.android.ttl"),
             odd = bad_request("a field; of \"theirs\"");
  const std::string no_token = "The registration token is not a valid FCM registration token";
  const std::vector<Row> rows = {
      {taken(), std::string("accepted(") + kName + ")"},
      {status(200), "accepted()"},
      {status(200, kHtml), "accepted()"},
      {status(200, R"({"name":"two\nlines"})"), "accepted()"},
      // 400
      {status(400, invalid({ttl})), "permanent: FCM answered 400 INVALID_ARGUMENT of message.android.ttl", true},
      {status(400, invalid({token, ttl})), "permanent: FCM answered 400 INVALID_ARGUMENT of message.android.ttl", true},
      {status(400, invalid({odd})), "permanent: FCM answered 400 INVALID_ARGUMENT", true},
      {status(400, invalid({ttl}, no_token)), "permanent: FCM answered 400 INVALID_ARGUMENT of message.android.ttl",
       true},
      {status(400, invalid({token})), "contact_dead(NOW): FCM answered 400 INVALID_ARGUMENT: no registration token"},
      {status(400, error(400, "INVALID_ARGUMENT", "", {token})),
       "contact_dead(NOW): FCM answered 400 INVALID_ARGUMENT: no registration token"},
      {status(400, invalid({}, no_token)),
       "contact_dead(NOW): FCM answered 400 INVALID_ARGUMENT: no registration token"},
      {status(400, error(400, "INVALID_ARGUMENT", "", {}, no_token)), "permanent: FCM answered 400 INVALID_ARGUMENT"},
      {status(400, invalid({})), "permanent: FCM answered 400 INVALID_ARGUMENT"},
      {status(400, error(400, "FAILED_PRECONDITION", "", {token})), "permanent: FCM answered 400 FAILED_PRECONDITION",
       true},
      {status(400), "permanent: FCM answered 400", true},
      {status(400, kHtml), "permanent: FCM answered 400", true},
      // 401, 403, 404
      {status(401, error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR")),
       "config_error: FCM answered 401 THIRD_PARTY_AUTH_ERROR: the project's key for APNs or Web Push"},
      {status(401, error(401, "UNAUTHENTICATED")),
       "retry(link,0): FCM answered 401 UNAUTHENTICATED: the next token is a new one"},
      {status(401), "retry(link,0): FCM answered 401: the next token is a new one"},
      {status(403, error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")),
       "contact_dead(NOW): FCM answered 403 SENDER_ID_MISMATCH: registered with another project"},
      {status(403, error(403, "PERMISSION_DENIED")),
       "config_error: FCM answered 403 PERMISSION_DENIED: the account may not send for this project"},
      {status(403, kHtml), "config_error: FCM answered 403: the account may not send for this project"},
      {status(404, error(404, "NOT_FOUND", "UNREGISTERED")), "contact_dead(NOW): FCM answered 404 UNREGISTERED"},
      {status(404, error(404, "NOT_FOUND")), "config_error: FCM answered 404 NOT_FOUND: is the project's id right?"},
      {status(404, error(404, "UNREGISTERED")),
       "config_error: FCM answered 404 UNREGISTERED: is the project's id right?"},
      {status(404, kHtml), "config_error: FCM answered 404: is the project's id right?"},
      // 429
      {status(429, error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")),
       "retry(sink,60000): FCM answered 429 QUOTA_EXCEEDED"},
      {status(429, error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), 7000),
       "retry(sink,7000): FCM answered 429 QUOTA_EXCEEDED"},
      {status(429, error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", {quota("Message rate of the project.")}), 0),
       "retry(sink,0): FCM answered 429 QUOTA_EXCEEDED"},
      {status(429, error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", {quota("Device message rate exceeded.")}), 9000),
       "retry(recipient,9000): FCM answered 429 QUOTA_EXCEEDED"},
      {status(429, kHtml, 86'400'000), "retry(sink,3600000): FCM answered 429"},
      // 5xx
      {status(500, error(500, "INTERNAL", "INTERNAL")), "retry(message,0): FCM answered 500 INTERNAL"},
      {status(500, kHtml), "retry(sink,0): FCM answered 500"},
      {status(503, error(503, "UNAVAILABLE", "UNAVAILABLE")), "retry(sink,0): FCM answered 503 UNAVAILABLE"},
      {status(503, error(503, "UNAVAILABLE", "UNAVAILABLE"), 7000), "retry(sink,7000): FCM answered 503 UNAVAILABLE"},
      {status(502, kHtml), "retry(sink,0): FCM answered 502"},
      {status(504), "retry(sink,0): FCM answered 504"},
      {status(599, "\xFF\xFE{"), "retry(sink,0): FCM answered 599"},
      // what the table has not
      {status(302), "config_error: FCM answered 302, and redirects are not followed"},
      {status(405), "permanent: FCM answered 405", true},
      {status(408, "", 2000), "retry(message,2000): FCM answered 408"},
      {status(413), "permanent: FCM answered 413", true},
      {status(404, error(404, "NOT_FOUND", "THEIR_SECRET")),
       "config_error: FCM answered 404: is the project's id right?"},
      // no answer
      {none(VESTITEL_E_RETRY, false, "refused"), "retry(link,0): not sent: refused"},
      {none(VESTITEL_E_CONFIG, false, "a certificate"), "config_error: TLS: a certificate"},
      {none(VESTITEL_E_DENIED, false, "not granted"), "config_error: not granted"},
      {none(VESTITEL_E_RETRY, true, "timeout"), "unknown: sent, and no answer: timeout"},
      {none(VESTITEL_E_CANCELLED, true, "stop"), "unknown: sent, and no answer: stop"},
      {none(VESTITEL_E_CANCELLED, false, "stop"), "retry(message,0): stopped before it was sent"},
  };
  Rig rig;
  for (const Row& row : rows) {
    CAPTURE(row.answer.status, row.answer.body);
    rig.verdict_on(taken());  // the token is a good one
    rig.host.logs.clear();
    CHECK(rig.verdict_on(row.answer) == with_now(row.verdict, rig.host.now_us));
    CHECK(rig.host.logs.size() == (row.alerts ? 1U : 0U));
  }
  FakeAnswer flood = taken();
  flood.rc = VESTITEL_E_DATA;
  flood.body.clear();
  CHECK(rig.verdict_on(flood) == "accepted()");
}

TEST_CASE("what FCM did not understand is logged by known words alone", "[fcm][verdicts]") {
  Rig rig;
  rig.verdict_on(status(400, error(400, "INVALID_ARGUMENT", "", {bad_request("message.android.ttl")})));
  rig.verdict_on(status(400, error(400, kDevice, kDevice, {bad_request(std::string("message.") + kDevice)}, kDevice)));
  const std::string level = std::to_string(VESTITEL_LOG_ERROR);
  CHECK(rig.host.logs == std::vector<std::string>{
                             level + " fcm_not_understood status=400 code=INVALID_ARGUMENT field=message.android.ttl",
                             level + " fcm_not_understood status=400 code= field="});
}

TEST_CASE("an answer of any shape is survived", "[fcm][verdicts]") {
  std::vector<std::string> bodies = {"",
                                     "null",
                                     "[]",
                                     "\"x\"",
                                     "7",
                                     "{",
                                     R"({"error":null})",
                                     R"({"error":[]})",
                                     R"({"error":"x"})",
                                     R"({"error":{"details":{}}})",
                                     R"({"error":{"details":"x"}})",
                                     R"({"error":{"details":[null,7,"x",[],{}]}})",
                                     R"({"error":{"status":7,"message":[],"details":[{"@type":7}]}})",
                                     std::string(60'000, '[')};
  bodies.push_back(json{
      {"error",
       {{"details", json::array({{{"@type", "google.rpc.BadRequest"}, {"fieldViolations", 7}},
                                 {{"@type", "google.rpc.QuotaFailure"}, {"violations", json::array({7, nullptr})}}})}}}}
                       .dump());
  Rig rig;
  for (const std::string& body : bodies) {
    CAPTURE(body.substr(0, 80));
    CHECK(rig.verdict_on(status(404, body)) == "config_error: FCM answered 404: is the project's id right?");
    CHECK(rig.verdict_on(status(502, body)) == "retry(sink,0): FCM answered 502");
    CHECK(rig.verdict_on(status(200, body)) == "accepted()");
  }
}

TEST_CASE("every row of the table of answers of the token endpoint", "[fcm][verdicts]") {
  const auto oauth = [](const char* word) {
    return json{{"error", word}, {"error_description", "Their words."}}.dump();
  };
  const std::string told = ": the token endpoint answered ";
  const std::vector<Row> rows = {
      {status(400, oauth("invalid_grant")), "config_error" + told + "400: invalid_grant"},
      {status(401, oauth("invalid_client")), "config_error" + told + "401: invalid_client"},
      {status(400, oauth("their secret")), "config_error" + told + "400"},
      {status(403, kHtml), "config_error" + told + "403"},
      {status(404), "config_error" + told + "404"},
      {status(302), "config_error" + told + "302"},
      {status(408), "retry(sink,0)" + told + "408"},
      {status(429, "", 7000), "retry(sink,7000)" + told + "429"},
      {status(500, oauth("internal_failure")), "retry(sink,0)" + told + "500"},
      {status(502, kHtml), "retry(sink,0)" + told + "502"},
      {status(503, "", 86'400'000), "retry(sink,3600000)" + told + "503"},
      {status(200), "retry(sink,0)" + told + "200 without a token"},
      {status(200, kHtml), "retry(sink,0)" + told + "200 without a token"},
      {status(200, R"({"access_token":"x"})"), "retry(sink,0)" + told + "200 without a token"},
      {status(200, R"({"access_token":"x","expires_in":0})"), "retry(sink,0)" + told + "200 without a token"},
      {status(200, R"({"access_token":"x","expires_in":"3599"})"), "retry(sink,0)" + told + "200 without a token"},
      {status(200, R"({"access_token":"a\r\nb","expires_in":3599})"), "retry(sink,0)" + told + "200 without a token"},
      {status(200, R"({"access_token":7,"expires_in":3599})"), "retry(sink,0)" + told + "200 without a token"},
      {none(VESTITEL_E_RETRY, false, "refused"), "retry(sink,0): no token: refused"},
      {none(VESTITEL_E_RETRY, true, "timeout"), "retry(sink,0): no token: timeout"},
      {none(VESTITEL_E_CONFIG, false, "a certificate"), "config_error: the token endpoint: TLS: a certificate"},
      {none(VESTITEL_E_DENIED, false, "not granted"), "config_error: the token endpoint: not granted"},
      {none(VESTITEL_E_CANCELLED, false, "stop"), "retry(message,0): stopped before it was sent"},
  };
  Rig rig;
  for (const Row& row : rows) {
    CAPTURE(row.answer.status, row.answer.body);
    rig.host.requests.clear();
    rig.grant = [&] { return row.answer; };
    const Answers answers = rig.host.deliver({message("a"), message("b")});
    CHECK(answers.verdicts == std::vector<std::string>(2, row.verdict));
    CHECK(answers.begun == std::vector<bool>(2, false));
    CHECK(rig.host.requests.size() == 1);
  }
}

}  // namespace vestitel::fcm::test
