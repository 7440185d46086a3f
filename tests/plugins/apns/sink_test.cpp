// What the sink asks the host to send, how it keeps its token, and what it never does.
#include <random>

#include "plugins/sinks/apns/notice.hpp"
#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/outbound_text.hpp"
#include "tests/plugins/apns/apns_rig.hpp"

namespace vestitel::apns::test {

TEST_CASE("a message is one request to its device, with the headers of APNs", "[apns][request]") {
  Rig rig;
  TestMessage soon = message("one"), urgent = message("two");
  soon.expires_us = rig.host.now_us + 90'500'000;
  urgent.priority = VESTITEL_PRIORITY_URGENT;
  CHECK(count(rig.verdicts({soon, urgent}), "accepted") == 2);
  REQUIRE(rig.host.requests.size() == 2);
  const FakeRequest& request = rig.host.requests[0];
  const std::int64_t now_s = rig.host.now_us / 1'000'000;
  CHECK(request.method == "POST");
  CHECK(request.url == std::string("https://api.push.apple.com/3/device/") + kDevice);
  CHECK((request.flags & VESTITEL_HTTP_REPEATABLE) == 0);
  std::map<std::string, std::string> headers = request.headers;
  CHECK(headers.extract("authorization").mapped().rfind("bearer ", 0) == 0);
  CHECK(headers == std::map<std::string, std::string>{{"apns-collapse-id", sinks::collapse_key("one")},
                                                      {"apns-expiration", std::to_string(now_s + 90)},
                                                      {"apns-id", apns_id("one")},
                                                      {"apns-priority", "5"},
                                                      {"apns-push-type", "alert"},
                                                      {"apns-topic", "bg.example.app"},
                                                      {"content-type", "application/json"}});
  CHECK(json::parse(request.body) ==
        json{{"aps", {{"alert", {{"title", soon.title}, {"body", soon.body}}}, {"sound", "default"}}}});
  CHECK(rig.host.requests[1].headers.at("apns-priority") == "10");
  CHECK(rig.host.requests[1].headers.at("apns-expiration") == std::to_string(now_s + 28L * 86'400));
  Rig other(settings(R"(,"environment":"sandbox","ttl":"0s","priority":"high")"));
  other.verdict();
  CHECK(other.host.requests[0].url.rfind("https://api.sandbox.push.apple.com/3/device/", 0) == 0);
  CHECK(other.host.requests[0].headers.at("apns-expiration") == "0");
  CHECK(other.host.requests[0].headers.at("apns-priority") == "10");
}

TEST_CASE("an apns-id is a UUID, the same for the same key", "[apns][request]") {
  CHECK(apns_id("k") == apns_id("k"));
  CHECK(apns_id("k") != apns_id("l"));
  const std::string id = apns_id("k");
  REQUIRE(id.size() == 36);
  for (std::size_t i = 0; i < id.size(); ++i)
    CHECK((i == 8 || i == 13 || i == 18 || i == 23 ? id[i] == '-'
                                                   : std::string("0123456789abcdef").find(id[i]) != std::string::npos));
  CHECK(id[14] == '8');
}

TEST_CASE("one token serves all, for fifty minutes", "[apns][token]") {
  Rig rig;
  rig.verdicts(messages(50));
  const std::string first = rig.token();
  for (const FakeRequest& request : rig.host.requests) REQUIRE(request.headers.at("authorization") == first);
  const std::string jwt = first.substr(7);
  const std::size_t dot = jwt.find('.');
  CHECK(json::parse(*sinks::from_base64url(jwt.substr(0, dot))) ==
        json{{"alg", "ES256"}, {"kid", "ABC123DEFG"}, {"typ", "JWT"}});
  CHECK(json::parse(*sinks::from_base64url(jwt.substr(dot + 1, jwt.rfind('.') - dot - 1))) ==
        json{{"iss", "DEF123GHIJ"}, {"iat", rig.host.now_us / 1'000'000}});
  rig.later(49);
  rig.verdict();
  CHECK(rig.token() == first);
  rig.later(1);
  rig.verdict();
  CHECK(rig.token() != first);
}

TEST_CASE("a token that is over is made anew once, and never within twenty minutes", "[apns][token]") {
  const std::string again = "retry(link,0): APNs answered 403 ExpiredProviderToken: the next token is a new one",
                    clock = "config_error: APNs answered 403 ExpiredProviderToken: a fresh one; is the clock right?";
  Rig rig;
  rig.verdict();
  const std::string first = rig.token();
  rig.later(19);
  CHECK(rig.verdict_on(refused(403, "ExpiredProviderToken")) == clock);
  rig.later(1);
  CHECK(rig.verdict_on(refused(403, "ExpiredProviderToken")) == again);
  CHECK(rig.token() == first);
  CHECK(rig.verdict_on(refused(403, "ExpiredProviderToken")) == clock);
  const std::string second = rig.token();
  CHECK(second != first);
  rig.later(5);
  CHECK(rig.verdict_on(refused(429, "TooManyProviderTokenUpdates")) ==
        "retry(sink,900000): APNs answered 429 TooManyProviderTokenUpdates: does another sender use the team's key?");
  rig.verdict_on(taken());
  CHECK(rig.token() == second);  // that one is kept
}

TEST_CASE("one message goes alone until APNs believes the sender", "[apns][first]") {
  Rig rig;
  int at_once = 0;
  rig.apns = [&](const FakeRequest&) { return ++at_once, refused(403, "InvalidProviderToken"); };
  CHECK(rig.verdicts(messages(20)) == Lines(20, "config_error: APNs answered 403 InvalidProviderToken"));
  CHECK(at_once == 1);
  const auto held = [&](const FakeAnswer& answer, const std::string& others) {
    at_once = 0;
    rig.apns = [&](const FakeRequest&) { return ++at_once, answer; };
    const Answers answers = rig.host.deliver(messages(3));
    CHECK(at_once == 1);
    CHECK(answers.begun == std::vector<bool>{true, false, false});
    CHECK(answers.verdicts[1] == others);
    CHECK(answers.verdicts[2] == others);
  };
  const std::string nothing = "retry(link,0): not sent: the one before it proved nothing";
  held(none(VESTITEL_E_RETRY, true, "timeout"), nothing);
  held(refused(400), nothing);
  held(refused(500, "InternalServerError"), nothing);
  held(refused(503, "ServiceUnavailable"), "retry(sink,900000): APNs answered 503 ServiceUnavailable");
  at_once = 0;
  rig.apns = [&](const FakeRequest&) { return ++at_once, refused(410, "Unregistered"); };
  CHECK(count(rig.verdicts(messages(3)), "contact_dead") == 3);  // who speaks of the device believes the sender
  CHECK(at_once == 3);
  rig.apns = [&](const FakeRequest&) { return ++at_once, refused(503, "Shutdown"); };
  rig.verdicts(messages(3));
  CHECK(at_once == 6);
}

TEST_CASE("what cannot be sent never reaches the host", "[apns][request]") {
  Rig rig;
  const auto verdict = [&](const TestMessage& m) {
    const Answers answers = rig.host.deliver({m});
    CHECK_FALSE(answers.begun[0]);
    return answers.verdicts[0];
  };
  for (const std::string& bad :
       {std::string(), std::string(62, 'a'), std::string(65, 'a'), std::string(202, 'a'), std::string(62, 'a') + "g0",
        std::string(62, 'a') + "/.", std::string(62, 'a') + "\r\n"}) {
    TestMessage m = message();
    m.to = bad;
    CHECK(verdict(m) == "permanent: its address is no device token");
  }
  TestMessage m = message();
  m.expires_us = rig.host.now_us;
  CHECK(verdict(m) == "permanent: expired before it could be sent");
  m = message();
  m.deadline_us = rig.host.now_us;
  CHECK(verdict(m) == "retry(message,0): its turn came after its deadline");
  m = message();
  m.idem_key.clear();
  CHECK(verdict(m) == "permanent: the message has no key");
  m = message();
  m.title = "a\nb";
  CHECK(verdict(m) == "permanent: the title has a control character or is not UTF-8");
  m = message();
  m.body = "\xFF";
  CHECK(verdict(m) == "permanent: the body has a control character or is not UTF-8");
  CHECK(rig.host.requests.empty());
  m = message();
  m.body.clear();
  rig.verdict(m);
  m.body = std::string(4096 - rig.host.requests.back().body.size(), 'x');
  CHECK(count({rig.verdict(m)}, "accepted") == 1);
  m.body += 'x';
  CHECK(verdict(m) == "permanent: the text is too long for a push message");
}

TEST_CASE("10,000 made-up texts are one payload and one device each, or none", "[apns][injection]") {
  const std::vector<std::string> pieces = {"\r\n",
                                           "\n",
                                           "\r",
                                           std::string(1, '\0'),
                                           "\x7F",
                                           "\xE2\x80\xA8",
                                           "\xE2\x80\xAE",
                                           "\xE2\x80\x8B",
                                           "\"",
                                           "\"}}",
                                           "\"},\"badge\":1,\"x\":{\"",
                                           "\\",
                                           "\\u0000",
                                           "%0d%0a",
                                           "\xF0\x9F\x98\x80",
                                           "Мария",
                                           "a",
                                           " ",
                                           "\xFF"};
  std::mt19937 random(20261123);
  Rig rig;
  std::size_t sent = 0;
  for (int i = 0; i < 10'000; ++i) {
    TestMessage m = message();
    for (std::string* text : {&m.title, &m.body, &m.locale, &m.idem_key, &m.to}) {
      if (random() % 3 != 0) continue;
      if (text != &m.to) text->clear();
      for (std::size_t n = random() % 4; n > 0; --n) *text += pieces[random() % pieces.size()];
    }
    rig.host.requests.clear();
    const std::string verdict = rig.verdict(m);
    const bool went = verdict.rfind("accepted(", 0) == 0;
    REQUIRE((went || verdict.rfind("permanent: ", 0) == 0));
    REQUIRE(rig.host.requests.size() == (went ? 1U : 0U));
    if (!went) continue;
    ++sent;
    const FakeRequest& request = rig.host.requests[0];
    REQUIRE(request.url == "https://api.push.apple.com/3/device/" + m.to);
    REQUIRE(request.headers.size() == 8);
    REQUIRE(
        json::parse(request.body, nullptr, false) ==
        json{{"aps",
              {{"alert", {{"title", sinks::one_line(m.title).value()}, {"body", sinks::several_lines(m.body).value()}}},
               {"sound", "default"}}}});
  }
  CHECK(sent > 2000);
  CHECK(sent < 9000);
}

TEST_CASE("settings that cannot be right are named by their key", "[apns][settings]") {
  const auto field = [](const std::string& given, const std::string& key) {
    FakeHost host(testing::load(VESTITEL_APNS_SINK));
    if (!key.empty()) host.secrets["auth_key"] = key;
    return host.begin(given).field_path;
  };
  const std::string good = pem_of(sinks::Key(::EVP_EC_gen("P-256")).get());
  CHECK(field(settings(), good).empty());
  CHECK(field(settings(), "") == "/auth_key");
  CHECK(field(settings(), "nonsense") == "/auth_key");
  CHECK(field(settings(), pem_of(sinks::Key(::EVP_EC_gen("P-384")).get())) == "/auth_key");
  CHECK(field(R"({"key_id":"abc123defg","team_id":"DEF123GHIJ","topic":"a"})", good) == "/key_id");
  CHECK(field(R"({"key_id":"ABC123DEFG","team_id":"DEF123","topic":"a"})", good) == "/team_id");
  CHECK(field(R"({"key_id":"ABC123DEFG","team_id":"DEF123GHIJ","topic":"a b"})", good) == "/topic");
  CHECK(field(settings(R"(,"endpoint":"http://push.example.bg")"), good) == "/endpoint");
  CHECK(field(settings(R"(,"endpoint":"http://127.0.0.1:8080")"), good).empty());
  CHECK(field(settings(R"(,"environment":"test")"), good) == "/environment");
}

TEST_CASE("a check is content where APNs believes the sender", "[apns][settings]") {
  Rig rig;
  rig.apns = [](const FakeRequest&) { return refused(400, "BadDeviceToken"); };
  CHECK(rig.host.check().ok());
  CHECK(rig.host.requests[0].url == "https://api.push.apple.com/3/device/" + std::string(64, '0'));
  rig.apns = [](const FakeRequest&) { return refused(403, "InvalidProviderToken"); };
  CHECK(rig.host.check().field_path == "/auth_key");
  rig.apns = [](const FakeRequest&) { return none(VESTITEL_E_RETRY, false, "refused"); };
  CHECK(rig.host.check().message == "not sent: refused");
}

}  // namespace vestitel::apns::test
