// What pis-contacts-feed asks a service, and what it makes of the answers.
#include "tests/plugins/csv/csv_rig.hpp"
#include "tests/plugins/feed_rig.hpp"
#include "tests/support/json_schema.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_FEED;
const std::string kUrl = "https://pis.example.bg/contacts";
const std::string kSettings = R"({"url":"https://pis.example.bg/contacts","page_size":3})";
const std::string kFormats = std::string(VESTITEL_SOURCE_DIR) + "/docs/formats/";

std::string line(const std::string& second, const std::string& id = "6223041217") {
  return R"({"type":"egn","id":")" + id + R"(","changed":"2026-11-02T06:15:)" + second +
         R"(Z","email":"a@b.bg","mobile":null})" + "\n";
}
std::string end(const std::string& next, bool more) {
  return "{\"next\":" + json_quote(next) + ",\"more\":" + (more ? "true" : "false") + "}\n";
}

struct FeedRig : PagedRig {
  explicit FeedRig(const std::vector<FakeAnswer>& answers = {}, const std::string& settings = kSettings)
      : PagedRig(kLibrary, settings, answers) {}
};

std::string failure(const FakeAnswer& answer, const std::string& cursor = "") {
  FeedRig rig({answer});
  return failure_of(rig, cursor);
}

}  // namespace

TEST_CASE("a poll is one page: its events, then the service's cursor", "[pis-contacts-feed]") {
  FeedRig rig({page(line("01") + line("02") + end("7/a b=ü&", true)),
               page(line("01") + line("02") + end("7/a=&+%", true)), page("\r\n" + line("03") + end("end", false)),
               page(end("end", false))});
  CHECK_FALSE(rig.host.poll("").ok());  // a cursor that nobody could see or set

  const Parsed first = rig.host.poll("");
  CHECK(first.rc == VESTITEL_MORE);
  CHECK(first.events == Texts{"contact.changed new egn:6223041217 2026-11-02+22501000000 "
                              "key=2026-11|2026-11-02T06:15:01Z @1:1 pis-contacts.email=a@b.bg",
                              "contact.changed new egn:6223041217 2026-11-02+22502000000 "
                              "key=2026-11|2026-11-02T06:15:02Z @2:1 pis-contacts.email=a@b.bg"});
  REQUIRE(first.cursors == Texts{"7/a=&+%"});

  const Parsed second = rig.host.poll(first.cursors[0]);
  CHECK(second.rc == VESTITEL_END);
  CHECK(second.events.size() == 1);
  CHECK(second.events[0].find(" @2:1 ") != std::string::npos);
  CHECK(second.cursors == Texts{"end"});

  const Parsed third = rig.host.poll("end");
  CHECK(third.rc == VESTITEL_END);
  CHECK(third.cursors == Texts{});  // nothing new is no unit
  REQUIRE(rig.host.requests.size() == 4);
  CHECK(rig.host.requests[1].url == kUrl + "?limit=3");
  CHECK(rig.host.requests[2].url == kUrl + "?limit=3&after=7%2Fa%3D%26%2B%25");
  CHECK(rig.host.requests[3].url == kUrl + "?limit=3&after=end");
}

TEST_CASE("a page without records that leads on is committed", "[pis-contacts-feed]") {
  FeedRig rig({page(end("b", true))});
  const Parsed polled = rig.host.poll("a");
  CHECK(polled.rc == VESTITEL_MORE);
  CHECK(polled.cursors == Texts{"b"});
}

