// The built webhook sink in a fake host, whose receiver answers as a test wants.
#pragma once
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

#include "tests/plugins/http_answers.hpp"

namespace vestitel::webhook::test {

using testing::FakeAnswer;
using testing::FakeHost;
using testing::FakeRequest;
using testing::TestMessage;

// Section "Signature scheme" of Standard Webhooks has this one.
inline const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline const std::string kOlder = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline const std::string kUrl = "https://hooks.example.bg/vestitel";

inline std::string url_settings(const std::string& more = "") { return "{\"url\":\"" + kUrl + "\"" + more + "}"; }

inline FakeAnswer status(std::uint32_t code, const std::string& body = "", std::int64_t retry_after_ms = -1) {
  FakeAnswer answer;
  answer.status = code;
  answer.body = body;
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

inline FakeAnswer failure(vestitel_rc rc, bool sent, const std::string& reason = "words of the host") {
  return testing::none(rc, sent, reason);
}

struct SinkRig {
  FakeHost host{testing::load(VESTITEL_WEBHOOK_SINK)};

  SinkRig() {
    host.secrets["secret"] = kSecret;
    host.http = [](const FakeRequest&) { return status(204); };
  }
  void begin(const std::string& settings) {
    const auto begun = host.begin(settings);
    CAPTURE(begun.message);
    REQUIRE(begun.ok());
  }
};

inline TestMessage message(const std::string& key) {
  TestMessage m;
  m.channel = VESTITEL_CHANNEL_WEBHOOK;
  m.to = "https://hooks.example.bg/of/" + key;
  m.idem_key = key;
  m.title = "Ново отчетено събитие";
  m.body = "Здравейте,\nв НЗОК е отчетено събитие.\n";
  m.data_json =
      R"({"specversion":"1.0","id":"e-1-2","source":"urn:vestitel:hub","type":"notice.reported","subject":"p-7",)"
      R"("time":"2026-10-05T21:00:00Z","datacontenttype":"application/json",)"
      R"("data":{"revision":"new","occurred_on":"2026-10-06","urgent":false}})";
  return m;
}

// The kinds alone, without reasons.
inline std::vector<std::string> kinds(const testing::Answers& answers) {
  std::vector<std::string> out;
  for (const std::string& verdict : answers.verdicts) out.push_back(verdict.substr(0, verdict.find(": ")));
  return out;
}

}  // namespace vestitel::webhook::test
