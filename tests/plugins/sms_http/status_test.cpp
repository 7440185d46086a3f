// What the gateway says when it is asked about a message whose answer was lost.
#include "tests/plugins/sms_http/sms_http_rig.hpp"

namespace vestitel::sms_http::test {
namespace {

const std::string kSending =
    "profile: 1\n"
    "request: {path: /send, form: {to: '{to}', text: '{text}', ref: '{id}', key: '{token}'}}\n"
    "answers: {success: {status: 200, id: {json: id}}}\n";

std::string profile(const std::string& status) { return kSending + "status:\n" + status; }

const std::string kStatus = profile(
    "  request: {method: GET, path: '/messages/{id}', headers: {Authorization: 'Bearer {token}'}}\n"
    "  found: {status: 200, json: state, is: [QUEUED, SENT], id: {json: id}}\n"
    "  rows:\n"
    "    - {status: 200, json: state, is: DELIVERED, verdict: delivered}\n"
    "    - {status: 200, json: state, is: REJECTED, verdict: permanent}\n"
    "    - {status: 404, json: error, is: no_such_reference, verdict: retry}\n"
    "  absent_after: 30\n"
    "tests:\n"
    "  - {name: there, asked: {status: 200, body: '{\"state\":\"SENT\",\"id\":\"m1\"}'}, expect: accepted(m1)}\n"
    "  - {name: absent, asked: {status: 404, body: '{\"error\":\"no_such_reference\"}'}, expect: 'retry(message,0)'}\n"
    "  - {name: page, asked: {status: 404, body: '<html>'}, expect: unknown}\n");

std::string refusal(const std::string& text) {
  FakeHost host(testing::load(VESTITEL_SMS_HTTP_SINK));
  host.secrets = {{"token", "t0ken"}};
  const auto begun = host.begin(settings_with(text));
  CHECK(begun.rc == VESTITEL_E_CONFIG);
  return begun.message;
}

testing::TestDoubt doubt(const SinkRig& rig, int seconds_ago) {
  testing::TestDoubt one{"k1"};
  one.sent_us = rig.host.now_us - std::int64_t{seconds_ago} * 1'000'000;
  return one;
}

}  // namespace

TEST_CASE("a gateway is asked by the id that went along, and by nothing of the person", "[sms-http][ask]") {
  SinkRig rig(kStatus);
  rig.answer(status(500));
  rig.host.deliver({message("k1")});
  REQUIRE(rig.host.requests.size() == 1);
  const std::string sent = rig.host.requests[0].body;
  const std::string id = sent.substr(sent.find("ref=") + 4, 32);
  rig.host.requests.clear();
  const auto answers = rig.host.ask({doubt(rig, 60)});
  CHECK(answers.breaches.empty());
  REQUIRE(rig.host.requests.size() == 1);
  const FakeRequest& asked = rig.host.requests[0];
  CHECK(asked.method == "GET");
  CHECK(asked.url == "https://sms.example.bg/messages/" + id);
  CHECK(asked.headers == std::map<std::string, std::string>{{"authorization", "Bearer t0ken"}});
  CHECK(asked.body.empty());
  CHECK(asked.message == VESTITEL_HTTP_NO_MESSAGE);
  CHECK((asked.flags & VESTITEL_HTTP_REPEATABLE) != 0);  // it changes nothing there
}

TEST_CASE("only words of the gateway itself say what became of a message", "[sms-http][ask]") {
  struct Case {
    std::uint32_t status;
    const char* body;
    int seconds_ago;
    const char* verdict;
  };
  const auto c = GENERATE(values<Case>({
      {200, R"({"state":"SENT","id":"m-17"})", 1, "accepted(m-17)"},
      {200, R"({"state":"QUEUED"})", 1, "unknown"},  // without an id it could not be found again
      {200, R"({"state":"DELIVERED","id":"m-17"})", 1, "delivered"},
      {200, R"({"state":"REJECTED"})", 1, "permanent"},
      {200, R"({"state":"new word"})", 60, "unknown"},
      {404, R"({"error":"no_such_reference"})", 60, "retry(message,0)"},
      {404, R"({"error":"no_such_reference"})", 30, "retry(message,0)"},
      {404, R"({"error":"no_such_reference"})", 29, "unknown"},  // it may still be on its way in
      {404, "<html>", 60, "unknown"},
      {404, "", 60, "unknown"},
      {401, "", 60, "unknown"},
      {429, "", 60, "unknown"},
      {503, "", 60, "unknown"},
  }));
  CAPTURE(c.status, c.body, c.seconds_ago);
  SinkRig rig(kStatus);
  rig.answer(status(c.status, c.body));
  CHECK(kind(rig.host.ask({doubt(rig, c.seconds_ago)}).verdicts.at(0)) == c.verdict);
}

TEST_CASE("a gateway that cannot be reached, or whose answer was cut, has said nothing", "[sms-http][ask]") {
  SinkRig rig(kStatus);
  FakeAnswer answer = status(404, R"({"error":"no_such_reference"})");
  SECTION("not reached") {
    answer.rc = VESTITEL_E_RETRY;
    answer.sent = false;
    answer.status = 0;
  }
  SECTION("cut") { answer.rc = VESTITEL_E_DATA; }
  rig.answer(answer);
  CHECK(kind(rig.host.ask({doubt(rig, 60)}).verdicts.at(0)) == "unknown");
}

TEST_CASE("without a status in its profile nobody can be asked", "[sms-http][ask]") {
  SinkRig rig(kSending);
  const auto answers = rig.host.ask({doubt(rig, 60)});
  CHECK(answers.rc == VESTITEL_E_CONFIG);
  CHECK(answers.field_path == "/profile");
  CHECK(rig.host.requests.empty());
}

TEST_CASE("a status that could not prove anything is refused", "[sms-http][ask]") {
  struct Bad {
    std::string profile, error;
  };
  const std::string found = "  found: {status: 200, id: {json: id}}\n";
  const std::string by_id = "  request: {path: /s, query: {ref: '{id}'}}\n";
  const auto c = GENERATE_COPY(values<Bad>({
      {profile("  request: {path: /s}\n" + found), "{id} is expected: the gateway is asked by it"},
      {profile("  request: {path: /s, query: {ref: '{id}', to: '{to}'}}\n" + found),
       "a message is asked about by {id} alone"},
      {profile(by_id), "status: found is missing"},
      {profile(by_id + found + "  rows: [{status: 404, verdict: retry}]\n"),
       "body or json is expected: a status alone proves nothing"},
      {profile(by_id + found + "  rows: [{body: 'x', verdict: contact_dead}]\n"),
       "verdict delivered, retry (it is not there), permanent or unknown is expected"},
      {profile(by_id + found + "  absent_after: -1\n"), "a whole number from 0 to 86400 is expected"},
      {"profile: 1\nrequest: {form: {to: '{to}', text: '{text}'}}\nanswers: {success: {status: 200, id: {json: id}}}\n"
       "status:\n" +
           by_id + found,
       "{id} is expected in the request of a message too"},
      {kSending + "tests: [{name: a, asked: {status: 200}, expect: unknown}]\n", "the profile has no status"},
  }));
  CAPTURE(c.profile);
  CHECK(refusal(c.profile).find(c.error) != std::string::npos);
}

TEST_CASE("a profile whose status comes to something else does not start", "[sms-http][ask]") {
  std::string wrong = kStatus;
  wrong.replace(wrong.find("is: no_such_reference"), 21, "is: other");
  CHECK(refusal(wrong).find("test \"absent\": expected retry(message,0), came unknown") != std::string::npos);
}

}  // namespace vestitel::sms_http::test