TEST_CASE("no more is asked for than the host takes at once, nor less than one", "[pis-contacts-feed]") {
  FeedRig rig({page(end("a", false)), page(end("a", false)), page(end("a", false))},
              R"({"url":"https://pis.example.bg/contacts?kind=all"})");
  rig.host.poll("", 2);
  rig.host.poll("", 0);
  rig.host.poll("", 100000);
  REQUIRE(rig.host.requests.size() == 3);
  CHECK(rig.host.requests[0].url == kUrl + "?kind=all&limit=2");
  CHECK(rig.host.requests[1].url == kUrl + "?kind=all&limit=1");
  CHECK(rig.host.requests[2].url == kUrl + "?kind=all&limit=500");
}

TEST_CASE("a request is a read that may be asked again, with the token where there is one", "[pis-contacts-feed]") {
  FeedRig rig({page(end("a", false)), page(end("a", false))});
  rig.host.poll("");
  rig.host.secrets["token"] = "s3cret";
  rig.host.poll("");
  REQUIRE(rig.host.requests.size() == 2);
  for (const FakeRequest& request : rig.host.requests) {
    CHECK(request.method == "GET");
    CHECK(request.flags == VESTITEL_HTTP_REPEATABLE);
    CHECK(request.headers.at("accept") == "application/x-ndjson");
  }
  CHECK(rig.host.requests[0].headers.count("authorization") == 0);
  CHECK(rig.host.requests[1].headers.at("authorization") == "Bearer s3cret");
}

TEST_CASE("a client certificate is named where there is one", "[pis-contacts-feed]") {
  FeedRig rig({page(end("a", false)), page(end("a", false))});
  rig.host.poll("");
  rig.host.secrets["client_certificate"] = "PEM";
  rig.host.poll("");
  REQUIRE(rig.host.requests.size() == 2);
  CHECK(rig.host.requests[0].client_certificate.empty());
  CHECK(rig.host.requests[1].client_certificate == "client_certificate");
  CHECK(rig.host.requests[1].client_key == "client_key");
}

TEST_CASE("pages of a row keep a pause, the first of a row does not", "[pis-contacts-feed]") {
  FeedRig rig({page(line("01") + end("a", true)), page(line("02") + end("b", false)), page(end("b", false)),
               page(line("03") + end("c", true)), status(503), page(end("d", false))});
  const auto slept_ms = [&](const std::string& cursor) {
    const std::int64_t before = rig.host.monotonic_us;
    rig.host.poll(cursor);
    return (rig.host.monotonic_us - before) / 1000;
  };
  CHECK(slept_ms("") == 0);
  CHECK(slept_ms("a") == 200);
  CHECK(slept_ms("b") == 0);
  CHECK(slept_ms("b") == 0);
  CHECK(slept_ms("c") == 200);  // and fails
  CHECK(slept_ms("c") == 0);
  rig.left = {page(line("01") + end("a", true))};
  rig.host.poll("");
  rig.host.cancel = true;
  const std::size_t asked = rig.host.requests.size();
  CHECK(rig.host.poll("a").rc == VESTITEL_E_CANCELLED);
  CHECK(rig.host.requests.size() == asked);
}

TEST_CASE("a line that cannot be an event is set aside alone, with its place in the page", "[pis-contacts-feed]") {
  FeedRig rig({page(line("01") + line("02", "6223041218") + "nonsense\n" + end("a", false))});
  const Parsed polled = rig.host.poll("");
  CHECK(polled.events.size() == 1);
  CHECK(polled.quarantined == Texts{"2:1 id: its check digit is wrong", "3:1 line: is not one JSON object"});
  CHECK(polled.bytes[1] == "nonsense");
  CHECK(polled.offsets[0] == line("01").size());
  CHECK(polled.cursors == Texts{"a"});
}

TEST_CASE("a page that is not whole counts for nothing", "[pis-contacts-feed]") {
  struct Case {
    std::string body, message;
  };
  const std::string missing = "reading a page: its last line, with the cursor, is missing";
  const auto c = GENERATE_COPY(values<Case>({
      {"", missing},
      {line("01"), missing},
      {"<html>\n6223041217</html>\n", missing},
      {line("01") + "{\"next\":\"a\",\"mo", missing},
      {line("01") + "{\"next\":\"a\"}\n", missing},
      {line("01") + "{\"next\":\"\",\"more\":false}\n", missing},
      {line("01") + "{\"next\":7,\"more\":false}\n", missing},
      {line("01") + "{\"next\":\"a b\",\"more\":false}\n", missing},
      {line("01") + end(std::string(1025, 'a'), false), missing},
      {line("01") + "{\"next\":\"a\",\"more\":\"true\"}\n", missing},
      {line("01") + "{\"next\":\"a\",\"next\":\"b\"}\n", missing},
      {line("01") + end("a", true) + line("02"), "reading a page: it goes on behind its last line"},
      {line("01") + line("02") + line("03") + line("04") + end("a", true),
       "reading a page: it is longer than was asked for"},
      {line("01") + end("here", true), "reading a page: it leads back to itself"},
  }));
  CAPTURE(c.body);
  CHECK(failure(page(c.body), "here") == code(VESTITEL_E_DATA) + c.message);
}

TEST_CASE("the longest page and the longest cursor pass", "[pis-contacts-feed]") {
  FeedRig rig({page(line("01") + line("02") + line("03") + end(std::string(1024, '~'), true))});
  const Parsed polled = rig.host.poll("here");
  CHECK(polled.rc == VESTITEL_MORE);
  CHECK(polled.events.size() == 3);
}

TEST_CASE("the same cursor at the end of records is committed, since they came", "[pis-contacts-feed]") {
  FeedRig rig({page(line("01") + end("here", false))});
  CHECK(rig.host.poll("here").cursors == Texts{"here"});
}

TEST_CASE("what the service answers says whether to wait or to call somebody", "[pis-contacts-feed]") {
  struct Case {
    std::uint32_t status;
    vestitel_rc rc;
    const char *field, *more;
  };
  const auto c = GENERATE(values<Case>({
      {204, VESTITEL_E_CONFIG, "/url", ""},
      {301, VESTITEL_E_CONFIG, "/url", ""},
      {400, VESTITEL_E_CONFIG, "/url", ""},
      {401, VESTITEL_E_AUTH, "", ""},
      {403, VESTITEL_E_AUTH, "", ""},
      {404, VESTITEL_E_CONFIG, "/url", ""},
      {408, VESTITEL_E_RETRY, "", ""},
      {410, VESTITEL_E_CONFIG, "", ": it does not know the cursor any more"},
      {425, VESTITEL_E_RETRY, "", ""},
      {429, VESTITEL_E_RETRY, "", ""},
      {500, VESTITEL_E_RETRY, "", ""},
      {503, VESTITEL_E_RETRY, "", ""},
  }));
  CAPTURE(c.status);
  CHECK(failure(status(c.status)) ==
        code(c.rc, c.field) + "asking for a page: the service answered " + std::to_string(c.status) + c.more);
}

TEST_CASE("the feed waits as long as the service says", "[pis-contacts-feed]") {
  FakeAnswer unanswered;
  unanswered.rc = VESTITEL_E_RETRY;
  unanswered.status = 0;
  unanswered.reason = "connection refused";
  unanswered.retry_after_ms = 5'000;
  FeedRig rig({status(429, 90'000), status(503), unanswered});
  CHECK(rig.host.poll("").retry_after_ms == 90'000);
  CHECK(rig.host.poll("").retry_after_ms == 0);
  const Parsed third = rig.host.poll("");
  CHECK(third.rc == VESTITEL_E_RETRY);
  CHECK(third.retry_after_ms == 5'000);
  CHECK(third.message == "asking for a page: connection refused");
}

TEST_CASE("what the host refuses is said as it is", "[pis-contacts-feed]") {
  for (const vestitel_rc rc : {VESTITEL_E_CONFIG, VESTITEL_E_DENIED, VESTITEL_E_DATA, VESTITEL_E_CANCELLED}) {
    FakeAnswer refused;
    refused.rc = rc;
    refused.status = 0;
    refused.reason = "because";
    CHECK(failure(refused) == code(rc) + "asking for a page: because");
  }
}

TEST_CASE("settings that cannot be meant are refused at their key", "[pis-contacts-feed]") {
  struct Case {
    const char *settings, *field;
  };
  const auto c = GENERATE(values<Case>({
      {"{}", "/url"},
      {R"({"url":"http://pis.example.bg/contacts"})", "/url"},
      {R"({"url":"https://pis.example.bg/contacts#x"})", "/url"},
      {R"({"url":"https://pis.example.bg/contacts","page_size":0})", "/page_size"},
      {R"({"url":"https://pis.example.bg/contacts","page_size":5001})", "/page_size"},
      {R"({"url":"https://pis.example.bg/contacts","pause":"11s"})", "/pause"},
      {R"({"url":"https://pis.example.bg/contacts","timeout":"3m"})", "/timeout"},
  }));
  CAPTURE(c.settings);
  FakeHost host(load(kLibrary));
  const Outcome begun = host.begin(c.settings);
  CHECK(begun.rc == VESTITEL_E_CONFIG);
  CHECK(begun.field_path == c.field);
}

TEST_CASE("a check asks for a page of one line", "[pis-contacts-feed]") {
  FeedRig rig({page(end("a", false)), status(401), status(404)});
  CHECK(rig.host.check().ok());
  CHECK(rig.host.requests.back().url == kUrl + "?limit=1");
  CHECK(rig.host.check().rc == VESTITEL_E_AUTH);
  CHECK(rig.host.check().field_path == "/url");
}

TEST_CASE("the examples of the format's page end a page, by schema and feed", "[pis-contacts-feed]") {
  const std::string text = file_text(kFormats + "pis-contacts.md");
  const std::size_t from = text.find("{\"next\"");
  const std::string last = text.substr(from, text.find('\n', from) - from);
  CHECK(JsonSchema(kFormats + "pis-contacts.schema.json").fits(last));
  FeedRig rig({page(line("01") + last)});
  CHECK(rig.host.poll("").cursors == Texts{"2026-11-20/000417"});
}
