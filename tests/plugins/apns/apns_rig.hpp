// The built sink in the fake host, with a key of its own and answers of APNs.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

#include "plugins/sinks/common/jwt.hpp"
#include "tests/plugins/http_answers.hpp"
#include "tests/plugins/pem.hpp"

namespace vestitel::apns::test {

using nlohmann::json;
using testing::Answers;
using testing::FakeAnswer;
using testing::FakeHost;
using testing::FakeRequest;
using testing::none;
using testing::pem_of;
using testing::TestMessage;
using Lines = std::vector<std::string>;

constexpr char kDevice[] = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

inline std::string settings(const std::string& more = "") {
  return R"({"key_id":"ABC123DEFG","team_id":"DEF123GHIJ","topic":"bg.example.app")" + more + "}";
}

inline FakeAnswer taken() {
  FakeAnswer answer;
  answer.http_version = 20;
  answer.headers["apns-id"] = "eabeae54-14a8-8e65-9be6-ae5414a8ae65";
  return answer;
}
inline FakeAnswer refused(std::uint32_t number, const std::string& reason = "", std::int64_t timestamp_ms = 0) {
  FakeAnswer answer;
  answer.http_version = 20;
  answer.status = number;
  json body = {{"reason", reason}};
  if (timestamp_ms != 0) body["timestamp"] = timestamp_ms;
  if (!reason.empty()) answer.body = body.dump();
  return answer;
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
inline std::vector<TestMessage> messages(int n) {
  std::vector<TestMessage> all;
  all.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) all.push_back(message("k" + std::to_string(i)));
  return all;
}

struct Rig {
  explicit Rig(const std::string& given = settings()) : host(testing::load(VESTITEL_APNS_SINK)) {
    host.secrets["auth_key"] = pem_of(sinks::Key(::EVP_EC_gen("P-256")).get());
    host.http = [this](const FakeRequest& request) { return apns(request); };
    REQUIRE(host.begin(given).ok());
  }
  Lines verdicts(const std::vector<TestMessage>& all) {
    const Answers answers = host.deliver(all);
    CHECK(answers.breaches.empty());
    return answers.verdicts;
  }
  std::string verdict(const TestMessage& m = message()) { return verdicts({m})[0]; }
  std::string verdict_on(const FakeAnswer& answer) {
    apns = [&](const FakeRequest&) { return answer; };
    return verdict();
  }
  std::string token() const { return host.requests.back().headers.at("authorization"); }
  void later(std::int64_t minutes) { host.now_us += minutes * 60'000'000; }

  FakeHost host;
  std::function<FakeAnswer(const FakeRequest&)> apns = [](const FakeRequest&) { return taken(); };
};

inline std::ptrdiff_t count(const Lines& verdicts, const std::string& kind) {
  return std::count_if(verdicts.begin(), verdicts.end(), [&](const std::string& v) { return v.rfind(kind, 0) == 0; });
}

}  // namespace vestitel::apns::test
