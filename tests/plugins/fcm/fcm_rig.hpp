// The built sink in the fake host, with a service account of its own and answers of the token endpoint and of FCM.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

#include "plugins/sinks/common/jwt.hpp"
#include "tests/plugins/http_answers.hpp"
#include "tests/plugins/pem.hpp"

namespace vestitel::fcm::test {

using nlohmann::json;
using testing::Answers;
using testing::FakeAnswer;
using testing::FakeHost;
using testing::FakeRequest;
using testing::none;
using testing::pem_of;
using testing::TestMessage;

constexpr char kDevice[] = "cJ1:APA91b-synthetic_device";
constexpr char kTokenUri[] = "https://oauth2.googleapis.com/token";

// One for all tests: making it takes its time.
inline EVP_PKEY& account_key() {
  static const sinks::Key key(EVP_RSA_gen(2048U));
  return *key;
}

inline json key_file() {
  return {{"type", "service_account"},
          {"project_id", "example-project"},
          {"private_key_id", "0123abcd"},
          {"private_key", pem_of(&account_key())},
          {"client_email", "sender@example-project.iam.gserviceaccount.com"},
          {"client_id", "100"},
          {"token_uri", kTokenUri}};
}

inline FakeAnswer status(std::uint32_t number, const std::string& body = "", std::int64_t retry_after_ms = -1) {
  FakeAnswer answer;
  answer.status = number;
  answer.body = body;
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

inline std::string granted(const std::string& token, int life = 3599) {
  return json{{"access_token", token}, {"expires_in", life}, {"token_type", "Bearer"}}.dump();
}

constexpr char kName[] = "projects/example-project/messages/0:15%31bd";
inline FakeAnswer taken() { return status(200, json{{"name", kName}}.dump()); }

// An error as FCM writes it; `details` are added to the FcmError of `code`, where there is one.
inline std::string error(int number, const std::string& word, const std::string& code = "",
                         const std::vector<json>& details = {}, const std::string& text = "Words of the peer.") {
  std::vector<json> all = details;
  if (!code.empty())
    all.push_back({{"@type", "type.googleapis.com/google.firebase.fcm.v1.FcmError"}, {"errorCode", code}});
  return json{{"error", {{"code", number}, {"message", text}, {"status", word}, {"details", all}}}}.dump();
}
inline json bad_request(const std::string& field) {
  return {{"@type", "type.googleapis.com/google.rpc.BadRequest"},
          {"fieldViolations", json::array({{{"field", field}, {"description", "Invalid value"}}})}};
}
inline json quota(const std::string& description) {
  return {{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
          {"violations", json::array({{{"subject", "project:1"}, {"description", description}}})}};
}

inline TestMessage message(const std::string& key = "k") {
  TestMessage m;
  m.channel = VESTITEL_CHANNEL_PUSH;
  m.to = kDevice;
  m.idem_key = key;
  m.title = "НЗОК";
  m.body = "Имате ново отчетено събитие.\nВижте го след вход.";
  return m;
}

struct Rig {
  explicit Rig(const std::string& settings = "{}") : host(testing::load(VESTITEL_FCM_SINK)) {
    host.secrets["service_account"] = key_file().dump();
    host.http = [this](const FakeRequest& request) { return request.url == kTokenUri ? grant() : fcm(request); };
    REQUIRE(host.begin(settings).ok());
  }
  std::vector<std::string> verdicts(const std::vector<TestMessage>& messages) {
    const Answers answers = host.deliver(messages);
    CHECK(answers.breaches.empty());
    return answers.verdicts;
  }
  std::string verdict(const TestMessage& m = message()) { return verdicts({m})[0]; }
  std::string verdict_on(const FakeAnswer& answer) {
    fcm = [&](const FakeRequest&) { return answer; };
    return verdict();
  }
  // Requests to the token endpoint so far.
  std::ptrdiff_t asked() const {
    return std::count_if(host.requests.begin(), host.requests.end(),
                         [](const FakeRequest& request) { return request.url == kTokenUri; });
  }

  FakeHost host;
  int grants = 0;
  std::function<FakeAnswer()> grant = [this] { return status(200, granted("token-" + std::to_string(++grants))); };
  std::function<FakeAnswer(const FakeRequest&)> fcm = [](const FakeRequest&) { return taken(); };
};

}  // namespace vestitel::fcm::test
