// The language of profiles: what is refused, where, and with what is allowed.
#include <random>

#include "tests/plugins/sms_http/sms_http_rig.hpp"

namespace vestitel::sms_http::test {
namespace {

testing::Outcome begun(const std::string& profile) {
  FakeHost host(testing::load(VESTITEL_SMS_HTTP_SINK));
  host.secrets = {{"password", "p"}, {"token", "t"}, {"receipt_url", kReceiptUrl}};
  return host.begin(settings_with(profile));
}

const std::string kHead = "profile: 1\n";
const std::string kRequest = "request: {form: {to: '{to}', text: '{text}'}}\n";
const std::string kAnswers = "answers: {success: {status: 200, id: {json: id}}}\n";

std::string with_request(const std::string& line) { return kHead + "request:\n" + line + "\n" + kAnswers; }
std::string with_success(const std::string& success) {
  return kHead + kRequest + "answers:\n  success: " + success + "\n";
}
std::string with_row(const std::string& row) {
  return kHead + kRequest + "answers:\n  success: {status: 200, id: {json: id}}\n  errors:\n    - " + row + "\n";
}
std::string with_receipts(const std::string& more) { return kHead + kRequest + kAnswers + "receipts:\n" + more + "\n"; }

const std::string kFields = "  form: {to: '{to}', text: '{text}'}\n";
const std::string kStates = "  in: form\n  id: id\n  status: s\n  states: {ok: delivered}\n";

}  // namespace

TEST_CASE("a profile that cannot be meant is refused at its place, with what is allowed", "[sms-http]") {
  struct Bad {
    std::string profile, error;
  };
  const auto c = GENERATE(values<Bad>({
      {"a: b", "line 1, column 1: the profile: profile is missing"},
      {"[]", "line 1, column 1: the profile: keys with values are expected"},
      {"profile: 1\na: [b}", "line 2, column 6: not well-formed YAML"},
      {"profile: 2", "line 1, column 10: profile: 1, the version of the language, is expected"},
      {kHead + kRequest, "line 1, column 1: the profile: answers is missing"},
      {kHead + kAnswers, "line 1, column 1: the profile: request is missing"},
      {kHead + kRequest + kAnswers + "receipt: 1",
       "line 4, column 1: receipt: there is no such key in the profile; allowed are "
       "profile, request, answers, status, receipts, tests"},
      {kHead + kRequest + kRequest + kAnswers, "line 3, column 1: request: stands twice"},
      {with_request("  method: PUT\n" + kFields), "line 3, column 11: method: allowed is one of POST, GET"},
      {with_request("  method: GET\n" + kFields),
       "line 3, column 3: request: GET has no form, json and text; query is expected"},
      {with_request("  form: {to: '{to}', text: '{text}'}\n  text: x"),
       "line 3, column 3: request: one of form, json and text is expected"},
      {with_request("  form: {to: '{to}'}"),
       "line 3, column 3: request: a text of alphabet gsm is not in it: {text} or "
       "{text_utf16_hex} is expected"},
      {with_request("  form: {to: '{to}', text: {value: '{text}', when: gsm}}"),
       "line 3, column 3: request: a text of alphabet unicode is not in it: {text} or {text_utf16_hex} is expected"},
      {with_request("  form: {text: '{text}'}"),
       "line 3, column 3: request: a text of alphabet gsm goes to nobody: {to} or "
       "{to_digits} is expected"},
      {with_request("  form: {to: '{too}', text: '{text}'}"),
       "line 3, column 14: to: no such variable; allowed are to, to_digits, text, text_utf16_hex, sender, id, coding, "
       "validity_minutes, validity_seconds, receipt_url, username, password, token, basic"},
      {with_request("  form: {to: '{to', text: '{text}'}"),
       "line 3, column 14: to: a brace alone; {{ and }} stand for braces"},
      {with_request(kFields + "  path: send"),
       "line 4, column 9: path: a path such as /api/send is expected, without ?, # and %"},
      {with_request(kFields + "  path: /a?b={id}"),
       "line 4, column 9: path: a path such as /api/send is expected, without ?, # and %"},
      {with_request(kFields + "  path: /../x"),
       "line 4, column 9: path: a path such as /api/send is expected, without ?, # and %"},
      {with_request(kFields + "  path: '/{text}'"), "line 4, column 9: path: {text} cannot stand in a path"},
      {with_request(kFields + "  headers: {X-Text: '{text}'}"),
       "line 4, column 12: X-Text: {text} cannot stand in a header"},
      {with_request(kFields + "  headers: {Host: x}"), "line 4, column 12: Host: this header is not the profile's"},
      {with_request(kFields + "  headers: {'X Y': x}"), "line 4, column 12: X Y: a header's name is expected"},
      {with_request(kFields + "  headers: {X: \"a\\r\\nb\"}"), "line 4, column 12: X: visible ASCII is expected"},
      {with_request(kFields + "  headers: {X: {value: x, when: sometimes}}"),
       "line 4, column 33: when: allowed is one of always, gsm, unicode, receipts"},
      {with_request(kFields + "  coding: {gsm: \"a\\r\\nb\"}"), "line 4, column 11: coding: visible ASCII is expected"},
      {with_request(kFields + "  idempotent: yes"), "line 4, column 15: idempotent: allowed is one of false, true"},
      {with_request(kFields + "  body: x"),
       "line 4, column 3: body: there is no such key in request; allowed are method, path, "
       "headers, query, form, json, text, coding, idempotent"},
      {with_request("  json: '{to} {text}'"), "line 3, column 9: json: keys with values, or a list, are expected"},
      {with_success("{id: own}"), "line 4, column 12: success: status is missing"},
      {with_success("{status: 200}"), "line 4, column 12: success: id is missing"},
      {with_success("{status: 200, id: own}"),
       "line 4, column 12: success: with id: own, body or json is expected: a status alone is no success"},
      {with_success("{status: 200, body: x, id: mine}"), "line 4, column 39: id: allowed is one of own"},
      {with_success("{status: 200, id: {}}"), "line 4, column 30: id: own, pattern or json is expected"},
      {with_success("{status: 200, id: {pattern: 'OK'}}"), "line 4, column 40: pattern: {value} is expected in it"},
      {with_success("{status: 200, body: 'OK {value}', id: own}"),
       "line 4, column 32: body: {value} has no meaning here"},
      {with_success("{status: 200, id: {pattern: '{value}{value}'}}"),
       "line 4, column 40: pattern: {value} once, with no letter, digit, - _ . : ~ behind it, and \\ only before * { "
       "and \\ are "
       "expected"},
      {with_success("{status: 200, id: {pattern: '{value}x'}}"),
       "line 4, column 40: pattern: {value} once, with no letter, digit, - _ . : ~ behind it, and \\ only before * { "
       "and \\ are "
       "expected"},
      {with_success("{status: 200, id: {pattern: '{id}'}}"),
       "line 4, column 40: pattern: {value} once, with no letter, digit, - _ . : ~ behind it, and \\ only before * { "
       "and \\ are "
       "expected"},
      {with_success("{status: 200, body: '', id: own}"),
       "line 4, column 32: body: a pattern of 1 to 500 bytes is expected"},
      {with_success("{status: 200, body: [], id: own}"), "line 4, column 32: body: a pattern is expected"},
      {with_success("{status: 200, id: {json: a..b}}"),
       "line 4, column 37: json: names with dots between them are expected"},
      {with_success("{status: 700, id: {json: a}}"),
       "line 4, column 21: status: a status such as 202, 5xx or 500-504 is expected"},
      {with_row("{verdict: permanent}"), "line 6, column 7: errors: status, body or json is expected"},
      {with_row("{status: 400}"), "line 6, column 7: errors: verdict is missing"},
      {with_row("{status: 400, verdict: dead}"),
       "line 6, column 30: verdict: allowed is one of accepted, delivered, retry, "
       "permanent, contact_dead, config_error, unknown"},
      {with_row("{status: 400, verdict: retry, scope: all}"),
       "line 6, column 44: scope: allowed is one of message, recipient, link, sink"},
      {with_row("{status: 400, verdict: retry, after: 3601}"),
       "line 6, column 44: after: a whole number from 0 to 3600 is expected"},
      {with_row("{status: 400, verdict: permanent, after: 1}"),
       "line 6, column 7: errors: scope and after are for verdict retry"},
      {with_row("{status: 400, is: x, verdict: permanent}"), "line 6, column 25: is: json is expected beside it"},
      {with_receipts("  in: body"), "line 5, column 7: in: allowed is one of query, form, json"},
      {with_receipts("  in: form\n  id: id"), "line 5, column 3: receipts: status is missing"},
      {with_receipts("  in: form\n  id: id\n  status: s\n  states: {ok: fine}"),
       "line 8, column 16: ok: allowed is one of accepted, delivered, permanent, contact_dead, unknown"},
      {with_receipts(kStates + "  each: list"), "line 9, column 9: each: is for in: json"},
      {with_receipts(kStates + "  dead_states: [ok]"), "line 9, column 16: dead_states: error is expected beside it"},
      {with_receipts(kStates + "  error: e\n  dead_states: [gone]"),
       "line 10, column 16: dead_states: a value of states is expected"},
      {with_receipts(kStates + "  date: {field: d, pattern: YYYY}"),
       "line 9, column 29: pattern: unix, unix_ms, or YYYY or YY, MM, DD and perhaps hh, mm, ss are expected, once "
       "each"},
      {kHead + kRequest + kAnswers + "tests:\n  - {name: a, answer: {status: 200, body: '{}'}, expect: permanent}\n",
       "line 5, column 1: test \"a\": expected permanent, came unknown"},
      {kHead + kRequest + kAnswers + "tests:\n  - {name: a, receipt: x, expect: permanent}\n",
       "line 5, column 24: receipt: the profile reads no receipts"},
  }));
  CAPTURE(c.profile);
  const auto outcome = begun(c.profile);
  CHECK(outcome.field_path == "/profile");
  CHECK(outcome.message == c.error);
}

TEST_CASE("a profile is no bomb", "[sms-http]") {
  std::string bomb = kHead + "x0: &x0 {a: b}\n";
  for (int i = 1; i < 30; ++i)
    bomb += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [*x" + std::to_string(i - 1) + ", *x" +
            std::to_string(i - 1) + "]\n";
  CHECK(begun(bomb + "request: {json: {a: *x29}}\n" + kAnswers).message.find("at most 1") != std::string::npos);
  std::string wide = "x";
  for (int i = 0; i < 500; ++i) wide += ", x";
  CHECK(begun(kHead + "request: {json: {a: [" + wide + "]}}\n" + kAnswers).message.find("at most 500 values") !=
        std::string::npos);
  CHECK(begun(std::string(70'000, ' ')).message == "line 1, column 1: at most 64 KiB are expected");
  CHECK(begun(std::string(60'000, '[')).field_path == "/profile");
  CHECK(begun(kHead + "request: &r {json: [*r]}\n" + kAnswers).field_path == "/profile");
}

TEST_CASE("the shipped profiles pass their own tests, and a broken row does not", "[sms-http]") {
  for (const char* name : {"kannel", "jasmin"}) {
    CAPTURE(name);
    CHECK(begun(shipped(name)).ok());
  }
  std::string broken = shipped("kannel");
  const std::string row = "    \"1\": delivered\n";
  broken.replace(broken.find(row), row.size(), "    \"1\": permanent\n");
  CHECK(begun(broken).ok());  // stat:DELIVRD stands above it
  const std::string stat = "    DELIVRD: delivered\n";
  broken.replace(broken.find(stat), stat.size(), "    DELIVRD: permanent\n");
  CHECK(begun(broken).message.find("test \"delivered\": expected m1 delivered, came m1 permanent") !=
        std::string::npos);
}

TEST_CASE("the example of the page passes its own tests", "[sms-http]") {
  std::ifstream in(std::string(VESTITEL_SOURCE_DIR) + "/docs/sinks/sms-http.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::size_t from = page.find("profile: 1 ");
  REQUIRE(from != std::string::npos);
  const auto outcome = begun(page.substr(from, page.find("```", from) - from));
  CAPTURE(outcome.message);
  CHECK(outcome.ok());
}

TEST_CASE("a shipped profile with random damage works or tells where it does not", "[sms-http]") {
  std::mt19937 random(20261125);
  const std::string signs =
      "{}[]:,'\"\\|&*!%#?- \n\t\xff\x01"
      "0a(+";
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = shipped(random() % 2 == 0 ? "kannel" : "jasmin");
    for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % text.size(), size = random() % std::min<std::size_t>(40, text.size() - at);
      switch (random() % 4) {
        case 0: text.erase(at, size); break;
        case 1: text.insert(at, 1, signs[random() % signs.size()]); break;
        case 2: text[at] = signs[random() % signs.size()]; break;
        default: text.insert(random() % text.size(), text.substr(at, size)); break;
      }
    }
    CAPTURE(text);
    FakeHost host(testing::load(VESTITEL_SMS_HTTP_SINK));
    host.secrets = {{"password", "p"}, {"token", "t"}, {"receipt_url", kReceiptUrl}};
    host.http = [](const FakeRequest&) { return status(202, "0: Accepted for delivery"); };
    const std::string settings = nlohmann::json{
        {"url", "https://sms.example.bg"},
        {"profile", text},
        {"sender", "NZOK"},
        {"username", "u"}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto outcome = host.begin(settings);
    if (outcome.ok()) {
      CHECK(host.deliver({message("k1")}).breaches.empty());
      continue;
    }
    ++refused;
    CHECK(outcome.rc == VESTITEL_E_CONFIG);
    CHECK(outcome.field_path == "/profile");
    CHECK(outcome.message.rfind("line ", 0) == 0);
    CHECK(outcome.message.find(", column ") != std::string::npos);
  }
  CHECK(refused > 1000);
}

}  // namespace vestitel::sms_http::test
