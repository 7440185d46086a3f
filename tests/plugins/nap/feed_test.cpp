// The feed against a register that answers as told: whom it asks, how fast, and what it does with each answer.
#include <nlohmann/json.hpp>

#include "tests/plugins/reader_rig.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

constexpr std::int64_t kSecond = 1'000'000, kDay = 86'400 * kSecond;
const std::string kPassword = "па\"рола&1";

std::string reply(const std::string& inside) {
  return "<ns0:PIS_Response xmlns:ns0='response.ws.nhif'>" + inside + "</ns0:PIS_Response>";
}
std::string status(const std::string& code, const std::string& more = "") {
  return reply("<ns0:Patient><ns0:Status>" + code + "</ns0:Status>" + more + "</ns0:Patient>");
}

struct Register {
  FakeHost host{load(VESTITEL_FEED)};
  std::map<std::string, FakeAnswer> answers;  // by PIN; else insured
  std::string cursor;

  explicit Register(const std::string& more = "") {
    host.secrets["password"] = kPassword;
    host.subjects = {{VESTITEL_EGN, "9932319981"}, {VESTITEL_LNCH, "1001239981"}, {VESTITEL_NAP, "9990000011"}};
    host.http = [this](const FakeRequest& request) { return answer_to(request); };
    REQUIRE(host.begin(R"({"practice_number":"2201999002","practice_eik":"999000113")" + more + "}").ok());
  }

  FakeAnswer answer_to(const FakeRequest& request) {
    const auto found = answers.find(pin_of(request));
    FakeAnswer insured;
    insured.body = status("1");
    return found == answers.end() ? insured : found->second;
  }
  static std::string pin_of(const FakeRequest& request) {
    const std::size_t at = request.body.find("<PIN>") + 5;
    return request.body.substr(at, request.body.find("</PIN>") - at);
  }
  void say(const std::string& pin, std::uint32_t code, const std::string& body, std::int64_t retry_after_ms = -1) {
    answers[pin].status = code;
    answers[pin].body = body;
    answers[pin].retry_after_ms = retry_after_ms;
  }

  Parsed poll() {
    Parsed polled = host.poll(cursor);
    if (!polled.cursors.empty()) cursor = polled.cursors.back();
    return polled;
  }
  // Whom it has asked about since the last look.
  std::string asked() {
    std::string pins;
    for (const FakeRequest& request : host.requests) pins += (pins.empty() ? "" : " ") + pin_of(request);
    host.requests.clear();
    return pins;
  }
};

const std::string kAll = "9932319981 1001239981 9990000011";

}  // namespace

TEST_CASE("each subscribed person is asked about once, with the declared kind of number", "[nap]") {
  Register rig;
  const Parsed polled = rig.poll();
  REQUIRE(polled.rc == VESTITEL_END);
  CHECK(polled.events ==
        Lines{"insurance.status-changed new egn:9932319981 2026-11-25 key=nap|status code.nap-status=1",
              "insurance.status-changed new lnch:1001239981 2026-11-25 key=nap|status code.nap-status=1",
              "insurance.status-changed new nap:9990000011 2026-11-25 key=nap|status code.nap-status=1"});
  REQUIRE(rig.host.requests.size() == 3);
  const FakeRequest& request = rig.host.requests[1];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://nraapp03.nra.bg:4445/nhifrcz/NhifStatus5Port");
  CHECK((request.flags & VESTITEL_HTTP_REPEATABLE) == 0);
  CHECK_THAT(request.body, Contains("<PIN>1001239981</PIN><PINType>1</PINType><ChkDt>2026-11-25T00:00:00</ChkDt>") &&
                               Contains("RCZPassword=\"па&quot;рола&amp;1\""));
  CHECK(rig.asked() == kAll);
  CHECK(rig.cursor == "rests since 2026-11-25T12:00:00Z");
}

TEST_CASE("people whom the register does not know by their number are passed by", "[nap]") {
  Register rig;
  rig.host.subjects = {{VESTITEL_EHIC, "BG1234567890"}, {VESTITEL_EGN, "9932319981"}, {VESTITEL_UIN, "2299000011"}};
  rig.poll();
  CHECK(rig.asked() == "9932319981");
}

TEST_CASE("nobody is asked about again before the time is over", "[nap]") {
  Register rig(R"(,"ask_every":"7d")");
  rig.poll();
  CHECK(rig.asked() == kAll);
  rig.host.now_us += 7 * kDay - 1;
  const Parsed resting = rig.poll();
  CHECK(resting.rc == VESTITEL_END);
  CHECK(resting.cursors.empty());  // nothing was found: nothing to make durable
  CHECK(rig.asked() == "");
  rig.host.now_us += 1;
  rig.poll();
  CHECK(rig.asked() == kAll);
}

