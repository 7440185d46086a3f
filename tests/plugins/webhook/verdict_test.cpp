#include "plugins/sinks/webhook/verdicts.hpp"

#include <catch2/catch.hpp>

#include <vestitel/testing/render.hpp>

namespace vestitel::webhook::test {
namespace {

constexpr std::int64_t kHour = 3'600'000;

std::string show(const Judgement& judgement) {
  const std::string text = testing::render_verdict(judgement.verdict.abi());
  return text.substr(0, text.find(": ")) + (judgement.our_fault ? " !" : "");
}

HttpAnswerView answered(std::uint32_t status, std::string_view body = {}, std::int64_t retry_after_ms = -1) {
  HttpAnswerView answer;
  answer.sent = true;
  answer.status = status;
  answer.body = body;
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

HttpAnswerView failed(vestitel_rc rc, bool sent, std::uint32_t status = 0) {
  HttpAnswerView answer;
  answer.rc = rc;
  answer.sent = sent;
  answer.status = status;
  answer.reason = "words of the host";
  return answer;
}

}  // namespace

TEST_CASE("each answer has one verdict, and its own where a person registered the URL", "[webhook][verdict]") {
  struct Case {
    std::uint32_t status;
    const char* ours;
    const char* registered;
  };
  const auto c = GENERATE(values<Case>({
      {200, "accepted(k1)", "accepted(k1)"},
      {201, "accepted(k1)", "accepted(k1)"},
      {202, "accepted(k1)", "accepted(k1)"},
      {204, "accepted(k1)", "accepted(k1)"},
      {206, "accepted(k1)", "accepted(k1)"},
      {300, "config_error", "permanent"},
      {301, "config_error", "permanent"},
      {302, "config_error", "permanent"},
      {304, "config_error", "permanent"},
      {307, "config_error", "permanent"},
      {308, "config_error", "permanent"},
      {400, "permanent !", "permanent !"},
      {401, "config_error", "config_error"},
      {403, "config_error", "config_error"},
      {404, "config_error", "permanent"},
      {405, "permanent !", "permanent !"},
      {406, "permanent !", "permanent !"},
      {407, "config_error", "config_error"},
      {408, "retry(message,0)", "retry(message,0)"},
      {409, "retry(message,0)", "retry(message,0)"},
      {410, "config_error", "contact_dead(0)"},
      {411, "permanent !", "permanent !"},
      {413, "permanent !", "permanent !"},
      {414, "permanent !", "permanent !"},
      {415, "permanent !", "permanent !"},
      {418, "permanent !", "permanent !"},
      {422, "permanent !", "permanent !"},
      {425, "retry(message,0)", "retry(message,0)"},
      {429, "retry(sink,0)", "retry(recipient,0)"},
      {499, "permanent !", "permanent !"},
      {500, "retry(sink,0)", "retry(recipient,0)"},
      {501, "retry(sink,0)", "retry(recipient,0)"},
      {502, "retry(sink,0)", "retry(recipient,0)"},
      {503, "retry(sink,0)", "retry(recipient,0)"},
      {504, "retry(sink,0)", "retry(recipient,0)"},
      {599, "retry(sink,0)", "retry(recipient,0)"},
  }));
  CAPTURE(c.status);
  CHECK(show(judge(answered(c.status), "k1", Owner::sink)) == c.ours);
  CHECK(show(judge(answered(c.status), "k1", Owner::recipient)) == c.registered);
}

TEST_CASE("where no answer came, what had left decides", "[webhook][verdict]") {
  struct Case {
    HttpAnswerView answer;
    const char* ours;
    const char* registered;
  };
  const auto c = GENERATE(values<Case>({
      {failed(VESTITEL_E_RETRY, false), "retry(link,0)", "retry(recipient,0)"},  // refused, no name, no time
      {failed(VESTITEL_E_NOMEM, false), "retry(link,0)", "retry(recipient,0)"},
      {failed(VESTITEL_E_RETRY, true), "unknown", "unknown"},       // lost, reset, too late
      {failed(VESTITEL_E_RETRY, true, 200), "unknown", "unknown"},  // the answer was cut in the middle
      {failed(VESTITEL_E_RETRY, true, 503), "unknown", "unknown"},
      {failed(VESTITEL_E_RETRY, true, 100), "unknown", "unknown"},
      {failed(VESTITEL_E_DATA, true), "unknown", "unknown"},
      {failed(VESTITEL_E_DATA, true, 200), "accepted(k1)", "accepted(k1)"},  // more words than anybody reads
      {failed(VESTITEL_E_DATA, true, 400), "permanent !", "permanent !"},
      {failed(VESTITEL_E_CANCELLED, false), "retry(message,0)", "retry(message,0)"},
      {failed(VESTITEL_E_CANCELLED, true), "unknown", "unknown"},
      {failed(VESTITEL_E_CONFIG, false), "config_error", "permanent"},  // the certificate
      {failed(VESTITEL_E_CONFIG, true), "unknown", "unknown"},
      {failed(VESTITEL_E_DENIED, false), "config_error", "permanent"},  // beyond the allow-list, an address of our own
      {failed(VESTITEL_E_INVALID, false), "permanent", "permanent"},
  }));
  CAPTURE(c.answer.rc, c.answer.sent, c.answer.status);
  CHECK(show(judge(c.answer, "k1", Owner::sink)) == c.ours);
  CHECK(show(judge(c.answer, "k1", Owner::recipient)) == c.registered);
}

TEST_CASE("a wait that the receiver names is kept, and believed up to an hour", "[webhook][verdict]") {
  for (const std::uint32_t code : {429U, 500U, 503U}) {
    CHECK(show(judge(answered(code, "", 7'000), "k", Owner::sink)) == "retry(sink,7000)");
    CHECK(show(judge(answered(code, "", 7'000), "k", Owner::recipient)) == "retry(recipient,7000)");
  }
  for (const std::uint32_t code : {408U, 409U, 425U})
    CHECK(show(judge(answered(code, "", 7'000), "k", Owner::sink)) == "retry(message,7000)");
  CHECK(show(judge(answered(503, "", 0), "k", Owner::sink)) == "retry(sink,0)");
  CHECK(show(judge(answered(503, "", 86'400'000), "k", Owner::sink)) == "retry(sink," + std::to_string(kHour) + ")");
}

TEST_CASE("the receiver's own id is kept where it is one", "[webhook][verdict]") {
  const auto id = [](std::string_view body) { return show(judge(answered(200, body), "k1", Owner::sink)); };
  CHECK(id(R"({"id":"msg_2aF.x:1~b-7"})") == "accepted(msg_2aF.x:1~b-7)");
  CHECK(id(R"({"more":{"id":"inner"},"id":"outer"})") == "accepted(outer)");
  for (const char* body : {R"({"id":""})", R"({"id":7})", R"({"id":null})", R"({"id":{"id":"x"}})", R"(["id"])",
                           R"("id")", R"({"id":"Иван"})", R"({"id":"a b"})", R"({"id":"a\nb"})",
                           R"({"id":"p@example.bg"})", R"({"id":"x")", "<html>ok</html>", "\xFF\xFE", "null"})
    CHECK(id(body) == "accepted(k1)");
  CHECK(id("{\"id\":\"" + std::string(129, 'x') + "\"}") == "accepted(k1)");
  CHECK(id(std::string(60'000, '[')) == "accepted(k1)");
}

TEST_CASE("409 is a success only where it names what we sent", "[webhook][verdict]") {
  CHECK(show(judge(answered(409, R"({"id":"k1"})"), "k1", Owner::sink)) == "accepted(k1)");
  CHECK(show(judge(answered(409, R"({"id":"k2"})"), "k1", Owner::sink)) == "retry(message,0)");
  CHECK(show(judge(answered(409, "k1 is known"), "k1", Owner::sink)) == "retry(message,0)");
  const vestitel_kv header = {{"webhook-id", 10}, {"k1", 2}};
  HttpAnswerView named = answered(409);
  named.headers = &header;
  named.header_count = 1;
  CHECK(show(judge(named, "k1", Owner::sink)) == "accepted(k1)");
  CHECK(show(judge(named, "k2", Owner::sink)) == "retry(message,0)");
}

TEST_CASE("no reason repeats what the receiver wrote", "[webhook][verdict]") {
  for (std::uint32_t code = 300; code < 600; ++code) {
    const auto said = judge(answered(code, "no such person: ivan.petrov@example.bg"), "k", Owner::sink);
    CHECK(said.verdict.reason().find("the receiver answered " + std::to_string(code)) == 0);
    CHECK(said.verdict.reason().find("ivan") == std::string::npos);
  }
}

}  // namespace vestitel::webhook::test
