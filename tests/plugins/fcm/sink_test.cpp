// What the sink asks the host to send, how it comes by its token, and what it never does.
#include <algorithm>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/collapse_key.hpp"
#include "tests/plugins/fcm/fcm_rig.hpp"

namespace vestitel::fcm::test {
namespace {

using Lines = std::vector<std::string>;

std::vector<TestMessage> messages(int n) {
  std::vector<TestMessage> all;
  all.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) all.push_back(message("k" + std::to_string(i)));
  return all;
}

std::ptrdiff_t count(const Lines& verdicts, const std::string& kind) {
  return std::count_if(verdicts.begin(), verdicts.end(), [&](const std::string& v) { return v.rfind(kind, 0) == 0; });
}

constexpr char kRefused[] = "retry(link,0): FCM answered 401 UNAUTHENTICATED: the next token is a new one",
               kRefusedAgain[] = "config_error: FCM refuses a fresh token too: is the account of this project?";

}  // namespace

TEST_CASE("a batch asks for one token, with an assertion of the account", "[fcm][token]") {
  Rig rig;
  CHECK(count(rig.verdicts(messages(100)), "accepted") == 100);
  CHECK(rig.asked() == 1);
  const FakeRequest& asked = rig.host.requests[0];
  CHECK(asked.method == "POST");
  CHECK(asked.headers == std::map<std::string, std::string>{{"content-type", "application/x-www-form-urlencoded"}});
  CHECK(asked.message == VESTITEL_HTTP_NO_MESSAGE);
  const std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  REQUIRE(asked.body.substr(0, form.size()) == form);
  const std::string jwt = asked.body.substr(form.size());
  const std::size_t dot = jwt.find('.');
  CHECK(json::parse(*sinks::from_base64url(jwt.substr(0, dot))) ==
        json{{"alg", "RS256"}, {"kid", "0123abcd"}, {"typ", "JWT"}});
  const std::int64_t now = rig.host.now_us / 1'000'000;
  CHECK(json::parse(*sinks::from_base64url(jwt.substr(dot + 1, jwt.rfind('.') - dot - 1))) ==
        json{{"iss", "sender@example-project.iam.gserviceaccount.com"},
             {"scope", "https://www.googleapis.com/auth/firebase.messaging"},
             {"aud", kTokenUri},
             {"iat", now},
             {"exp", now + 3600}});
  for (std::size_t i = 1; i < rig.host.requests.size(); ++i) {
    REQUIRE(rig.host.requests[i].message == i - 1);
    REQUIRE(rig.host.requests[i].headers.at("authorization") == "Bearer token-1");
  }
}

TEST_CASE("a token is used until five minutes before its end, and the old one serves where no new one comes",
          "[fcm][token]") {
  Rig rig;
  const auto used = [&](std::int64_t later_s) {
    rig.host.now_us += later_s * 1'000'000;
    CHECK(count(rig.verdicts({message()}), "accepted") == 1);
    return rig.host.requests.back().headers.at("authorization").substr(7);
  };
  CHECK(used(0) == "token-1");
  CHECK(used(3298) == "token-1");
  CHECK(used(1) == "token-2");
  rig.grant = [] { return status(503); };
  CHECK(used(3299) == "token-2");
  CHECK(used(29) == "token-2");
  CHECK(rig.asked() == 3);
  rig.host.now_us += 271'000'000;
  CHECK(rig.verdict() == "retry(sink,0): the token endpoint answered 503");
}

TEST_CASE("a token that FCM refuses is made anew once, and then it is the account", "[fcm][token]") {
  Rig rig;
  const auto refusing = [](const FakeRequest&) { return status(401, error(401, "UNAUTHENTICATED")); };
  CHECK(count(rig.verdicts(messages(2)), "accepted") == 2);
  rig.fcm = refusing;
  CHECK(rig.verdicts(messages(3)) == Lines(3, kRefused));
  CHECK(rig.asked() == 1);
  CHECK(rig.verdicts(messages(2)) == Lines(2, kRefusedAgain));
  CHECK(rig.asked() == 2);
  CHECK(rig.verdict() == kRefusedAgain);  // somebody resumed it, and it is not mended
  CHECK(rig.asked() == 3);
  rig.fcm = [](const FakeRequest&) { return taken(); };
  CHECK(count({rig.verdict()}, "accepted") == 1);
  rig.fcm = refusing;
  CHECK(rig.verdict() == kRefused);
}

TEST_CASE("a token that ends among the messages of a batch costs them a retry", "[fcm][token]") {
  Rig rig;
  int sent = 0;
  rig.fcm = [&](const FakeRequest& request) {
    const bool old = request.headers.at("authorization") == "Bearer token-1";
    return old && ++sent > 60 ? status(401, error(401, "UNAUTHENTICATED")) : taken();
  };
  const Lines first = rig.verdicts(messages(100));
  CHECK(count(first, "accepted") == 60);
  CHECK(count(first, kRefused) == 40);
  CHECK(count(rig.verdicts(messages(40)), "accepted") == 40);
  CHECK(rig.asked() == 2);
}

