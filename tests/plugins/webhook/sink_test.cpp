#include <nlohmann/json.hpp>
#include <set>

#include "plugins/sinks/webhook/signature.hpp"
#include "tests/plugins/webhook/webhook_rig.hpp"

namespace vestitel::webhook::test {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

constexpr std::int64_t kSecond = 1'000'000;

// "field: message" of settings and secrets that cannot be meant.
std::string refusal(const std::string& settings,
                    const std::map<std::string, std::string>& secrets = {{"secret", kSecret}}) {
  FakeHost host(testing::load(VESTITEL_WEBHOOK_SINK));
  host.secrets = secrets;
  const auto begun = host.begin(settings);
  CHECK(begun.rc == (begun.field_path.empty() ? VESTITEL_OK : VESTITEL_E_CONFIG));
  for (const auto& [name, value] : secrets) CHECK(begun.message.find(value) == std::string::npos);
  return begun.field_path;
}

std::vector<TestMessage> messages(std::size_t n) {
  std::vector<TestMessage> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(message("k" + std::to_string(i)));
  return all;
}

Lines ids_in(const FakeRequest& request) {
  const json body = json::parse(request.body);
  Lines out;
  for (const json& event : body.is_array() ? body : json::array({body})) out.push_back(event["id"]);
  return out;
}

}  // namespace

TEST_CASE("a message is one POST, signed, under its key", "[webhook]") {
  SinkRig rig;
  rig.host.secrets["secret"] = kSecret + "\n" + kOlder;
  rig.begin(url_settings());
  rig.host.http = [](const FakeRequest&) { return status(200, R"({"id":"theirs"})"); };
  const auto answers = rig.host.deliver({message("k1")});
  CHECK(answers.verdicts == Lines{"accepted(theirs)"});
  CHECK(answers.breaches.empty());
  REQUIRE(rig.host.requests.size() == 1);
  const FakeRequest& request = rig.host.requests[0];
  CHECK(request.method == "POST");
  CHECK(request.url == kUrl);
  CHECK(request.message == 0);
  const std::string seconds = std::to_string(rig.host.now_us / kSecond);
  const auto signature = Signer::create(kSecret + " " + kOlder)->sign("k1", rig.host.now_us / kSecond, request.body);
  CHECK(request.headers ==
        std::map<std::string, std::string>{{"content-type", "application/cloudevents+json; charset=utf-8"},
                                           {"idempotency-key", "k1"},
                                           {"webhook-id", "k1"},
                                           {"webhook-signature", signature},
                                           {"webhook-timestamp", seconds}});
  CHECK((request.flags & VESTITEL_HTTP_REPEATABLE) != 0);
  CHECK(request.body.find("example.bg") == std::string::npos);  // no address, no text
  CHECK(request.body.find("НЗОК") == std::string::npos);
}

TEST_CASE("a repeat has the same id, and a time and signature of its own", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings());
  rig.host.http = [](const FakeRequest&) { return failure(VESTITEL_E_RETRY, true); };
  CHECK(kinds(rig.host.deliver({message("k1")})) == Lines{"unknown"});
  rig.host.now_us += 60 * kSecond;
  rig.host.http = [](const FakeRequest&) { return status(204); };
  CHECK(kinds(rig.host.deliver({message("k1")})) == Lines{"accepted(k1)"});
  const auto& sent = rig.host.requests;
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].headers.at("webhook-id") == sent[1].headers.at("webhook-id"));
  CHECK(sent[0].body == sent[1].body);
  CHECK(sent[0].headers.at("webhook-signature") != sent[1].headers.at("webhook-signature"));
}

TEST_CASE("each message has its own verdict, whatever the others'", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings());
  rig.host.http = [](const FakeRequest& request) {
    if (request.message == 0) return status(204);
    if (request.message == 1) return status(503, "", 9'000);
    if (request.message == 2) return failure(VESTITEL_E_RETRY, true);
    return failure(VESTITEL_E_RETRY, false);
  };
  const auto answers = rig.host.deliver(messages(4));
  CHECK(kinds(answers) == Lines{"accepted(k0)", "retry(sink,9000)", "unknown", "retry(link,0)"});
  CHECK(answers.begun == std::vector<bool>{true, true, true, false});
  CHECK(answers.breaches.empty());
}

TEST_CASE("several go in one POST, and each is told of by its own id", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":3)"));
  rig.host.http = [](const FakeRequest&) { return status(202, R"({"id":"all-of-them"})"); };
  const auto answers = rig.host.deliver(messages(7));
  CHECK(answers.verdicts == Lines{"accepted(k0)", "accepted(k1)", "accepted(k2)", "accepted(k3)", "accepted(k4)",
                                  "accepted(k5)", "accepted(all-of-them)"});
  CHECK(answers.breaches.empty());
  REQUIRE(rig.host.requests.size() == 3);
  CHECK(ids_in(rig.host.requests[0]) == Lines{"k0", "k1", "k2"});
  CHECK(ids_in(rig.host.requests[2]) == Lines{"k6"});
  for (const auto& request : rig.host.requests) {
    CHECK(request.headers.at("content-type") == "application/cloudevents-batch+json; charset=utf-8");
    CHECK(json::parse(request.body).is_array());
  }
  CHECK(rig.host.requests[0].headers.at("webhook-id") == joint_id({"k0", "k1", "k2"}));
  CHECK(rig.host.requests[2].headers.at("webhook-id") == "k6");
}

