// What the sink asks the host to send, and what it never does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/webpush/notice.hpp"
#include "plugins/sinks/webpush/service_pauses.hpp"
#include "plugins/sinks/webpush/vapid.hpp"
#include "tests/plugins/webpush/sink_rig.hpp"

namespace vestitel::webpush::test {

TEST_CASE("a request has the headers of RFC 8030 and 8292, and a body that tells nothing", "[webpush][request]") {
  Rig rig;
  TestMessage urgent = message(), soon = message(), foreign = message();
  urgent.priority = VESTITEL_PRIORITY_URGENT;
  soon.expires_us = rig.host.now_us + 90'500'000;
  soon.title = std::string(200, 'x');
  foreign.idem_key = "another";
  CHECK(rig.host.deliver({urgent, soon, foreign}).breaches.empty());
  REQUIRE(rig.host.requests.size() == 3);
  const auto& requests = rig.host.requests;
  const auto& headers = requests[0].headers;
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].url == std::string(kMozilla) + "one");
  CHECK(requests[0].message == 0);
  CHECK((requests[0].flags & VESTITEL_HTTP_REPEATABLE) == 0);
  CHECK(headers.at("content-type") == "application/octet-stream");
  CHECK(headers.at("content-encoding") == "aes128gcm");
  CHECK(headers.at("ttl") == "2419200");
  CHECK(requests[1].headers.at("ttl") == "90");
  CHECK(headers.at("urgency") == "high");
  CHECK(headers.at("topic") == sinks::collapse_key("k"));
  CHECK(headers.at("topic").size() == 32);
  CHECK(requests[1].headers.at("topic") == headers.at("topic"));  // a repeat takes the first one's place
  CHECK(requests[2].headers.at("topic") != headers.at("topic"));
  CHECK(headers.size() == 6);
  for (const auto& request : requests) CHECK(request.body.size() == 2048);
  CHECK(requests[0].body.substr(0, 86) != requests[1].body.substr(0, 86));  // salt and key are of one message alone
  CHECK(requests[0].body.substr(16, 5) == std::string("\0\0\x10\0\x41", 5));
  Rig quiet(settings(R"(,"urgency":"low","ttl":"0s","length":512)"));
  CHECK(quiet.verdict(message()) == "accepted()");
  CHECK(quiet.host.requests[0].headers.at("urgency") == "low");
  CHECK(quiet.host.requests[0].headers.at("ttl") == "0");
  CHECK(quiet.host.requests[0].body.size() == 512);
  CHECK(quiet.verdict(urgent) == "accepted()");
  CHECK(quiet.host.requests[1].headers.at("urgency") == "high");
}

TEST_CASE("a token is made out for one service, shared, and renewed before it is over", "[webpush][vapid]") {
  Rig rig;
  const auto header = [&](const std::string& endpoint) {
    CHECK(rig.verdict(message(endpoint)) == "accepted()");
    return rig.host.requests.back().headers.at("authorization");
  };
  const auto claims = [](const std::string& authorization) {
    const std::string token = authorization.substr(8, authorization.find(',') - 8);
    CHECK(verifies(token, bytes(kKeyPoint)));
    const std::size_t dot = token.find('.');
    CHECK(bytes(token.substr(0, dot)) == R"({"typ":"JWT","alg":"ES256"})");
    return bytes(token.substr(dot + 1, token.rfind('.') - dot - 1));
  };
  const std::int64_t now = rig.host.now_us / 1'000'000;
  const std::string mozilla = header(std::string(kMozilla) + "a"), chrome = header(std::string(kChrome) + "a");
  CHECK(mozilla.substr(mozilla.find(',')) == std::string(", k=") + kKeyPoint);
  const auto expected = [](const std::string& origin, std::int64_t at) {
    return "{\"aud\":\"" + origin + "\",\"exp\":" + std::to_string(at + 43200) + ",\"sub\":\"mailto:push@example.bg\"}";
  };
  CHECK(claims(mozilla) == expected("https://updates.push.services.mozilla.com", now));
  CHECK(claims(chrome) == expected("https://fcm.googleapis.com", now));
  rig.host.now_us += 39'599'000'000;  // a second before 11 hours
  CHECK(header(std::string(kMozilla) + "b") == mozilla);
  rig.host.now_us += 1'000'000;
  const std::string renewed = header(std::string(kMozilla) + "b");
  CHECK(claims(renewed) == expected("https://updates.push.services.mozilla.com", now + 39600));
  rig.host.now_us -= 1'000'000;  // the clock goes back: a service would see a token from the future
  CHECK(header(std::string(kMozilla) + "b") != renewed);
}

