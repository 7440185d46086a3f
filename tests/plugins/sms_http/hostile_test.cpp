// Ten thousand odd texts and numbers: one request each, with one recipient, whose fields decode to what was given.
#include <random>

#include "tests/plugins/sms_http/decode.hpp"
#include "tests/plugins/sms_http/sms_http_rig.hpp"

namespace vestitel::sms_http::test {
namespace {

constexpr const char* kSigns[] = {"&to=",
                                  "+359888000002",
                                  "%0d%0a",
                                  "\r\n",
                                  "\n",
                                  "\t",
                                  "#",
                                  "\"}",
                                  "\"",
                                  "'",
                                  "\\",
                                  "=",
                                  "?",
                                  "%",
                                  "%00",
                                  "{to}",
                                  "{{",
                                  "}}",
                                  "${x}",
                                  "😀",
                                  "👨‍👩‍👧",
                                  "\u202e",
                                  "\u200b",
                                  "\u2060",
                                  "\ufeff",
                                  "\u2028",
                                  "Ж",
                                  "щ",
                                  "a",
                                  " ",
                                  "€",
                                  "@",
                                  "<script>",
                                  "; DROP",
                                  "X-Kannel-To: 1",
                                  "\x01",
                                  "\x7f",
                                  "\xff",
                                  "\xc3",
                                  "é",
                                  "e\u0301"};
constexpr const char* kNumbers[] = {"+359888000001",
                                    "+359888000001&to=+359888000002",
                                    "+359888000001%2C",
                                    "+35988",
                                    "+359888000001\r\nX-Kannel-To: +1",
                                    "359888000001",
                                    "+359 888",
                                    "+1",
                                    "+359888000001\"}",
                                    "+4915112345678",
                                    "\u202e+359888000001",
                                    "+35988800000\u0661"};

std::string pick(std::mt19937& random, const char* const* list, std::size_t size) { return list[random() % size]; }

TestMessage odd(std::mt19937& random, int number) {
  TestMessage m;
  m.channel = VESTITEL_CHANNEL_SMS;
  m.idem_key = "k" + std::to_string(number);
  m.to = random() % 2 == 0 ? "+3598880" + std::to_string(10000 + random() % 90000)
                           : pick(random, kNumbers, std::size(kNumbers));
  m.body.clear();
  const std::size_t signs = 1 + random() % 12;
  for (std::size_t i = 0; i < signs; ++i) m.body += pick(random, kSigns, std::size(kSigns));
  return m;
}

bool is_number(const std::string& to) {
  return to.size() >= 6 && to.size() <= 16 && to[0] == '+' &&
         to.find_first_not_of("0123456789", 1) == std::string::npos;
}

// What has to arrive. Empty: nothing may.
std::string wanted(std::string text) {
  for (const char* stop : {"\x01", "\x7f", "\xff", "\u2028"})
    if (text.find(stop) != std::string::npos) return {};
  for (std::size_t at = text.find('\xc3'); at != std::string::npos; at = text.find('\xc3', at + 1))
    if (at + 1 == text.size() || (static_cast<unsigned char>(text[at + 1]) & 0xC0) != 0x80) return {};
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  replace("\r\n", "\n");
  replace("\t", " ");
  for (const char* hidden : {"\u202e", "\u200b", "\u2060", "\ufeff", "\u200d"}) replace(hidden, "");
  return text;
}

std::string only(const std::vector<std::pair<std::string, std::string>>& pairs, const std::string& name) {
  std::string out;
  int times = 0;
  for (const auto& [key, value] : pairs)
    if (key == name) out = value, ++times;
  CHECK(times == 1);
  return out;
}

const std::string kForm = R"(
profile: 1
request: {form: {to: "{to}", text: "{text}", from: "{sender}", ref: "{id}"}}
answers: {success: {status: 200, id: {pattern: 'OK {value}'}}}
)";
const std::string kQuery = R"(
profile: 1
request: {method: GET, path: /s, query: {to: "{to}", text: "{text}", from: "{sender}", ref: "{id}"}}
answers: {success: {status: 200, id: {pattern: 'OK {value}'}}}
)";
const std::string kJson = R"(
profile: 1
request: {json: {messages: [{to: ["{to}"], text: "x{text}", from: "{sender}"}]}}
answers: {success: {status: 200, id: {pattern: 'OK {value}'}}}
)";

struct Read {
  std::string to, text;
};

Read read(int form, const FakeRequest& request) {
  if (form == 2) {
    const auto body = nlohmann::json::parse(request.body);
    REQUIRE(body.size() == 1);
    REQUIRE(body["messages"].size() == 1);
    const auto& one = body["messages"][0];
    REQUIRE(one.size() == 3);
    REQUIRE(one["to"].size() == 1);
    CHECK(one["from"] == "NZOK");
    return {one["to"][0], one["text"].get<std::string>().substr(1)};
  }
  if (form == 3) return {request.headers.at("x-kannel-to"), request.body};
  const std::string& text = form == 0 ? request.body : request.url.substr(request.url.find('?') + 1);
  for (const char c : text) REQUIRE((c > ' ' && c <= '~' && c != '#' && c != '"'));
  const auto pairs = pairs_of(text);
  CHECK(pairs.size() == 4);
  CHECK(only(pairs, "from") == "NZOK");
  return {only(pairs, "to"), only(pairs, "text")};
}

}  // namespace

TEST_CASE("ten thousand odd texts and numbers leave their fields nowhere", "[sms-http]") {
  std::mt19937 random(20261125);
  const std::string profiles[] = {kForm, kQuery, kJson, shipped("kannel")};
  std::size_t arrived = 0;
  for (int form = 0; form < 4; ++form) {
    SinkRig rig(profiles[form], {{"max_parts", 10}});
    rig.answer(form == 3 ? status(202, "0: Accepted for delivery") : status(200, "OK 1"));
    for (int batch = 0; batch < 25; ++batch) {
      std::vector<TestMessage> messages;
      for (int i = 0; i < 100; ++i) messages.push_back(odd(random, batch * 100 + i));
      rig.host.requests.clear();
      const auto answers = rig.host.deliver(messages);
      REQUIRE(answers.breaches.empty());
      std::size_t next = 0;
      for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::string text = wanted(messages[i].body);
        CAPTURE(form, messages[i].to, messages[i].body);
        if (text.empty() || !is_number(messages[i].to)) {
          CHECK(kind(answers.verdicts[i]) == "permanent");
          continue;
        }
        CHECK(kind(answers.verdicts[i]).rfind("accepted(", 0) == 0);
        REQUIRE(next < rig.host.requests.size());
        const FakeRequest& request = rig.host.requests[next++];
        CHECK(request.message == i);
        const Read got = read(form, request);
        CHECK(got.to == messages[i].to);
        CHECK(got.text == text);
        for (const auto& [name, value] : request.headers) CHECK(value.find_first_of("\r\n") == std::string::npos);
        ++arrived;
      }
      CHECK(next == rig.host.requests.size());
    }
  }
  CHECK(arrived > 2000);
}

}  // namespace vestitel::sms_http::test
