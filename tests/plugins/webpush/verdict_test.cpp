// What the sink makes of each answer of a push service.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/plugins/webpush/sink_rig.hpp"

namespace vestitel::webpush::test {
namespace {

std::string on(const FakeAnswer& answer) { return Rig().verdict_on(answer); }
std::string told(std::uint32_t number) { return ": the push service answered " + std::to_string(number); }

}  // namespace

TEST_CASE("every row of the table of answers", "[webpush][verdicts]") {
  const std::string now = std::to_string(Rig().host.now_us);
  FakeAnswer created = status(201);
  created.headers["location"] = "https://updates.push.services.mozilla.com/m/abc";
  CHECK(on(created) == "accepted(https://updates.push.services.mozilla.com/m/abc)");
  CHECK(on(status(202)) == "accepted()");
  CHECK(on(status(200)) == "accepted()");
  CHECK(on(status(400)) == "permanent" + told(400));
  CHECK(on(status(401)) == "contact_dead(" + now + ")" + told(401) + ": the subscription was made with another key");
  CHECK(on(status(403)) == "contact_dead(" + now + ")" + told(403) + ": the subscription was made with another key");
  CHECK(on(status(404)) == "contact_dead(" + now + ")" + told(404));
  CHECK(on(status(410)) == "contact_dead(" + now + ")" + told(410));
  CHECK(on(status(413)) == "permanent" + told(413) + ": the message is too large for it");
  CHECK(on(status(429)) == "retry(link,0)" + told(429));
  CHECK(on(status(429, 120'000)) == "retry(link,120000)" + told(429));
  CHECK(on(status(429, 86'400'000)) == "retry(link,3600000)" + told(429));
  for (const std::uint32_t number : {500U, 502U, 503U, 504U, 599U})
    CHECK(on(status(number)) == "retry(link,0)" + told(number));
  CHECK(on(status(503, 7'000)) == "retry(link,7000)" + told(503));
  for (const std::uint32_t number : {300U, 301U, 302U, 303U, 307U, 308U})
    CHECK(on(status(number)) == "permanent" + told(number));
  for (const std::uint32_t number : {402U, 405U, 406U, 411U, 415U, 418U, 422U})
    CHECK(on(status(number)) == "permanent" + told(number));
  CHECK(on(status(408)) == "retry(message,0)" + told(408));
  CHECK(on(status(425)) == "retry(message,0)" + told(425));
  CHECK(on(none(VESTITEL_E_CONFIG, false, "a certificate")) == "retry(link,0): TLS: a certificate");
  CHECK(on(none(VESTITEL_E_RETRY, false, "refused")) == "retry(link,0): not sent: refused");
  CHECK(on(none(VESTITEL_E_RETRY, true, "timeout")) == "unknown: sent, and no answer: timeout");
  CHECK(on(none(VESTITEL_E_CANCELLED, true, "stop")) == "unknown: sent, and no answer: stop");
  CHECK(on(none(VESTITEL_E_CANCELLED, false, "stop")) == "retry(message,0): stopped before it was sent");
  CHECK(on(none(VESTITEL_E_DENIED, false, "not granted")) ==
        "permanent: the hub does not send to this push service: not granted");
  FakeAnswer flood = status(201);
  flood.rc = VESTITEL_E_DATA;
  CHECK(on(flood) == "accepted()");
}

TEST_CASE("what nobody understood is for somebody to look at, without an address", "[webpush][verdicts]") {
  Rig rig;
  for (const std::uint32_t number : {400U, 302U}) {
    rig.host.http = [&](const FakeRequest&) { return status(number); };
    rig.verdict();
    REQUIRE_FALSE(rig.host.logs.empty());
    CHECK(rig.host.logs.back() ==
          std::to_string(VESTITEL_LOG_ERROR) +
              " webpush_not_understood service=updates.push.services.mozilla.com status=" + std::to_string(number));
  }
}

TEST_CASE("a refused key costs nobody the address, a subscription of another key does", "[webpush][verdicts]") {
  const auto refusing = [](const FakeRequest& request) {
    return status(request.url.find("other-key") == std::string::npos ? 201 : 403);
  };
  const auto batch = [](int good, int bad) {
    std::vector<TestMessage> all;
    all.reserve(static_cast<std::size_t>(good + bad));
    for (int i = 0; i < bad; ++i)
      all.push_back(message(kChrome + std::string("other-key") + std::to_string(i), "b" + std::to_string(i)));
    for (int i = 0; i < good; ++i) all.push_back(message(kChrome + std::to_string(i), "g" + std::to_string(i)));
    return all;
  };
  const auto count = [](const Answers& answers, const std::string& kind) {
    CHECK(answers.breaches.empty());
    return std::count_if(answers.verdicts.begin(), answers.verdicts.end(),
                         [&](const std::string& v) { return v.rfind(kind, 0) == 0; });
  };
  const auto ends_as = [&](int good, int bad, const std::string& kind) {
    Rig rig;
    rig.host.http = refusing;
    const Answers answers = rig.host.deliver(batch(good, bad));
    return count(answers, "accepted") == good && count(answers, kind) == bad;
  };
  CHECK(ends_as(0, 1, "config_error"));  // nothing says that the key is right
  CHECK(ends_as(0, 5, "config_error"));
  CHECK(ends_as(1, 1, "contact_dead"));  // settled when the whole batch has been answered
  CHECK(ends_as(10, 3, "contact_dead"));
  CHECK(ends_as(3, 3, "config_error"));
  Rig rig;
  rig.host.http = refusing;
  CHECK(count(rig.host.deliver(batch(1, 2)), "config_error") == 2);
  CHECK(count(rig.host.deliver(batch(2, 2)), "contact_dead") == 2);  // the same two again: two of three others
  rig.host.now_us += 3'600'000'000;
  CHECK(count(rig.host.deliver(batch(0, 2)), "config_error") == 2);  // what was an hour ago no longer counts
  rig.host.http = [](const FakeRequest&) {
    FakeAnswer answer = status(403);
    answer.body = R"({"reason":"BadJwtToken"})";
    return answer;
  };
  const std::size_t before = rig.host.requests.size();
  CHECK(rig.verdict() == "config_error: the push service answered 403: it does not take the VAPID token");
  rig.verdict();  // and the next token is a new one, as it is after any refusal: it may have ended on its way
  CHECK(rig.host.requests[before].headers.at("authorization") !=
        rig.host.requests[before + 1].headers.at("authorization"));
  rig.host.http = refusing;
  rig.verdict(message(std::string(kMozilla) + "other-key"));
  rig.verdict();
  CHECK(rig.host.requests[before + 2].headers.at("authorization") !=
        rig.host.requests[before + 3].headers.at("authorization"));
}

}  // namespace vestitel::webpush::test
