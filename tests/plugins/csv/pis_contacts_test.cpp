// What pis-contacts makes of files of JSON lines.
#include "tests/plugins/csv/csv_rig.hpp"
#include "tests/support/json_schema.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_READER;
const std::string kSamples = VESTITEL_SAMPLES;
const std::string kFormats = std::string(VESTITEL_SOURCE_DIR) + "/docs/formats/";

const std::string kPerson = R"({"type":"egn","id":"6223041217",)";
const std::string kLine = kPerson + R"("changed":"2026-11-02T06:15:00Z","email":"a@b.bg","mobile":null})";

// A line of this person with these contacts.
std::string line(const std::string& email, const std::string& mobile) {
  return kPerson + R"("changed":"2026-11-02T06:15:00Z","email":)" + email + R"(,"mobile":)" + mobile + "}";
}
Parsed parse(const std::string& bytes) { return SourceRig(kLibrary).parse(bytes); }

// What stands in the one event of these lines behind its place; "quarantined ..." where there is none.
std::string contacts(const std::string& bytes) {
  const auto parsed = parse(bytes);
  if (parsed.events.empty()) return parsed.quarantined.empty() ? parsed.message : parsed.quarantined.front();
  const std::size_t at = parsed.events.front().find(" @1:1");
  return parsed.events.front().substr(at + 5);
}

}  // namespace

TEST_CASE("the samples give their golden events at any cut and with any end of line", "[pis-contacts]") {
  SourceRig rig(kLibrary);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  for (const char* name : {"contacts", "corners", "repeats", "bad-lines"}) {
    const std::string sample = file_text(kSamples + name + ".jsonl");
    const Texts expected = golden_by_kind(kSamples + name + ".events");
    CHECK(lines_of(rig.parse(sample, delivered)) == expected);
    CHECK(lines_of(rig.parse("\xEF\xBB\xBF" + sample, delivered)) == expected);
    std::string crlf;
    for (const char c : sample) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(lines_of(rig.parse(crlf, delivered)) == expected);
    CHECK(lines_of(rig.parse(sample.substr(0, sample.size() - 1), delivered)) == expected);
  }
  CHECK(rig.host.logs.back() == "2 lines_read lines=18 quarantined=16 unknown_keys=0");
}

TEST_CASE("persons and moments tell lines apart; a profile without contacts says so", "[pis-contacts]") {
  const auto parsed = parse(kLine + "\n" + with(kLine, "6223041217", "6427151333") + "\n" + kPerson +
                            R"("changed":"2026-12-01T00:00:00Z","email":null,"mobile":null})" + "\n" + kPerson +
                            R"("changed":"2026-11-25T23:59:59Z","email":null,"mobile":null})");
  REQUIRE(parsed.events.size() == 3);
  CHECK(parsed.events[0] ==
        "contact.changed new egn:6223041217 2026-11-02+22500000000 "
        "key=2026-11|2026-11-02T06:15:00Z @1:1 pis-contacts.email=a@b.bg");
  CHECK(parsed.events[1].find("contact.changed new egn:6427151333 ") == 0);
  CHECK(parsed.events[2] ==
        "contact.changed new egn:6223041217 2026-11-25+86399000000 "
        "key=2026-11|2026-11-25T23:59:59Z @4:1");
  CHECK(parsed.quarantined == Texts{"3:1 changed: lies in the future"});
}

