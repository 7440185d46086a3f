// 10,000 made-up texts: one JSON body and one recipient each, as another parser reads them.
#include <random>

#include "plugins/sinks/common/outbound_text.hpp"
#include "tests/plugins/fcm/fcm_rig.hpp"

namespace vestitel::fcm::test {
namespace {

const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all = {"\r\n",
                                               "\n",
                                               "\r",
                                               std::string(1, '\0'),
                                               "\t",
                                               "\x1B",
                                               "\x7F",
                                               "\xE2\x80\xA8",
                                               "\xE2\x80\xAE",
                                               "\xE2\x80\x8B",
                                               "\"",
                                               "\"}",
                                               "\",\"token\":\"other",
                                               "\"}},\"topic\":\"all",
                                               "\\",
                                               "\\u0000",
                                               "\\\"",
                                               "{",
                                               "]",
                                               ",",
                                               "/",
                                               "' OR 1",
                                               "%0d%0a",
                                               "\xF0\x9F\x98\x80",
                                               "Мария",
                                               "a",
                                               " ",
                                               "\xFF",
                                               "\xED\xA0\x80"};
  return all;
}

// Reads the body by events: how often a key comes, which nlohmann's values do not tell.
std::size_t times(const std::string& body, const std::string& name) {
  std::size_t found = 0;
  const auto look = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && parsed == name) ++found;
    return true;
  };
  const json whole = json::parse(body, look, false);
  return whole.is_object() ? found : 0;
}

void check_body(const TestMessage& m, const std::string& body, bool data_only) {
  const json sent = json::parse(body, nullptr, false);
  REQUIRE(sent.is_object());
  REQUIRE(sent.size() == 1);
  REQUIRE(times(body, "token") == 1);
  REQUIRE(times(body, "message") == 1);
  const json& inside = sent["message"];
  REQUIRE(inside.size() == 5);
  REQUIRE(inside["token"] == m.to);
  const json& texts = inside[data_only ? "data" : "notification"];
  REQUIRE(texts["title"] == sinks::one_line(m.title).value());
  REQUIRE(texts["body"] == sinks::several_lines(m.body).value());
  for (const char* absent : {"topic", "condition"}) REQUIRE(times(body, absent) == 0);
}

}  // namespace

TEST_CASE("10,000 made-up texts are one body and one recipient each, or none", "[fcm][injection]") {
  std::mt19937 random(20261123);
  std::size_t sent = 0;
  for (const bool data_only : {false, true}) {
    Rig rig(data_only ? R"({"data_only":true})" : "{}");
    for (int i = 0; i < 5000; ++i) {
      TestMessage m = message();
      for (std::string* text : {&m.title, &m.body, &m.locale, &m.idem_key, &m.to}) {
        if (random() % 3 != 0) continue;
        if (text != &m.to) text->clear();
        for (std::size_t n = random() % 4; n > 0; --n) *text += pieces()[random() % pieces().size()];
      }
      rig.host.requests.clear();
      const Answers answers = rig.host.deliver({m});
      REQUIRE(answers.breaches.empty());
      const bool went = answers.verdicts[0].rfind("accepted(", 0) == 0;
      REQUIRE((went || answers.verdicts[0].rfind("permanent: ", 0) == 0));
      const auto bodies = static_cast<std::size_t>(std::count_if(rig.host.requests.begin(), rig.host.requests.end(),
                                                                 [](const auto& r) { return r.url != kTokenUri; }));
      REQUIRE(bodies == (went ? 1U : 0U));
      if (!went) continue;
      ++sent;
      const FakeRequest& request = rig.host.requests.back();
      REQUIRE(request.url == "https://fcm.googleapis.com/v1/projects/example-project/messages:send");
      REQUIRE(request.headers.size() == 2);
      check_body(m, request.body, data_only);
    }
  }
  CHECK(sent > 2000);
  CHECK(sent < 9000);
}

}  // namespace vestitel::fcm::test