TEST_CASE("a message is one request to the project, and repeats have the same key", "[fcm][request]") {
  Rig rig(R"({"channel_id":"notices"})");
  TestMessage soon = message("one");
  soon.expires_us = rig.host.now_us + 90'500'000;
  TestMessage urgent = message("two");
  urgent.priority = VESTITEL_PRIORITY_URGENT;
  CHECK(count(rig.verdicts({soon, urgent}), "accepted") == 2);
  REQUIRE(rig.host.requests.size() == 3);
  const FakeRequest& request = rig.host.requests[1];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://fcm.googleapis.com/v1/projects/example-project/messages:send");
  CHECK(request.headers ==
        std::map<std::string, std::string>{{"authorization", "Bearer token-1"}, {"content-type", "application/json"}});
  CHECK((request.flags & VESTITEL_HTTP_REPEATABLE) == 0);
  const std::string key = sinks::collapse_key("one"), end = std::to_string(rig.host.now_us / 1'000'000 + 90);
  CHECK(json::parse(request.body) == json::parse(R"({"message":{
      "token":")" + std::string(kDevice) + R"(",
      "notification":{"title":"НЗОК","body":"Имате ново отчетено събитие.\nВижте го след вход."},
      "android":{"priority":"NORMAL","ttl":"90s","collapse_key":")" +
                                                 key + R"(",
        "notification":{"tag":")" + key + R"(","visibility":"PRIVATE","channel_id":"notices"}},
      "apns":{"headers":{"apns-collapse-id":")" + key +
                                                 R"(","apns-expiration":")" + end + R"(","apns-priority":"5",
        "apns-push-type":"alert"},"payload":{"aps":{"sound":"default"}}},
      "webpush":{"headers":{"TTL":"90","Topic":")" +
                                                 key + R"(","Urgency":"normal"},"notification":{"tag":")" + key +
                                                 R"("}}}})"));
  const json second = json::parse(rig.host.requests[2].body)["message"];
  CHECK(second["android"]["priority"] == "HIGH");
  CHECK(second["android"]["ttl"] == "2419200s");
  CHECK(second["android"]["collapse_key"] == sinks::collapse_key("two"));
  CHECK(second["apns"]["headers"]["apns-priority"] == "10");
  CHECK(second["webpush"]["headers"]["Urgency"] == "high");
  CHECK(count(rig.verdicts({soon}), "accepted") == 1);
  CHECK(rig.host.requests.back().body == request.body);
}

TEST_CASE("data alone has the texts and the tag in data, and nothing for the system to show", "[fcm][request]") {
  Rig rig(R"({"data_only":true,"priority":"high","ttl":"1h","project":"another"})");
  CHECK(count({rig.verdict()}, "accepted") == 1);
  CHECK(rig.host.requests[1].url == "https://fcm.googleapis.com/v1/projects/another/messages:send");
  const json sent = json::parse(rig.host.requests[1].body)["message"];
  CHECK_FALSE(sent.contains("notification"));
  CHECK(sent["data"] == json{{"title", "НЗОК"},
                             {"body", "Имате ново отчетено събитие.\nВижте го след вход."},
                             {"lang", "bg"},
                             {"tag", sinks::collapse_key("k")}});
  CHECK(sent["android"] == json{{"priority", "HIGH"}, {"ttl", "3600s"}});
  CHECK(sent["apns"]["headers"]["apns-push-type"] == "background");
  CHECK(sent["apns"]["headers"]["apns-priority"] == "5");
  CHECK(sent["apns"]["payload"] == json{{"aps", {{"content-available", 1}}}});
  CHECK_FALSE(sent["webpush"].contains("notification"));
}

TEST_CASE("a dry run is asked for in each request, else in none", "[fcm][request]") {
  Rig trial(R"({"dry_run":true})"), real;
  CHECK(trial.verdict() == std::string("accepted(") + kName + ")");
  CHECK(real.verdict() == trial.verdict());
  json said = json::parse(trial.host.requests[1].body);
  CHECK(said["validate_only"] == true);
  said.erase("validate_only");
  CHECK(said == json::parse(real.host.requests[1].body));
}

TEST_CASE("what cannot be sent never reaches the host", "[fcm][request]") {
  Rig rig;
  const auto refused = [&](const TestMessage& m) {
    const Answers answers = rig.host.deliver({m});
    CHECK_FALSE(answers.begun[0]);
    return answers.verdicts[0];
  };
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a/b"), std::string("a\nb"),
                                 std::string("a\"b"), std::string("ж"), std::string(4097, 'a')}) {
    TestMessage m = message();
    m.to = bad;
    CHECK(refused(m) == "permanent: its address is no registration token");
  }
  TestMessage m = message();
  m.expires_us = rig.host.now_us;
  CHECK(refused(m) == "permanent: expired before it could be sent");
  m = message();
  m.idem_key.clear();
  CHECK(refused(m) == "permanent: the message has no key");
  m = message();
  m.title = "a\nb";
  CHECK(refused(m) == "permanent: the title has a control character or is not UTF-8");
  m = message();
  m.body = std::string("a\0b", 3);
  CHECK(refused(m) == "permanent: the body has a control character or is not UTF-8");
  CHECK(rig.asked() == 0);  // nor is a token asked for
  m = message();
  m.deadline_us = rig.host.now_us;
  CHECK(refused(m) == "retry(message,0): its turn came after its deadline");
  CHECK(rig.host.requests.size() == 1);
  m.deadline_us = rig.host.now_us + 3'000'000;
  rig.verdict(m);
  CHECK(rig.host.requests.back().timeout_ms == 3000);
}