TEST_CASE("an e-mail address is one to which mail can go", "[pis-contacts]") {
  const std::string longest_name(64, 'a'), longest_label(63, 'b');
  const std::string longest = longest_name + "@" + longest_label + "." + longest_label + "." + longest_label.substr(2);
  REQUIRE(longest.size() == 254);
  for (const std::string& good :
       {std::string("a@b.bg"), std::string("first.last+tag@sub.example.org"), std::string("o'neil_#1@x-y.bg"),
        std::string("поща@пример.бг"), std::string("a@1.2.b3"), longest}) {
    CAPTURE(good);
    CHECK(contacts(line(json_quote(good), "null")) == " pis-contacts.email=" + good);
  }
  for (const std::string& bad : {std::string("a"),
                                 std::string("@b.bg"),
                                 std::string("a@"),
                                 std::string("a@b"),
                                 std::string("a@b."),
                                 std::string("a@.bg"),
                                 std::string("a@b..bg"),
                                 std::string(".a@b.bg"),
                                 std::string("a.@b.bg"),
                                 std::string("a..b@c.bg"),
                                 std::string("a@b@c.bg"),
                                 std::string("a b@c.bg"),
                                 std::string("a@b c.bg"),
                                 std::string("a@-b.bg"),
                                 std::string("a@b-.bg"),
                                 std::string("a@1.2.3.4"),
                                 std::string("a@[1.2.3.4]"),
                                 std::string("\"a\"@b.bg"),
                                 std::string("a@b.bg, c@d.bg"),
                                 std::string("<a@b.bg>"),
                                 std::string("a@b_c.bg"),
                                 std::string("a\xE2\x80\xAE@b.bg"),
                                 std::string("a\xC2\x85@b.bg"),
                                 std::string("a\xC2\xA0@b.bg"),
                                 longest + "b",
                                 longest_name + "a@b.bg",
                                 "a@" + longest_label + "b.bg"}) {
    CAPTURE(bad);
    CHECK(contacts(line(json_quote(bad), "null")) == "1:1 email: is not an e-mail address");
  }
}

TEST_CASE("only a Bulgarian mobile number is kept, another one is told to be left out", "[pis-contacts]") {
  struct Case {
    const char *number, *expected;
  };
  const std::string fault = "1:1 mobile: is not a number in its international form";
  const auto c = GENERATE(values<Case>({
      {"+359870000000", "kept"},
      {"+359880000000", "kept"},
      {"+359899999999", "kept"},
      {"+359980000000", "kept"},
      {"+359860000000", "left out"},
      {"+359970000000", "left out"},
      {"+35929000000", "left out"},
      {"+35988000000", "left out"},
      {"+3598800000000", "left out"},
      {"+441632960001", "left out"},
      {"+1234567", "left out"},
      {"+123456789012345", "left out"},
      {"+123456", ""},
      {"+1234567890123456", ""},
      {"0880000000", ""},
      {"00359880000000", ""},
      {"359880000000", ""},
      {"+0359880000000", ""},
      {"+359 88 000 0000", ""},
      {"+359880000000; +359890000000", ""},
      {"+35988000000o", ""},
      {"+", ""},
      {" +359880000000", ""},
  }));
  CAPTURE(c.number);
  const std::string got = contacts(line("null", json_quote(c.number))), expected = c.expected;
  if (expected == "kept") CHECK(got == std::string(" pis-contacts.mobile=") + c.number);
  if (expected == "left out") CHECK(got == " pis-contacts.left-out=mobile");
  if (expected.empty()) CHECK(got == fault);
}

TEST_CASE("a line that is not exactly right is set aside alone", "[pis-contacts]") {
  struct Case {
    const char *from, *to, *quarantined;
  };
  const auto c = GENERATE(values<Case>({
      {"}", "", "1:1 line: is not one JSON object"},
      {"}", "} {}", "1:1 line: is not one JSON object"},
      {"\"type\"", "\"id\":\"1\",\"type\"", "1:1 line: is not one JSON object"},
      {"a@b.bg", "a\xFF@b.bg", "1:1 row: the bytes are not UTF-8"},
      {"\"egn\"", "\"EGN\"", "1:1 type: is none of egn, lnch, nap and ehic"},
      {"\"egn\"", "null", "1:1 type: is not a text"},
      {"\"6223041217\"", "6223041217", "1:1 id: is not a text"},
      {"\"6223041217\"", "\"\"", "1:1 id: is missing or empty"},
      {"6223041217", "6223041218", "1:1 id: its check digit is wrong"},
      {"6223041217", "9952319986", "1:1 id: its date of birth lies in the future"},
      {"06:15:00Z", "06:15:00", "1:1 changed: is not an instant written YYYY-MM-DDThh:mm:ssZ"},
      {"06:15:00Z", "06:15:00+02:00", "1:1 changed: is not an instant written YYYY-MM-DDThh:mm:ssZ"},
      {"06:15", "24:15", "1:1 changed: is not an instant written YYYY-MM-DDThh:mm:ssZ"},
      {"11-02T", "02-30T", "1:1 changed: is not an instant written YYYY-MM-DDThh:mm:ssZ"},
      {"T06", " 06", "1:1 changed: is not an instant written YYYY-MM-DDThh:mm:ssZ"},
      {"\"email\"", "\"e-mail\"", "1:1 email: is missing or empty"},
      {"\"a@b.bg\"", "\"\"", "1:1 email: is missing or empty"},
      {"\"a@b.bg\"", "[\"a@b.bg\"]", "1:1 email: is not a text"},
      {",\"mobile\":null", "", "1:1 mobile: is missing or empty"},
      {":null", ":359880000000", "1:1 mobile: is not a text"},
      {":null", ":null,\"language\":\"BG\"", "1:1 language: is not a language of two letters"},
      {":null", ":null,\"language\":1", "1:1 language: is not a text"},
  }));
  CAPTURE(c.from, c.to);
  const std::string bad = with(kLine, c.from, c.to);
  const auto parsed = parse(bad + "\n" + kLine + "\n");
  CHECK(parsed.quarantined == Texts{c.quarantined});
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.bytes == Texts{bad});
}

