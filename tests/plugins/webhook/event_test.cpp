// What stands in an event, and what can never stand there. Read by nlohmann's parser and held to the published schema
// by valijson; the signature and the envelope of what really leaves are read by Python in webhook_test.py.
#include "plugins/sinks/webhook/event.hpp"

#include <random>

#include "plugins/sinks/webhook/post.hpp"
#include "tests/plugins/webhook/webhook_rig.hpp"
#include "tests/support/json_schema.hpp"

namespace vestitel::webhook::test {
namespace {

using nlohmann::json;
using testing::JsonSchema;

const JsonSchema& schema() {
  static const JsonSchema kSchema(VESTITEL_FORMATS "webhook-event.schema.json");
  return kSchema;
}

Message view_of(const TestMessage& m) {
  Message out;
  out.channel = m.channel;
  out.to = m.to;
  out.title = m.title;
  out.body = m.body;
  out.data_json = m.data_json;
  out.idem_key = m.idem_key;
  out.locale = m.locale;
  return out;
}

Made made(const TestMessage& m, EventOptions options = {}) { return event_of(view_of(m), options); }

constexpr EventOptions kAll{true, true};

}  // namespace

TEST_CASE("an event is the notice under the key of its delivery, and no more unless it is asked for",
          "[webhook][event]") {
  const Made event = made(message("k1"));
  CHECK(event.json ==
        R"({"specversion":"1.0","id":"k1","source":"urn:vestitel:hub","type":"notice.reported","subject":"p-7",)"
        R"("time":"2026-10-05T21:00:00Z","eventid":"e-1-2","channel":"webhook","datacontenttype":"application/json",)"
        R"("data":{"revision":"new","occurred_on":"2026-10-06","urgent":false}})");
  CHECK(schema().fits(event.json));
  const json all = json::parse(made(message("k1"), kAll).json);
  CHECK(all["data"]["message"]["title"] == "Ново отчетено събитие");
  CHECK(all["data"]["message"]["body"] == "Здравейте,\nв НЗОК е отчетено събитие.\n");
  CHECK(all["data"]["message"]["locale"] == "bg");
  CHECK(all["data"]["address"] == "https://hooks.example.bg/of/k1");
  CHECK(all["data"]["revision"] == "new");
  CHECK(schema().fits(all.dump()));
}

TEST_CASE("a message without a notice is an event too", "[webhook][event]") {
  TestMessage m = message("k1");
  m.data_json = "";
  const Made event = made(m);
  CHECK(event.json == R"({"specversion":"1.0","id":"k1","source":"urn:vestitel:hub","type":"notice.reported",)"
                      R"("channel":"webhook","datacontenttype":"application/json","data":{}})");
  CHECK(schema().fits(event.json));
  m.channel = 99;
  CHECK(json::parse(made(m).json).count("channel") == 0);
}

TEST_CASE("a message that no event can be made of says why, without its words", "[webhook][event]") {
  struct Case {
    const char* part;
    std::string value, error;
  };
  const std::string key = "its key is none that a header can carry",
                    text = "its text holds a control character or is not UTF-8",
                    notice = "its notice is no JSON object",
                    attribute = "an attribute of its notice is no line of text";
  const auto c = GENERATE_COPY(values<Case>({
      {"key", "", key},
      {"key", "a.b", key},
      {"key", "a b", key},
      {"key", "a\r\nx: 1", key},
      {"key", "ключ", key},
      {"key", std::string(129, 'k'), key},
      {"title", "a\nb", text},
      {"title", std::string("a\0b", 3), text},
      {"title",
       "a\xE2\x80\xA8"
       "b",
       text},
      {"title", "\xFF", text},
      {"body", "a\rb", text},
      {"body", "a\x1B[0m", text},
      {"body", "cut \xD0", text},
      {"locale", "bg\r\nx", text},
      {"to", "https://a.bg/\r\nx: 1", "its address holds a control character or is not UTF-8"},
      {"data", "{", notice},
      {"data", "[]", notice},
      {"data", "{\"type\":\"\xFF\"}", notice},
      {"data", "{\"data\":" + std::string(100, '[') + std::string(100, ']') + "}", notice},
      {"data", R"({"data":7})", "the data of its notice is no JSON object"},
      {"data", R"({"type":7})", attribute},
      {"data", R"({"source":"a\r\nb"})", attribute},
      {"data", R"({"subject":null})", attribute},
  }));
  TestMessage m = message("k1");
  const std::string part = c.part;
  (part == "key"      ? m.idem_key
   : part == "title"  ? m.title
   : part == "body"   ? m.body
   : part == "locale" ? m.locale
   : part == "to"     ? m.to
                      : m.data_json) = c.value;
  CAPTURE(part, c.value);
  const Made event = made(m, kAll);
  CHECK_FALSE(event);
  CHECK(event.error == c.error);
  CHECK(event.json.empty());
}

TEST_CASE("what only makes a text read as another is taken out", "[webhook][event]") {
  TestMessage m = message("k1");
  m.title =
      "а\xE2\x80\xAE"
      "б\xE2\x80\x8B"
      "в\xEF\xBB\xBF";
  m.body =
      "а\xE2\x81\xA6"
      "б\r\n\tв";
  const json data = json::parse(made(m, kAll).json)["data"];
  CHECK(data["message"]["title"] == "абв");
  CHECK(data["message"]["body"] == "аб\n\tв");
}

// Whatever a name holds, it is refused, or it is one event in one request whose texts are the name.
TEST_CASE("10,000 made-up names never become more than one event", "[webhook][event]") {
  const std::vector<std::string> pieces = {"\r\n",
                                           "\n",
                                           "\r",
                                           std::string(1, '\0'),
                                           "\"",
                                           "\\",
                                           "\"}",
                                           "]",
                                           ",{",
                                           "</script>",
                                           "\xE2\x80\xAE",
                                           "\xE2\x80\x8B",
                                           "\xE2\x80\xA8",
                                           "\xFF",
                                           "\xD0",
                                           "%0d%0a",
                                           "&to=",
                                           "webhook-id: x",
                                           ".",
                                           "Иван",
                                           "Ъ",
                                           "😀",
                                           " ",
                                           "a",
                                           "\\u000a",
                                           "{{x}}",
                                           "\x7F"};
  const auto signer = Signer::create(kSecret);
  std::mt19937 random(20261122);
  std::size_t refused = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string name;
    for (std::size_t i = random() % 8 + 1; i > 0; --i) name += pieces[random() % pieces.size()];
    TestMessage m = message("k" + std::to_string(round));
    (round % 3 == 0 ? m.title : round % 3 == 1 ? m.body : m.to) = name;
    const Made event = made(m, kAll);
    CAPTURE(round, name);
    if (!event) {
      ++refused;
      continue;
    }
    const Post post = make_post({}, *signer, {{0, m.idem_key, event.json, kUrl, {}}}, 0);
    const json read = json::parse(post.request.body);
    REQUIRE(read.size() == 10);
    REQUIRE(read["id"] == m.idem_key);
    REQUIRE(read["data"].size() == 5);
    REQUIRE(schema().fits(post.request.body));
    REQUIRE(post.request.url == kUrl);
    REQUIRE(post.request.headers.size() == 5);
    for (const auto& [header, value] : post.request.headers)
      for (const char c : header + value) REQUIRE((c >= ' ' && c <= '~'));
  }
  CHECK(refused > 4'000);
  CHECK(refused < 9'000);
}

}  // namespace vestitel::webhook::test
