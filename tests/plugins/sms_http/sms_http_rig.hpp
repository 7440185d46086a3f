// The built sms-http sink in a fake host, whose gateway answers as a test wants.
#pragma once
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

#include "tests/plugins/http_answers.hpp"

namespace vestitel::sms_http::test {

using testing::FakeAnswer;
using testing::FakeHost;
using testing::FakeRequest;
using testing::TestMessage;
using Lines = std::vector<std::string>;

inline constexpr const char* kReceiptUrl = "https://hub.example.bg/receipts/sms-http/s3cret";
inline constexpr const char* kTo = "+359888000001";

inline std::string shipped(const std::string& name) {
  std::ifstream in(std::string(VESTITEL_SOURCE_DIR) + "/config/sms-http/" + name + ".yaml");
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string settings_with(const std::string& profile, const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json all = {
      {"url", "https://sms.example.bg"}, {"profile", profile}, {"sender", "NZOK"}, {"username", "vestitel"}};
  if (!more.empty()) all.update(more);
  return all.dump();
}

inline FakeAnswer status(std::uint32_t code, const std::string& body = "", std::int64_t retry_after_ms = -1) {
  FakeAnswer answer;
  answer.status = code;
  answer.body = body;
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

struct SinkRig {
  FakeHost host{testing::load(VESTITEL_SMS_HTTP_SINK)};

  explicit SinkRig(const std::string& profile, const nlohmann::json& more = nlohmann::json::object()) {
    host.secrets = {{"password", "p&w=\"}"}, {"token", "t0ken"}, {"receipt_url", kReceiptUrl}};
    const auto begun = host.begin(settings_with(profile, more));
    CAPTURE(begun.field_path, begun.message);
    REQUIRE(begun.ok());
  }
  void answer(const FakeAnswer& answer) {
    host.http = [answer](const FakeRequest&) { return answer; };
  }
  // Who calls: by GET, or with a body.
  testing::Outcome called(const std::string& query, const std::string& body = "") {
    return host.callback(":method: " + std::string(body.empty() ? "GET" : "POST") + "\n:query: " + query + "\n", body);
  }
  // "id verdict" of what the calls so far came to.
  Lines heard() {
    Lines out;
    for (const auto& one : host.receipts) out.push_back(one.provider_id + " " + testing::render_verdict(one.verdict));
    return out;
  }
};

inline TestMessage message(const std::string& key, const std::string& body = "Hello") {
  TestMessage m;
  m.channel = VESTITEL_CHANNEL_SMS;
  m.to = kTo;
  m.idem_key = key;
  m.body = body;
  return m;
}

// The kind alone, without its reason.
inline std::string kind(const std::string& verdict) { return verdict.substr(0, verdict.find(": ")); }

}  // namespace vestitel::sms_http::test