TEST_CASE("each POST but the last has as many as may be", "[webhook]") {
  for (const int most : {50, 100}) {
    SinkRig rig;
    rig.begin(url_settings(R"(,"batch":)" + std::to_string(most)));
    CHECK(rig.host.deliver(messages(250)).breaches.empty());
    std::multiset<std::size_t> sizes;
    for (const auto& request : rig.host.requests) sizes.insert(ids_in(request).size());
    CHECK(sizes ==
          (most == 50 ? std::multiset<std::size_t>{50, 50, 50, 50, 50} : std::multiset<std::size_t>{50, 100, 100}));
  }
}

TEST_CASE("an answer that never comes leaves all of a POST unknown, one that cannot leave none", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":10)"));
  rig.host.http = [](const FakeRequest&) { return failure(VESTITEL_E_RETRY, true); };
  CHECK(kinds(rig.host.deliver(messages(2))) == Lines{"unknown", "unknown"});
  rig.host.http = [](const FakeRequest&) { return failure(VESTITEL_E_RETRY, false); };
  CHECK(kinds(rig.host.deliver(messages(2))) == Lines{"retry(link,0)", "retry(link,0)"});
}

TEST_CASE("one message that the receiver refuses does not cost the others of its POST", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":10)"));
  rig.host.http = [](const FakeRequest& request) {
    return status(request.body.find("\"k2\"") == std::string::npos ? 204 : 422);
  };
  const auto answers = rig.host.deliver(messages(4));
  CHECK(kinds(answers) == Lines{"accepted(k0)", "accepted(k1)", "permanent", "accepted(k3)"});
  CHECK(answers.breaches.empty());
  CHECK(rig.host.requests.size() == 5);
  CHECK(rig.host.logs == Lines{"4 webhook_event_refused status=422 messages=1"});
}

TEST_CASE("a POST that is large enough takes no more", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":100,"include_text":true)"));
  auto all = messages(5);
  for (auto& m : all) m.body = std::string(200 * 1024, 'x');
  CHECK(rig.host.deliver(all).verdicts ==
        Lines{"accepted(k0)", "accepted(k1)", "accepted(k2)", "accepted(k3)", "accepted(k4)"});
  CHECK(rig.host.requests.size() == 3);
  for (const auto& request : rig.host.requests) CHECK(request.body.size() <= 513 * 1024);
}

TEST_CASE("what cannot go out is settled, and nothing of it leaves", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"include_text":true)"));
  auto all = messages(5);
  all[0].expires_us = rig.host.now_us;
  all[1].deadline_us = rig.host.now_us;
  all[2].idem_key = "a\r\nx: 1";
  all[3].body = std::string(256 * 1024 + 1, 'x');
  const auto answers = rig.host.deliver(all);
  CHECK(answers.verdicts == Lines{"permanent: expired before it could be sent",
                                  "retry(message,0): its turn came after its deadline",
                                  "permanent: its key is none that a header can carry",
                                  "permanent: the body is larger than 256 KiB", "accepted(k4)"});
  CHECK(answers.begun == std::vector<bool>{false, false, false, false, true});
  CHECK(rig.host.requests.size() == 1);
}

TEST_CASE("what goes alone is not sent any more once the hub stops, and is no unknown", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":10)"));
  rig.host.http = [&](const FakeRequest&) {
    rig.host.cancel = true;
    return status(400);
  };
  CHECK(kinds(rig.host.deliver(messages(2))) == Lines{"retry(message,0)", "retry(message,0)"});
  CHECK(rig.host.requests.size() == 1);
}