TEST_CASE("other keys are read past and counted", "[pis-contacts]") {
  SourceRig rig(kLibrary);
  const auto parsed = rig.parse(with(kLine, "}", R"(,"language":null,"name":"x","more":{"a":[1,{}]}})"));
  CHECK(parsed.events == parse(kLine).events);
  CHECK(rig.host.logs.back() == "2 lines_read lines=1 quarantined=0 unknown_keys=2");
}

TEST_CASE("a file without a line is refused", "[pis-contacts]") {
  CHECK(parse("").message == "document: the document is empty");
  CHECK(parse("\n\r\n").message == "document: the document is empty");
  CHECK(parse("no json\n").ok());
}

TEST_CASE("no control character passes, as it stands or escaped", "[pis-contacts]") {
  for (int code = 0; code < 0x20; ++code) {
    if (code == '\n') continue;
    CAPTURE(code);
    const std::string raw(1, static_cast<char>(code));
    const char* hex = "0123456789abcdef";
    const std::string escaped = std::string("\\u00") + hex[code / 16] + hex[code % 16];
    for (const std::string& bad : {raw, escaped}) {
      const auto parsed = parse(with(kLine, "a@b.bg", "a" + bad + "@b.bg") + "\n" + kLine + "\n");
      CHECK(parsed.events.size() == 1);
      CHECK(parsed.quarantined.size() == 1);
    }
  }
}

TEST_CASE("the file is known by its first line", "[pis-contacts]") {
  SourceRig rig(kLibrary);
  CHECK(rig.host.sniff("x", kLine) == 90);
  CHECK(rig.host.sniff("x", "[" + kLine + "]") == 0);
  CHECK(rig.host.sniff("x", "{\"changed\":1,\n\"email\":\"mobile\"}") == 0);
}

TEST_CASE("the schema lets the samples pass and stops what the reader stops at a line's form", "[pis-contacts]") {
  const JsonSchema schema(kFormats + "pis-contacts.schema.json");
  for (const auto& one : golden(kSamples + "contacts.jsonl")) CHECK((one.empty() || schema.fits(one)));
  const Texts bad = golden(kSamples + "bad-lines.jsonl");
  std::string refused;
  for (std::size_t i = 0; i < bad.size(); ++i)
    if (!schema.fits(bad[i])) refused += std::to_string(i + 1) + " ";
  CHECK(refused == "2 3 4 5 7 8 10 11 12 13 14 15 16 ");
  CHECK(schema.fits(R"({"next":"42","more":false})"));
  CHECK_FALSE(schema.fits(R"({"next":"42","more":1})"));
  CHECK_FALSE(schema.fits(R"({"next":"","more":true})"));
}

TEST_CASE("the examples of the page are read without a fault", "[pis-contacts]") {
  const std::string page = file_text(kFormats + "pis-contacts.md");
  const std::size_t from = page.find("```json\n") + 8;
  const auto parsed = parse(page.substr(from, page.find("```", from) - from));
  CHECK(parsed.quarantined == Texts{});
  CHECK(parsed.events.size() == 3);
}
