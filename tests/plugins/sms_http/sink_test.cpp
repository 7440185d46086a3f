// What is sent, to whom, and what is not.
#include "tests/plugins/sms_http/decode.hpp"
#include "tests/plugins/sms_http/sms_http_rig.hpp"

namespace vestitel::sms_http::test {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string kCyrillic = "Имате ново отчетено събитие. Вижте го след вход в приложението на НЗОК!";
const std::string kAny = "answers: {success: {status: 200, id: {pattern: 'OK {value}'}}}\n";

std::string refusal(const std::string& profile, const nlohmann::json& more,
                    const std::map<std::string, std::string>& secrets = {{"password", "p"}, {"token", "t"}}) {
  FakeHost host(testing::load(VESTITEL_SMS_HTTP_SINK));
  host.secrets = secrets;
  const auto begun = host.begin(settings_with(profile, more));
  CHECK(begun.rc == (begun.field_path.empty() ? VESTITEL_OK : VESTITEL_E_CONFIG));
  return begun.field_path;
}

FakeRequest sent(SinkRig& rig, const TestMessage& m) {
  rig.host.requests.clear();
  CHECK(rig.host.deliver({m}).breaches.empty());
  REQUIRE(rig.host.requests.size() == 1);
  return rig.host.requests[0];
}

}  // namespace

TEST_CASE("kannel: number, text and password stand in no URL", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  const FakeRequest request = sent(rig, message("k1", kCyrillic));
  CHECK(request.method == "POST");
  CHECK(request.url == "https://sms.example.bg/cgi-bin/sendsms");
  CHECK(request.body == kCyrillic);
  CHECK(request.message == 0);
  CHECK((request.flags & VESTITEL_HTTP_REPEATABLE) == 0);
  std::string id = request.headers.at("x-kannel-dlr-url");
  id = id.substr(id.find("?id=") + 4, 32);
  CHECK(request.headers == std::map<std::string, std::string>{
                               {"content-type", "text/plain; charset=UTF-8"},
                               {"x-kannel-coding", "2"},
                               {"x-kannel-dlr-mask", "31"},
                               {"x-kannel-dlr-url", kReceiptUrl + ("?id=" + id) + "&state=%d&answer=%A&time=%T"},
                               {"x-kannel-from", "NZOK"},
                               {"x-kannel-password", "p&w=\"}"},
                               {"x-kannel-to", "+359888000001"},
                               {"x-kannel-username", "vestitel"},
                               {"x-kannel-validity", "1440"}});
  CHECK(sent(rig, message("k1", "Hello {a} €")).headers.at("x-kannel-coding") == "0");
}

TEST_CASE("jasmin: a form, and what is not of the GSM alphabet as it has to arrive", "[sms-http]") {
  SinkRig rig(shipped("jasmin"));
  const FakeRequest latin = sent(rig, message("k1", "1+1 & €"));
  CHECK(latin.method == "POST");
  CHECK(latin.url == "https://sms.example.bg/send");
  CHECK(latin.headers == std::map<std::string, std::string>{{"content-type", "application/x-www-form-urlencoded"}});
  CHECK(pairs_of(latin.body) == Pairs{{"username", "vestitel"},
                                      {"password", "p&w=\"}"},
                                      {"from", "NZOK"},
                                      {"to", "359888000001"},
                                      {"coding", "0"},
                                      {"content", "1+1 & €"},
                                      {"validity-period", "1440"},
                                      {"dlr", "yes"},
                                      {"dlr-level", "3"},
                                      {"dlr-method", "POST"},
                                      {"dlr-url", kReceiptUrl}});
  const Pairs cyrillic = pairs_of(sent(rig, message("k1", "Зд😀")).body);
  CHECK(cyrillic[4] == Pairs::value_type{"coding", "8"});
  CHECK(cyrillic[5] == Pairs::value_type{"hex-content", "04170434D83DDE00"});
}