TEST_CASE("a request waits no longer than the shortest of what it carries may", "[webhook]") {
  SinkRig rig;
  rig.begin(url_settings(R"(,"batch":2,"timeout":"5s")"));
  auto all = messages(6);
  all[1].deadline_us = rig.host.now_us + 3 * kSecond;
  all[3].deadline_us = rig.host.now_us + 60 * kSecond;
  rig.host.deliver(all);
  REQUIRE(rig.host.requests.size() == 3);
  CHECK(rig.host.requests[0].timeout_ms == 3'000);
  CHECK(rig.host.requests[1].timeout_ms == 5'000);
  CHECK(rig.host.requests[2].timeout_ms == 5'000);
}

TEST_CASE("without the service that posts, it says so at the start", "[webhook]") {
  SinkRig rig;
  rig.host.withheld = {"vestitel.http/1"};
  CHECK(rig.host.begin(url_settings()).rc == VESTITEL_E_DENIED);
}

TEST_CASE("with recipient_host each message goes to its own address, which has to be a name's", "[webhook]") {
  SinkRig rig;
  rig.begin(R"({"recipient_host":"*.example.bg"})");
  auto all = messages(9);
  const char* bad[] = {"http://hooks.example.bg/x", "https://127.0.0.1/x", "https://0x7f000001/x",
                       "https://2130706433/",       "https://[::1]/",      "https://u@hooks.example.bg/",
                       "https://localhost/",        "person@example.bg"};
  for (std::size_t i = 0; i < 8; ++i) all[i + 1].to = bad[i];
  rig.host.http = [](const FakeRequest&) { return status(410); };
  const auto answers = rig.host.deliver(all);
  CHECK(kinds(answers)[0] == "contact_dead(0)");
  for (std::size_t i = 1; i < 9; ++i) {
    CAPTURE(bad[i - 1]);
    CHECK(answers.verdicts[i] == "permanent: its address is no https URL of a named host");
  }
  REQUIRE(rig.host.requests.size() == 1);
  CHECK(rig.host.requests[0].url == "https://hooks.example.bg/of/k0");
}

TEST_CASE("a token and a client certificate go by the names of their secrets", "[webhook]") {
  SinkRig rig;
  rig.host.secrets["token"] = "t0ken";
  rig.host.secrets["client_certificate"] = "PEM";
  rig.host.secrets["client_key"] = "PEM";
  rig.begin(url_settings());
  rig.host.http = [](const FakeRequest&) { return status(401, "t0ken"); };
  const auto answers = rig.host.deliver({message("k1")});
  CHECK(answers.verdicts == Lines{"config_error: the receiver answered 401"});
  REQUIRE(rig.host.requests.size() == 1);
  CHECK(rig.host.requests[0].headers.at("authorization") == "Bearer t0ken");
  CHECK(rig.host.requests[0].client_certificate == "client_certificate");
  CHECK(rig.host.requests[0].client_key == "client_key");
  for (const std::string& line : rig.host.logs) CHECK(line.find("t0ken") == std::string::npos);
}

TEST_CASE("settings that cannot be meant are refused by their key", "[webhook]") {
  const auto url = [](const std::string& text) { return R"({"url":")" + text + R"("})"; };
  CHECK(refusal(url_settings()).empty());
  for (const char* good : {"http://127.0.0.1:8080/x", "http://localhost/", "http://[::1]:8080/", "https://10.1.2.3/x"})
    CHECK(refusal(url(good)).empty());
  for (const char* bad : {"http://hooks.example.bg/", "http://127.0.0.2/", "https://u:p@a.bg/", "https://a.bg/#x",
                          "ftp://a.bg/", "https://"})
    CHECK(refusal(url(bad)) == "/url");
  CHECK(refusal("{}") == "/url");
  CHECK(refusal(url_settings(R"(,"recipient_host":"hooks.example.bg")")) == "/recipient_host");
  CHECK(refusal(R"({"recipient_host":"*.example.bg"})").empty());
  for (const char* bad : {"*", "*.bg", "bg", "127.0.0.1", "a.bg:8443", "https://a.bg", "*.*.bg"})
    CHECK(refusal(R"({"recipient_host":")" + std::string(bad) + R"("})") == "/recipient_host");
  CHECK(refusal(R"({"recipient_host":"a.bg","batch":2})") == "/batch");
  for (const char* batch : {"0", "101"}) CHECK(refusal(url_settings(R"(,"batch":)" + std::string(batch))) == "/batch");
}

TEST_CASE("secrets that cannot be meant are refused by their name, not by what they are", "[webhook]") {
  CHECK(refusal(url_settings(), {}) == "/secret");
  CHECK(refusal(url_settings(), {{"secret", "whsec_short"}}) == "/secret");
  CHECK(refusal(url_settings(), {{"secret", kSecret}, {"token", "a\r\nb: 1"}}) == "/token");
  CHECK(refusal(url_settings(), {{"secret", kSecret}, {"client_key", "PEM of a key"}}) == "/client_certificate");
  CHECK(refusal(url_settings(), {{"secret", kSecret}, {"client_certificate", "PEM of it"}}) == "/client_key");
}

TEST_CASE("a check reaches the receiver and posts nothing", "[webhook]") {
  SinkRig rig;
  rig.host.secrets["client_certificate"] = "PEM";
  rig.host.secrets["client_key"] = "PEM";
  REQUIRE(rig.host.create().ok());
  REQUIRE(rig.host.configure(url_settings()).ok());
  rig.host.http = [](const FakeRequest&) { return status(405); };
  CHECK(rig.host.check().ok());
  REQUIRE(rig.host.requests.size() == 1);
  CHECK(rig.host.requests[0].method == "HEAD");
  CHECK(rig.host.requests[0].headers.empty());
  CHECK(rig.host.requests[0].client_certificate == "client_certificate");
  CHECK(rig.host.requests[0].client_key == "client_key");
  rig.host.http = [](const FakeRequest&) { return failure(VESTITEL_E_CONFIG, false, "the certificate"); };
  CHECK(rig.host.check().field_path == "/url");
  rig.host.http = [](const FakeRequest&) { return failure(VESTITEL_E_RETRY, false); };
  CHECK(rig.host.check().rc == VESTITEL_E_RETRY);
}

}  // namespace vestitel::webhook::test