TEST_CASE("a poll asks about a minute's worth of people, one after the other", "[nap]") {
  Register rig(R"(,"requests_per_minute":2)");
  const std::int64_t before = rig.host.monotonic_us;
  rig.poll();
  CHECK(rig.asked() == "9932319981 1001239981");
  CHECK(rig.host.monotonic_us - before == 30 * kSecond);  // one pause
  CHECK(rig.cursor == "after 2");

  SECTION("the next poll keeps the pause too") {
    rig.poll();
    CHECK(rig.host.monotonic_us - before == 60 * kSecond);
    CHECK(rig.asked() == "9990000011");
  }
  SECTION("and has none to keep where time has gone by") {
    rig.host.now_us += 60 * kSecond;
    rig.poll();
    CHECK(rig.host.monotonic_us - before == 30 * kSecond);
    CHECK(rig.asked() == "9990000011");
  }
}

TEST_CASE("no more people are asked about than a poll may emit", "[nap]") {
  Register rig;
  rig.host.poll("", 1);
  CHECK(rig.asked() == "9932319981");
}

TEST_CASE("a service that is not to be had passes nobody by", "[nap]") {
  struct Case {
    const char* name;
    std::uint32_t status;
    const char* body;
  };
  const auto c = GENERATE(values<Case>({{"a page", 200, "<!DOCTYPE html><html><body>Грешка</body></html>"},
                                        {"empty", 200, ""},
                                        {"busy", 503, ""},
                                        {"moved", 302, ""}}));
  CAPTURE(c.name);
  Register rig;
  rig.say("1001239981", c.status, c.body);
  const Parsed polled = rig.poll();
  CHECK(polled.rc == VESTITEL_E_RETRY);
  CHECK(polled.events.size() == 1);  // who came before it is durable
  CHECK(polled.quarantined.empty());
  CHECK(rig.cursor == "after 1");
  CHECK(rig.asked() == "9932319981 1001239981");
  rig.answers.clear();
  CHECK(rig.poll().rc == VESTITEL_END);
  CHECK(rig.asked() == "1001239981 9990000011");
}

TEST_CASE("no answer at all is tried again later", "[nap]") {
  Register rig;
  rig.answers["9932319981"].rc = VESTITEL_E_RETRY;
  rig.answers["9932319981"].reason = "timed out";
  const Parsed polled = rig.poll();
  CHECK(polled.rc == VESTITEL_E_RETRY);
  CHECK(polled.message == "asking for a status: timed out");
  CHECK(polled.events.empty());
  CHECK(rig.cursor == "");
}

TEST_CASE("what the service asks to wait is waited, over restarts too", "[nap]") {
  Register rig;
  rig.say("9932319981", 429, "", 7'200'000);
  const Parsed polled = rig.poll();
  CHECK(polled.rc == VESTITEL_E_RETRY);
  CHECK(polled.retry_after_ms == 7'200'000);
  rig.asked();
  rig.answers.clear();

  Register again;  // another process, with what was kept
  again.host.kept = rig.host.kept;
  again.host.now_us += 7'100 * kSecond;
  again.poll();
  CHECK(again.asked() == "");
  again.host.now_us += 100 * kSecond;
  again.poll();
  CHECK(again.asked() == kAll);
}

TEST_CASE("a clock that was set back does not stop the feed for long", "[nap]") {
  Register rig;
  rig.host.kept["next"] = {std::to_string(rig.host.now_us + 100 * kDay), 1};
  rig.poll();
  CHECK(rig.asked() == kAll);
}

TEST_CASE("no data is no event and no failure", "[nap]") {
  Register rig;
  rig.say("9932319981", 200, status("3"));
  rig.say("1001239981", 200, status(""));
  rig.say("9990000011", 200, status("01"));
  const Parsed polled = rig.poll();
  CHECK(polled.rc == VESTITEL_END);
  CHECK(polled.events.empty());
  CHECK(polled.quarantined.empty());
  CHECK_THAT(rig.host.logs.back(), Contains("statuses_asked people=3 without_data=3 refusals=0 quarantined=0"));
}

TEST_CASE("who is refused by the register stops asking", "[nap]") {
  const std::string refused =
      reply("<ns0:Error><ns0:Code>3</ns0:Code><ns0:Message>Невалидна</ns0:Message></ns0:Error>");
  Register rig;
  SECTION("by the code of an Error") {
    rig.say("1001239981", 200, refused);
    const Parsed polled = rig.poll();
    CHECK(polled.rc == VESTITEL_E_AUTH);
    CHECK(polled.events.size() == 1);
    CHECK(rig.cursor == "after 1");
    CHECK(rig.asked() == "9932319981 1001239981");
  }
  SECTION("by the status") {
    rig.say("9932319981", 401, "");
    CHECK(rig.poll().rc == VESTITEL_E_AUTH);
    CHECK(rig.asked() == "9932319981");
  }
}