TEST_CASE("without a receipt URL no receipt is asked for", "[sms-http]") {
  FakeHost host(testing::load(VESTITEL_SMS_HTTP_SINK));
  host.secrets = {{"password", "pw"}};
  host.http = [](const FakeRequest&) { return status(202, "0: Accepted for delivery"); };
  REQUIRE(host.begin(settings_with(shipped("kannel"))).ok());
  CHECK(kind(host.deliver({message("k1")}).verdicts[0]).rfind("accepted(", 0) == 0);
  CHECK(host.requests.at(0).headers.count("x-kannel-dlr-url") == 0);
  CHECK(host.requests.at(0).headers.count("x-kannel-dlr-mask") == 0);
}

TEST_CASE("our own id tells nothing and is the same at every repeat", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  rig.answer(testing::none(VESTITEL_E_RETRY, true, "cut"));
  CHECK(kind(rig.host.deliver({message("key of Ivan")}).verdicts[0]) == "unknown");
  rig.answer(status(202, "0: Accepted for delivery"));
  const auto again = rig.host.deliver({message("key of Ivan"), message("k2")});
  const auto id_of = [&](std::size_t i) {
    const std::string& url = rig.host.requests.at(i).headers.at("x-kannel-dlr-url");
    return url.substr(url.find("?id=") + 4, 32);
  };
  CHECK(id_of(0) == id_of(1));
  CHECK(id_of(1) != id_of(2));
  CHECK(again.verdicts[0] == "accepted(" + id_of(1) + ")");
  CHECK(id_of(0).find("Ivan") == std::string::npos);
  CHECK(id_of(0).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
}

TEST_CASE("JSON, a query, a path and Basic hold values and not their meaning", "[sms-http]") {
  SinkRig rig(R"(
profile: 1
request:
  path: /accounts/{username}/messages
  query: {ref: "{id}", "a&b": "{sender}"}
  headers: {Authorization: "Basic {basic}", X-Braces: "{{x}}"}
  json:
    messages:
      - destinations: [{to: "{to}"}]
        text: "{text}"
        from: "{sender}"
        unicode: {$value: true, $when: unicode}
        flash: false
        count: 1
        version: "1"
        nothing: null
        valid: "{validity_seconds}"
        callback: {$value: "{receipt_url}", $when: receipts}
  coding: {gsm: "7bit"}
)" + kAny,
              {{"username", "a/b c"}, {"sender", "1234"}});
  const FakeRequest request = sent(rig, message("k1", "\"}\\,\n&to=+359888000002#%0d%0a"));
  CHECK(request.headers.at("content-type") == "application/json");
  CHECK(request.headers.at("authorization") == "Basic YS9iIGM6cCZ3PSJ9");
  CHECK(request.headers.at("x-braces") == "{x}");
  const std::string path = "https://sms.example.bg/accounts/a%2Fb%20c/messages?ref=";
  CHECK(request.url.substr(0, path.size()) == path);
  CHECK(request.url.substr(path.size() + 32) == "&a%26b=1234");
  const auto body = nlohmann::json::parse(request.body);
  CHECK(body == nlohmann::json::parse(R"({"messages":[{"destinations":[{"to":"+359888000001"}],
      "text":"\"}\\,\n&to=+359888000002#%0d%0a","from":"1234","flash":false,"count":1,"version":"1","nothing":null,
      "valid":"86400","callback":"https://hub.example.bg/receipts/sms-http/s3cret"}]})"));
  CHECK(nlohmann::json::parse(sent(rig, message("k1", "Да")).body)["messages"][0]["unicode"] == true);
}

TEST_CASE("GET carries everything in its query, where a provider has nothing else", "[sms-http]") {
  SinkRig rig(
      "profile: 1\nrequest: {method: GET, path: /s, query: {to: '{to_digits}', text: '{text}', coding: '{coding}'}}\n" +
      kAny);
  const FakeRequest request = sent(rig, message("k1", "a&to=1 я"));
  CHECK(request.method == "GET");
  CHECK(request.body.empty());
  CHECK(request.url == "https://sms.example.bg/s?to=359888000001&text=a%26to%3D1%20%D1%8F&coding=unicode");
}

