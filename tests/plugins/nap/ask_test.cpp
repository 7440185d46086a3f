// The pure parts of the feed: what is asked, what an answer means, where a round stands.
#include <catch2/catch.hpp>

#include "plugins/sources/common/sofia.hpp"
#include "plugins/sources/nap_nhifstatus5/answer.hpp"
#include "plugins/sources/nap_nhifstatus5/ask.hpp"
#include "plugins/sources/nap_nhifstatus5/walk.hpp"

namespace nap {
namespace {

constexpr std::int64_t kSummer = 1'790'715'600'000'000;  // 2026-09-29T21:00:00Z: in Sofia already the 30th
constexpr std::int64_t kDay = 86'400'000'000;

std::string cursor_after(const char* cursor, std::int64_t now_us) {
  Walk walk(cursor);
  return walk.rests(now_us, kDay) ? "rests" : walk.cursor();
}

}  // namespace

TEST_CASE("the request is the one that the register takes", "[nap]") {
  CHECK(request_xml({"2201999002", "999000113"}, "a\"<&\n", '1', "1001239981", kSummer) ==
        R"(<?xml version="1.0" encoding="UTF-8"?><PIS_Request xmlns="request.ws.nhif" ReqDate="2026-09-30T00:00:00" )"
        R"(RespType="0" RCZNo="2201999002" RCZEik="999000113" RCZPassword="a&quot;&lt;&amp;&#10;"><Patient>)"
        R"(<PIN>1001239981</PIN><PINType>1</PINType><ChkDt>2026-09-30T00:00:00</ChkDt></Patient></PIS_Request>)");
}

TEST_CASE("the register knows three kinds of numbers", "[nap]") {
  CHECK(pin_type(VESTITEL_EGN) == '0');
  CHECK(pin_type(VESTITEL_LNCH) == '1');
  CHECK(pin_type(VESTITEL_NAP) == '2');
  CHECK_FALSE(pin_type(VESTITEL_EHIC));
  CHECK_FALSE(pin_type(VESTITEL_UIN));
}

TEST_CASE("times in Sofia follow the clocks of the Union", "[nap]") {
  CHECK(sources::time_in_sofia(1'774'745'999'000'000) == "2026-03-29T02:59:59");
  CHECK(sources::time_in_sofia(1'774'746'000'000'000) == "2026-03-29T04:00:00");
  CHECK(sources::time_in_sofia(1'792'889'999'000'000) == "2026-10-25T03:59:59");
  CHECK(sources::time_in_sofia(1'792'890'000'000'000) == "2026-10-25T03:00:00");
}

TEST_CASE("each answer has one meaning", "[nap]") {
  struct Case {
    const char* name;
    vestitel_rc rc;
    std::uint32_t status;
    std::int64_t retry_after_ms;
    const char* body;
    Meaning meaning;
    std::int64_t wait_ms;
  };
  const auto c = GENERATE(values<Case>({
      {"xml", VESTITEL_OK, 200, -1, "<?xml?><r/>", Meaning::reply, 0},
      {"no answer", VESTITEL_E_RETRY, 0, -1, "", Meaning::later, 0},
      {"too long", VESTITEL_E_DATA, 0, -1, "", Meaning::later, 0},
      {"not granted", VESTITEL_E_DENIED, 0, -1, "", Meaning::settings, 0},
      {"no certificate", VESTITEL_E_CONFIG, 0, -1, "", Meaning::settings, 0},
      {"unauthorized", VESTITEL_OK, 401, -1, "", Meaning::auth, 0},
      {"forbidden", VESTITEL_OK, 403, -1, "", Meaning::auth, 0},
      {"too many", VESTITEL_OK, 429, 120'000, "", Meaning::later, 120'000},
      {"busy", VESTITEL_OK, 503, 5'000, "<r/>", Meaning::later, 5'000},
      {"broken", VESTITEL_OK, 500, -1, "<r/>", Meaning::later, 0},
      {"gone", VESTITEL_OK, 404, -1, "<r/>", Meaning::later, 0},
      {"empty", VESTITEL_OK, 200, -1, " \r\n", Meaning::later, 0},
      {"a page", VESTITEL_OK, 200, -1, "\xEF\xBB\xBF\n<!DOCTYPE html><html>", Meaning::later, 0},
      {"a bare page", VESTITEL_OK, 200, -1, "<HTML>", Meaning::later, 0},
  }));
  CAPTURE(c.name);
  vestitel::HttpAnswer answer;
  answer.rc = c.rc;
  answer.status = c.status;
  answer.retry_after_ms = c.retry_after_ms;
  answer.body = c.body;
  const Verdict verdict = verdict_of(answer);
  CHECK(verdict.meaning == c.meaning);
  CHECK(verdict.wait_ms == c.wait_ms);
  CHECK(verdict.reason.empty() == (c.meaning == Meaning::reply));
}

TEST_CASE("the codes that refuse the practice are those of the settings", "[nap]") {
  CHECK(refuses_practice("3", "3"));
  CHECK(refuses_practice("1|3", "3"));
  CHECK_FALSE(refuses_practice("13", "3"));
  CHECK_FALSE(refuses_practice("", ""));
  CHECK_FALSE(refuses_practice("3", ""));
}

TEST_CASE("a round rests for its time, then begins anew", "[nap]") {
  CHECK(cursor_after("", kSummer) == "");
  CHECK(cursor_after("after 12", kSummer) == "after 12");
  CHECK(cursor_after("rests since 2026-09-28T21:00:01Z", kSummer) == "rests");
  CHECK(cursor_after("rests since 2026-09-28T21:00:00Z", kSummer) == "");
  Walk walk("");
  walk.pass("77");
  CHECK(walk.cursor() == "after 77");
  walk.end_round(kSummer);
  CHECK(walk.cursor() == "rests since 2026-09-29T21:00:00Z");
  for (const char* odd : {"12", "after ", "rests since today", "rests since 2026-02-30T00:00:00Z",
                          "after 123456789012345678901234567890123"}) {
    CAPTURE(odd);
    CHECK_THROWS_AS(Walk(odd), vestitel::Error);
  }
}

}  // namespace nap