TEST_CASE("other errors pass the person by, and three in a row leave the service alone", "[nap]") {
  const std::string error = reply("<ns0:Error><ns0:Code>7</ns0:Code></ns0:Error>");
  Register rig(R"(,"requests_per_minute":1)");
  rig.host.subjects.emplace_back(VESTITEL_EGN, "5831079946");
  rig.say("9932319981", 200, error);
  rig.say("1001239981", 200, "<cut");
  rig.say("9990000011", 200, error);
  const auto poll = [&] {
    rig.host.now_us += 61 * kSecond;
    return rig.poll();
  };
  CHECK(poll().rc == VESTITEL_END);
  CHECK(poll().rc == VESTITEL_END);
  CHECK(poll().rc == VESTITEL_E_RETRY);
  CHECK(rig.cursor == "after 3");
  CHECK(poll().events.size() == 1);
  CHECK(rig.asked() == kAll + " 5831079946");
}

TEST_CASE("what cannot be read goes to quarantine, without the password", "[nap]") {
  Register rig;
  rig.say("9932319981", 200, reply("<p/>"));
  rig.say("1001239981", 200, reply("<p><PIN>5831079946</PIN></p>"));
  const Parsed polled = rig.poll();
  CHECK(polled.rc == VESTITEL_END);
  CHECK(polled.quarantined == Lines{"1:48 status: is missing", "1:51 PIN: is not of whom was asked about"});
  CHECK(polled.bytes == Lines{reply("<p/>"), reply("<p><PIN>5831079946</PIN></p>")});
  CHECK(polled.events.size() == 1);
  Register echo;
  echo.say("9932319981", 200, reply("<p/>") + "<!--" + kPassword + "-->");
  CHECK(echo.poll().bytes == Lines{""});
}

TEST_CASE("neither password nor person is ever logged", "[nap]") {
  Register rig;
  rig.say("9932319981", 200, reply("<p/>"));
  rig.say("1001239981", 500, kPassword + " 1001239981");
  const Parsed polled = rig.poll();
  for (const std::string& line : rig.host.logs)
    CHECK_THAT(line, !Contains("рола") && !Contains("9932319981") && !Contains("1001239981"));
  CHECK(polled.message == "asking for a status: 500");
  CHECK_THAT(rig.cursor + rig.host.kept["next"].first, !Contains("рола") && !Contains("993231"));
}

TEST_CASE("without a password, or a granted service, nobody is asked", "[nap]") {
  Register rig;
  SECTION("no password") {
    rig.host.secrets.clear();
    const Parsed polled = rig.poll();
    CHECK(polled.rc == VESTITEL_E_CONFIG);
    CHECK(polled.field_path == "/password");
  }
  SECTION("no people") {
    rig.host.withheld = {"vestitel.subjects/1"};
    CHECK(rig.poll().rc == VESTITEL_E_DENIED);
  }
  CHECK(rig.asked() == "");
}

TEST_CASE("with nobody subscribed a round does not begin to rest", "[nap]") {
  Register rig;
  rig.host.subjects.clear();
  CHECK(rig.poll().cursors.empty());
  CHECK(rig.cursor == "");
}

TEST_CASE("what was recorded once is answered again", "[nap]") {
  Lines cassette = lines_of(std::string(VESTITEL_SAMPLES) + "recorded.http");
  Register rig;
  rig.host.secrets["password"] = "********";
  rig.host.subjects = {{VESTITEL_EGN, "9932319981"}, {VESTITEL_EGN, "5831079946"}, {VESTITEL_EGN, "9622299980"}};
  rig.host.http = [&](const FakeRequest& request) {
    REQUIRE_FALSE(cassette.empty());
    const auto exchange = nlohmann::json::parse(cassette.front());
    cassette.erase(cassette.begin());
    REQUIRE(exchange.at("url") == request.url);
    REQUIRE(exchange.at("body") == request.body);
    FakeAnswer out;
    out.status = exchange.at("answer").at("status");
    out.body = exchange.at("answer").at("body");
    out.retry_after_ms = exchange.at("answer").value("retry_after_ms", -1);
    return out;
  };
  const Parsed busy = rig.poll();
  CHECK(busy.rc == VESTITEL_E_RETRY);
  CHECK(busy.events.size() == 1);
  rig.host.now_us += 60 * kSecond;
  const Parsed rest = rig.poll();
  CHECK(rest.events == Lines{"insurance.status-changed new egn:5831079946 2026-11-25 key=nap|status code.nap-status=2 "
                             "code.nap-missing-month=2026-04"});
  CHECK(rig.cursor == "rests since 2026-11-25T12:01:00Z");
}