TEST_CASE("a service that the settings add is called, and its port stays in the token", "[webpush][vapid]") {
  Rig rig(settings(R"(,"service":"https://push.example.bg:8443")"));
  CHECK(rig.verdict(message("https://push.example.bg:8443/a")) == "accepted()");
  const std::string token = rig.host.requests[0].headers.at("authorization");
  CHECK(bytes(token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1))
            .find("\"aud\":\"https://push.example.bg:8443\"") != std::string::npos);
  CHECK(rig.verdict(message("https://push.example.bg/a")) ==
        "permanent: the subscription is of a push service that is not allowed");
}

TEST_CASE("a push service that is down holds up its own subscriptions alone", "[webpush][pauses]") {
  Rig rig;
  const TestMessage mozilla = message(std::string(kMozilla) + "a"), chrome = message(std::string(kChrome) + "a");
  CHECK(rig.host.deliver({mozilla, chrome}).verdicts == std::vector<std::string>{"accepted()", "accepted()"});
  rig.host.http = [](const FakeRequest& request) {
    return request.url.starts_with(kMozilla) ? status(503, 120'000) : status(201);
  };
  CHECK_THAT(rig.verdict(mozilla), Catch::StartsWith("retry(message,120000)"));
  const std::size_t sent = rig.host.requests.size();
  rig.host.now_us += 60'000'000;
  const Answers answers = rig.host.deliver({mozilla, chrome});
  CHECK(answers.verdicts[0] == "retry(message,60000): not sent: its push service is left alone");
  CHECK_FALSE(answers.begun[0]);
  CHECK(answers.verdicts[1] == "accepted()");
  CHECK(rig.host.requests.size() == sent + 1);

  rig.host.now_us += 60'000'000;
  rig.host.http = [](const FakeRequest&) { return status(503); };
  CHECK_THAT(rig.verdict(mozilla), Catch::StartsWith("retry(message,2000)"));  // again, and it does not say how long
  CHECK_THAT(rig.verdict(chrome), Catch::StartsWith("retry(link,0)"));         // now there is none that works
  rig.host.now_us += 2'000'000;
  rig.host.http = [](const FakeRequest&) { return status(201); };
  CHECK(rig.verdict(mozilla) == "accepted()");
}

TEST_CASE("what fails together counts once, and what works again starts anew", "[webpush][pauses]") {
  ServicePauses pauses;
  std::int64_t now = 1'000'000;
  const auto left = [&] { return pauses.left("a", now).count(); };
  CHECK(left() == 0);
  for (int i = 0; i < 1'000; ++i) pauses.failed("a", {}, now);
  CHECK(left() == 1'000);
  for (int i = 0; i < 20; ++i) {
    now += left() * 1'000;
    pauses.failed("a", {}, now);
  }
  CHECK(left() == 300'000);
  pauses.worked("a");
  CHECK(left() == 0);
  pauses.failed("a", {}, now);
  CHECK(left() == 1'000);
  for (int i = 0; i < 10'000; ++i) pauses.worked("b" + std::to_string(i));
  CHECK(left() == 1'000);  // forgotten are those that work
}

TEST_CASE("what cannot be sent never reaches the host", "[webpush][request]") {
  Rig rig;
  const auto refused = [&](const TestMessage& m) {
    const Answers answers = rig.host.deliver({m});
    CHECK_FALSE(answers.begun[0]);
    return answers.verdicts[0];
  };
  TestMessage m = message("https://evil.example/a");
  CHECK(refused(m) == "permanent: the subscription is of a push service that is not allowed");
  m = message();
  m.to = "not a subscription";
  CHECK(refused(m) == "permanent: the subscription is not one JSON object");
  m = message();
  m.expires_us = rig.host.now_us;
  CHECK(refused(m) == "permanent: expired before it could be sent");
  m = message();
  m.deadline_us = rig.host.now_us;
  CHECK(refused(m) == "retry(message,0): its turn came after its deadline");
  m = message();
  m.idem_key.clear();
  CHECK(refused(m) == "permanent: the message has no key");
  m = message();
  m.body = std::string(1900, 'x');
  CHECK(refused(m) == "permanent: the text is too long for a push message");
  for (const char* bad : {"a\nb", "a\rb", "\x01", "\x7F", "\xE2\x80\xA8", "\xC2\x85", "\xFF", "\xD0"}) {
    m = message();
    m.title = bad;
    CHECK(refused(m) == "permanent: the title has a control character or is not UTF-8");
  }
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\x1B[0m"), std::string("\xED\xA0\x80")}) {
    m = message();
    m.body = bad;
    CHECK(refused(m) == "permanent: the body has a control character or is not UTF-8");
  }
  CHECK(rig.host.requests.empty());
}

TEST_CASE("the payload is the rendered text and nothing else", "[webpush][request]") {
  const auto payload = [](std::string_view title, std::string_view body, std::string_view locale = "bg") {
    Message m;
    m.to = "https://secret.example/endpoint";
    m.title = title;
    m.body = body;
    m.data_json = R"({"subject":"x"})";
    m.idem_key = "k";
    m.locale = locale;
    std::string problem;
    return payload_of(m, problem).value_or(problem);
  };
  const std::string tag = ",\"tag\":\"" + sinks::collapse_key("k") + "\"}";
  CHECK(payload("НЗОК", "Ред\nдва\t\"в\" \\") ==
        "{\"title\":\"НЗОК\",\"body\":\"Ред\\u000aдва\\u0009\\\"в\\\" \\\\\",\"lang\":\"bg\"" + tag);
  CHECK(payload("a\xE2\x80\xAE\xE2\x80\x8B"
                "b",
                "\xEF\xBB\xBF"
                "c\r\nd") == "{\"title\":\"ab\",\"body\":\"c\\u000ad\",\"lang\":\"bg\"" + tag);
  CHECK(payload("a", "b", "b\"g") == "{\"title\":\"a\",\"body\":\"b\"" + tag);
}

TEST_CASE("10,000 made-up names are one request each, or none", "[webpush][injection]") {
  const std::vector<std::string> pieces = {"\r\n",
                                           "\n",
                                           "\r",
                                           std::string(1, '\0'),
                                           "\xE2\x80\xA8",
                                           "\"",
                                           "\"}",
                                           "\\",
                                           "\xE2\x80\xAE",
                                           "\xE2\x80\x8B",
                                           "<",
                                           ">",
                                           "TTL: 0",
                                           "&to=",
                                           "%0d%0a",
                                           "#",
                                           "/",
                                           "?",
                                           "@evil.example",
                                           "\xF0\x9F\x98\x80",
                                           "Мария",
                                           "a",
                                           "b",
                                           " ",
                                           "\xFF"};
  std::mt19937 random(20261122);
  Rig rig;
  std::size_t sent = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<TestMessage> all;
    for (int i = 0; i < 100; ++i) {
      std::string name;
      for (std::size_t n = random() % 6; n > 0; --n) name += pieces[random() % pieces.size()];
      TestMessage m = message();
      switch (random() % 6) {
        case 0: m.title = name; break;
        case 1: m.body = name; break;
        case 2: m.locale = name; break;
        case 3: m.idem_key = name; break;
        case 4: m.to = subscription(kMozilla + name); break;
        default: m.to = subscription("https://updates.push.services.mozilla.com" + name + "/x");
      }
      all.push_back(m);
    }
    rig.host.requests.clear();
    const Answers answers = rig.host.deliver(all);
    REQUIRE(answers.breaches.empty());
    for (const auto& verdict : answers.verdicts)
      REQUIRE((verdict == "accepted()" || verdict.rfind("permanent: ", 0) == 0));
    sent += rig.host.requests.size();
    REQUIRE(static_cast<std::size_t>(std::count(answers.verdicts.begin(), answers.verdicts.end(), "accepted()")) ==
            rig.host.requests.size());
    for (const FakeRequest& request : rig.host.requests) {
      REQUIRE(request.url.rfind("https://updates.push.services.mozilla.com/", 0) == 0);
      REQUIRE(
          std::all_of(request.url.begin(), request.url.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '"'; }));
      REQUIRE(request.headers.size() == 6);
      for (const auto& [key, value] : request.headers) {
        REQUIRE(std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
      }
      REQUIRE(request.body.size() == 2048);
    }
  }
  CHECK(sent > 3000);
  CHECK(sent < 9000);
}

TEST_CASE("settings that cannot be right are named by their key", "[webpush][settings]") {
  const auto field = [](const std::string& json, const std::string& key = kKey) {
    FakeHost host(testing::load(VESTITEL_WEBPUSH_SINK));
    if (!key.empty()) host.secrets["vapid_key"] = key;
    return host.begin(json).field_path;
  };
  CHECK(field(settings()).empty());
  CHECK(field(settings(R"(,"public_key":")" + std::string(kKeyPoint) + "\"")).empty());
  CHECK(field(settings(R"(,"public_key":")" + std::string(kBrowserPoint) + "\"")) == "/public_key");
  CHECK(field(settings(), "") == "/vapid_key");
  CHECK(field(settings(), "nonsense") == "/vapid_key");
  CHECK(field(R"({"contact":"mailto:push@localhost"})") == "/contact");
  CHECK(field(settings(R"(,"service":"http://push.example.bg")")) == "/service");
  CHECK(field(settings(R"(,"stand_in":"http://push.example.bg")")) == "/stand_in");
  CHECK(field(settings(R"(,"stand_in":"http://127.0.0.1:8080")")).empty());
  CHECK(field(settings(R"(,"length":4097)")) == "/length");
  CHECK(field(settings(R"(,"urgency":"soon")")) == "/urgency");
}

TEST_CASE("a check reaches every service that has one name, and says which it did not", "[webpush][settings]") {
  Rig rig;
  rig.host.http = [](const FakeRequest&) { return status(404); };
  CHECK(rig.host.check().ok());
  CHECK(rig.host.requests.size() == 3);
  for (const FakeRequest& request : rig.host.requests) CHECK(request.method == "GET");
  rig.host.http = [](const FakeRequest& request) {
    return request.url == "https://web.push.apple.com/" ? none(VESTITEL_E_RETRY, false, "refused") : status(200);
  };
  CHECK(rig.host.check().message == "reaching https://web.push.apple.com: refused");
}

}  // namespace vestitel::webpush::test