TEST_CASE("what cannot go out is permanent, and nothing is sent", "[sms-http]") {
  struct Bad {
    std::string to, body;
  };
  const auto c = GENERATE(values<Bad>({
      {"359888000001", "x"},
      {"+", "x"},
      {"", "x"},
      {"+0359888000001", "x"},
      {"+359888000001 +359888000002", "x"},
      {"+359888000001,+359888000002", "x"},
      {"+359888000001\r\n", "x"},
      {"+3598880000010000000", "x"},
      {"+35988800\u06600001", "x"},
      {"ivan@example.test", "x"},
      {kTo, ""},
      {kTo, "\u200b"},
      {kTo, "a\u2028b"},
      {kTo, "\xff"},
      {kTo, "a\x01"},
      {kTo, std::string(460, 'a')},
      {kTo, kCyrillic + kCyrillic + kCyrillic},
      {kTo, std::string(17'000, 'a')},
  }));
  CAPTURE(c.to, c.body.substr(0, 40));
  SinkRig rig(shipped("kannel"));
  TestMessage m = message("k1", c.body);
  m.to = c.to;
  const auto answers = rig.host.deliver({m});
  CHECK(kind(answers.verdicts.at(0)) == "permanent");
  CHECK(rig.host.requests.empty());
  CHECK(answers.verdicts.at(0).find("888") == std::string::npos);
  CHECK(answers.breaches.empty());
}

TEST_CASE("max_parts is what a text may cost", "[sms-http]") {
  SinkRig one(shipped("jasmin"), {{"max_parts", 1}});
  one.answer(status(200, "Success \"u-1\""));
  CHECK(kind(one.host.deliver({message("k1", std::string(160, 'a'))}).verdicts.at(0)) == "accepted(u-1)");
  CHECK(kind(one.host.deliver({message("k1", std::string(161, 'a'))}).verdicts.at(0)) == "permanent");
  CHECK(kind(one.host.deliver({message("k1", kCyrillic)}).verdicts.at(0)) == "permanent");
  SinkRig two(shipped("jasmin"), {{"max_parts", 2}});
  two.answer(status(200, "Success \"u-1\""));
  CHECK(kind(two.host.deliver({message("k1", kCyrillic)}).verdicts.at(0)) == "accepted(u-1)");
}

TEST_CASE("a message waits no longer than it has, and lives no longer than it is worth something", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  TestMessage m = message("k1");
  m.expires_us = rig.host.now_us + 90LL * 1'000'000;
  m.deadline_us = rig.host.now_us + 2'500'000;
  const FakeRequest request = sent(rig, m);
  CHECK(request.headers.at("x-kannel-validity") == "2");
  CHECK(request.timeout_ms == 2500);
  m.deadline_us = rig.host.now_us;
  rig.host.requests.clear();
  CHECK(kind(rig.host.deliver({m}).verdicts.at(0)) == "retry(message,0)");
  m.expires_us = rig.host.now_us;
  CHECK(kind(rig.host.deliver({m}).verdicts.at(0)) == "permanent");
  CHECK(rig.host.requests.empty());
}

TEST_CASE("settings that cannot be meant are refused by their key", "[sms-http]") {
  const std::string kannel = shipped("kannel");
  CHECK(refusal(kannel, {}).empty());
  for (const char* good :
       {"https://sms.example.bg/", "https://sms.example.bg/gateway", "http://127.0.0.1:13013", "http://localhost"})
    CHECK(refusal(kannel, {{"url", good}}).empty());
  for (const char* bad :
       {"http://sms.example.bg", "https://u:p@sms.example.bg/", "https://sms.example.bg/?x", "ftp://sms.example.bg"})
    CHECK(refusal(kannel, {{"url", bad}}) == "/url");
  for (const char* good : {"NZOK", "N.Z-O K 1", "1234", "+359700123456", "12345678901"})
    CHECK(refusal(kannel, {{"sender", good}}).empty());
  for (const char* bad : {"", "TWELVE CHARS", "НЗОК", "a\r\nb", "+NZOK", "a_b", "1234567890123456"})
    CHECK(refusal(kannel, {{"sender", bad}}) == "/sender");
  CHECK(refusal(kannel, {{"username", ""}}) == "/username");
  CHECK(refusal(kannel, {{"username", "a\nb"}}) == "/username");
  CHECK(refusal(kannel, {{"dead_errors", "1,,2"}}) == "/dead_errors");
  CHECK(refusal(kannel, {{"max_parts", 0}}) == "/max_parts");
  CHECK(refusal(kannel, {{"profile", "profile: 2"}}) == "/profile");
}

TEST_CASE("secrets that a profile needs and that are not there, or cannot be meant, are named", "[sms-http]") {
  const std::string kannel = shipped("kannel");
  CHECK(refusal(kannel, {}, {}) == "/password");
  CHECK(refusal(kannel, {}, {{"password", "a\r\nX-Kannel-To: 1"}}) == "/password");
  CHECK(refusal(kannel, {}, {{"password", "p"}, {"receipt_url", "hub.example.bg"}}) == "/receipt_url");
  CHECK(refusal(kannel, {}, {{"password", "p"}, {"receipt_url", "https://hub.example.bg/a b"}}) == "/receipt_url");
  CHECK(refusal(kannel, {}, {{"password", "p"}, {"receipt_url", "https://hub.example.bg/r?s=1"}}) == "/receipt_url");
  const std::string body = "request: {form: {to: '{to}', text: '{text}', key: '";
  const auto with = [&](const std::string& value) { return "profile: 1\n" + body + value + "'}}\n" + kAny; };
  CHECK(refusal(with("{token}"), {}, {}) == "/token");
  CHECK(refusal(with("{token}"), {}, {{"token", "t"}}).empty());
  CHECK(refusal(with("{basic}"), {}, {}) == "/password");
  CHECK(refusal(with("{receipt_url}"), {}, {}) == "/receipt_url");
  CHECK(refusal(with("x"), {{"username", ""}}, {}).empty());
}

TEST_CASE("no secret, number or text is told", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  rig.answer(status(400, "p&w=\"} +359888000001 Hello s3cret"));
  const auto answers = rig.host.deliver({message("k1")});
  CHECK(answers.verdicts.at(0) == "permanent: the gateway answered 400");
  for (const std::string& line : rig.host.logs)
    for (const char* secret : {"p&w", "888", "Hello", "s3cret"}) CHECK(line.find(secret) == std::string::npos);
}

TEST_CASE("a check asks for nothing, and sends nothing", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  rig.answer(status(403));
  CHECK(rig.host.check().ok());
  REQUIRE(rig.host.requests.size() == 1);
  CHECK(rig.host.requests[0].method == "HEAD");
  CHECK(rig.host.requests[0].url == "https://sms.example.bg/cgi-bin/sendsms");
  CHECK(rig.host.requests[0].headers.empty());
  rig.answer(testing::none(VESTITEL_E_CONFIG, false, "the certificate"));
  CHECK(rig.host.check().field_path == "/url");
  rig.answer(testing::none(VESTITEL_E_RETRY, false, "nobody"));
  CHECK(rig.host.check().rc == VESTITEL_E_RETRY);
}

TEST_CASE("a provider that folds repeats may be asked again on a fresh connection", "[sms-http]") {
  SinkRig rig("profile: 1\nrequest: {idempotent: true, form: {to: '{to}', text: '{text}', ref: '{id}'}}\n" + kAny);
  CHECK((sent(rig, message("k1")).flags & VESTITEL_HTTP_REPEATABLE) != 0);
}

}  // namespace vestitel::sms_http::test