TEST_CASE("a payload of 4,096 bytes is sent and one more is refused", "[fcm][request]") {
  for (const std::string settings : {"{}", R"({"data_only":true})"}) {
    Rig rig(settings);
    TestMessage m = message();
    m.body.clear();
    m.locale.clear();
    rig.verdict(m);
    const json sent = json::parse(rig.host.requests.back().body)["message"];
    const char* part = sent.contains("data") ? "data" : "notification";
    // As JSON, with its name: "data":{...}
    const std::size_t room = 4096 - sent[part].dump().size() - std::string(part).size() - 3;
    m.body = std::string(room, 'x');
    CHECK(count({rig.verdict(m)}, "accepted") == 1);
    m.body += 'x';
    CHECK(rig.verdict(m) == "permanent: the text is too long for a push message");
    m.body = std::string(room / 2, '"');  // as it is written
    CHECK(count({rig.verdict(m)}, "accepted") == 1);
    m.body += '"';
    m.body += '"';
    CHECK(rig.verdict(m) == "permanent: the text is too long for a push message");
  }
}

TEST_CASE("settings and key files that cannot be right are named by their key", "[fcm][settings]") {
  const auto field = [](const std::string& settings, const json& file) {
    FakeHost host(testing::load(VESTITEL_FCM_SINK));
    if (!file.is_null()) host.secrets["service_account"] = file.is_string() ? file.get<std::string>() : file.dump();
    const auto begun = host.begin(settings);
    CHECK(begun.message.find("PRIVATE") == std::string::npos);
    return begun.field_path;
  };
  const auto with = [](const char* name, const json& value) {
    json file = key_file();
    file[name] = value;
    return file;
  };
  CHECK(field("{}", key_file()).empty());
  CHECK(field("{}", nullptr) == "/service_account");
  CHECK(field("{}", "nonsense") == "/service_account");
  CHECK(field("{}", with("type", "authorized_user")) == "/service_account");
  CHECK(field("{}", with("private_key", "x")) == "/service_account");
  CHECK(field("{}", with("private_key", pem_of(sinks::Key(::EVP_EC_gen("P-256")).get()))) == "/service_account");
  CHECK(field("{}", with("private_key", pem_of(sinks::Key(EVP_RSA_gen(1024U)).get()))) == "/service_account");
  CHECK(field("{}", with("client_email", "")) == "/service_account");
  CHECK(field("{}", with("private_key_id", "a\nb")) == "/service_account");
  CHECK(field("{}", with("token_uri", "http://oauth2.googleapis.com/token")) == "/service_account");
  CHECK(field("{}", with("token_uri", 7)) == "/service_account");
  CHECK(field("{}", with("project_id", "a/../b")) == "/service_account");
  CHECK(field("{}", with("project_id", "")) == "/project");
  CHECK(field(R"({"project":"a/b"})", key_file()) == "/project");
  CHECK(field("{}", with("token_uri", "https://evil.example/token")) == "/token_endpoint");
  const json own = with("token_uri", "https://tokens.example.bg:8443/token");
  CHECK(field(R"({"token_endpoint":"https://tokens.example.bg:8443/token"})", own).empty());
  CHECK(field(R"({"token_endpoint":"https://tokens.example.bg"})", own) == "/token_endpoint");
  CHECK(field(R"({"endpoint":"http://fcm.googleapis.com"})", key_file()) == "/endpoint");
  CHECK(field(R"({"endpoint":"http://127.0.0.1:8080"})", key_file()).empty());
  CHECK(field(R"({"ttl":"29d"})", key_file()) == "/ttl");
}

TEST_CASE("a check asks for a token, and for FCM's word on a message to nobody", "[fcm][settings]") {
  Rig rig;
  CHECK(rig.host.check().ok());
  REQUIRE(rig.host.requests.size() == 2);
  CHECK(json::parse(rig.host.requests[1].body) ==
        json::parse(R"({"validate_only":true,"message":{"topic":"vestitel-check","data":{"check":"1"}}})"));
  rig.fcm = [](const FakeRequest&) { return status(403, error(403, "PERMISSION_DENIED")); };
  CHECK(rig.host.check().message == "FCM answered 403 PERMISSION_DENIED: the account may not send for this project");
  CHECK(rig.host.check().rc == VESTITEL_E_CONFIG);
  rig.grant = [] { return none(VESTITEL_E_RETRY, false, "refused"); };
  CHECK(rig.host.check().message == "no token: refused");
  CHECK(rig.host.check().rc == VESTITEL_E_RETRY);
}

}  // namespace vestitel::fcm::test
