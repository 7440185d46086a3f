// The built sink in the fake host, with messages for a browser and answers of a push service.
#pragma once
#include <catch2/catch.hpp>
#include <string>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

#include "tests/plugins/http_answers.hpp"
#include "tests/plugins/webpush/webpush_rig.hpp"

namespace vestitel::webpush::test {

using testing::Answers;
using testing::FakeAnswer;
using testing::FakeHost;
using testing::FakeRequest;
using testing::none;
using testing::TestMessage;

constexpr char kKey[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr char kKeyPoint[] = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr char kMozilla[] = "https://updates.push.services.mozilla.com/wpush/v2/",
               kChrome[] = "https://fcm.googleapis.com/fcm/send/";

inline std::string settings(const std::string& more = "") {
  return R"({"contact":"mailto:push@example.bg")" + more + "}";
}

inline TestMessage message(const std::string& endpoint = std::string(kMozilla) + "one", const std::string& key = "k") {
  TestMessage m;
  m.channel = VESTITEL_CHANNEL_PUSH;
  m.to = subscription(endpoint);
  m.idem_key = key;
  m.title = "НЗОК";
  m.body = "Имате ново отчетено събитие. Вижте го след вход.";
  return m;
}

inline FakeAnswer status(std::uint32_t number, std::int64_t retry_after_ms = -1) {
  FakeAnswer answer;
  answer.status = number;
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

struct Rig {
  explicit Rig(const std::string& json = settings()) : host(testing::load(VESTITEL_WEBPUSH_SINK)) {
    host.secrets["vapid_key"] = kKey;
    host.http = [](const FakeRequest&) { return status(201); };
    REQUIRE(host.begin(json).ok());
  }
  std::string verdict(const TestMessage& m = message()) {
    const Answers answers = host.deliver({m});
    CHECK(answers.breaches.empty());
    return answers.verdicts[0];
  }
  // The verdict on an answer, once a service has taken a message with this key.
  std::string verdict_on(const FakeAnswer& answer) {
    CHECK(verdict() == "accepted()");
    host.http = [&](const FakeRequest&) { return answer; };
    return verdict();
  }
  FakeHost host;
};

}  // namespace vestitel::webpush::test
