#include "plugins/sinks/smpp/compose.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "plugins/sinks/smpp/settings.hpp"

namespace vestitel::smpp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

Shape shape() {
  Shape out;
  out.source = {5, 0, "NZOK"};
  return out;
}

Composed made(std::string_view to, std::string_view body, std::int64_t left_us = 0) {
  return compose(shape(), to, body, "key", left_us);
}

Settings settings(const std::string& more) {
  return Settings(fields(kFields), R"({"host":"h","system_id":"s")" + more + "}");
}

std::string sender(const std::string& more) {
  try {
    const Party party = shape_of(settings(more)).source;
    return std::to_string(party.ton) + "/" + std::to_string(party.npi) + " " + party.address;
  } catch (const Error& error) {
    return error.field_path();
  }
}

}  // namespace

TEST_CASE("an address that is no number with its country code is refused", "[smpp][compose]") {
  const auto to = GENERATE(as<std::string>(), "", "+", "359888123456", "+0888123456", "+1234", "+1234567890123456",
                           "+359 888", "+359888123456\r\n", "+359888123456,+359888123457", "+35988812345a",
                           "+35988٠123456", std::string("+359888\0123", 11));
  CAPTURE(to);
  CHECK(made(to, "x").parts.empty());
  CHECK(made(to, "x").error == "the address is not a number with its country code");
}

TEST_CASE("a text that a phone could not show as it is is refused", "[smpp][compose]") {
  struct Case {
    std::string body;
    const char* error;
  };
  const auto c = GENERATE(values<Case>({
      {"", "the text is empty"},
      {"\u200B\u202E", "the text is empty"},
      {"a\x1B[2J", "the text is not UTF-8 or has control characters"},
      {std::string("a\0b", 3), "the text is not UTF-8 or has control characters"},
      {"a\rb", "the text is not UTF-8 or has control characters"},
      {"\xD0", "the text is not UTF-8 or has control characters"},
      {std::string(460, 'a'), "the text is longer than 3 parts"},
      {std::string(459, 'a'), ""},
      {"a\r\nb\tc", ""},
  }));
  CAPTURE(c.body);
  CHECK(made("+359888123456", c.body).error == c.error);
}

// submit_sm and deliver_sm have the same fields in the same places.
TEST_CASE("no text gets out of its field: one recipient each", "[smpp][compose]") {
  constexpr const char* kSigns[] = {"\r\n", "\n", "\u202e",  "\u200b", "\"", "'", "&to=", "%0d%0a", "#", "\"}",
                                    "😀",    "Ж",  "я\u0300", "a",      "€",  "<", ">",    ";",      "@", "00"};
  std::mt19937 random(3);
  for (int i = 0; i < 10'000; ++i) {
    std::string name;
    for (std::size_t n = random() % 40 + 1; n > 0; --n) name += kSigns[random() % std::size(kSigns)];
    const std::string number = "35988" + std::to_string(1'000'000 + random() % 9'000'000);
    for (const std::string& part : made("+" + number, name).parts) {
      const auto read = read_deliver(part);
      REQUIRE(read.has_value());
      CHECK((read->destination.address == number && read->source.address == "NZOK" && read->tlvs.size() == 1));
    }
  }
}

TEST_CASE("the parts of one message have one reference at every repeat, those of another have another",
          "[smpp][compose]") {
  const std::string text(200, 'a');
  const auto first = made("+359888123456", text), again = made("+359888123456", text);
  CHECK(first.parts == again.parts);
  CHECK(first.parts.size() == 2);
  CHECK(compose(shape(), "+359888123456", text, "other", 0).parts != first.parts);
}

TEST_CASE("a centre tries until the message is worthless, and no longer than it is told to", "[smpp][compose]") {
  Shape s = shape();
  s.validity_us = 24 * 3600 * kSecond;
  const auto validity = [&](std::int64_t left_us) {
    const std::string part = compose(s, "+359888123456", "x", "key", left_us).parts.at(0);
    const std::size_t at = part.find("0000");
    return at == std::string::npos ? "" : part.substr(at, 16);
  };
  CHECK(validity(0) == "000001000000000R");
  CHECK(validity(90 * kSecond) == "000000000130000R");
  CHECK(validity(1) == "000000000001000R");
  CHECK(validity(48LL * 3600 * kSecond) == "000001000000000R");
  s.validity_us = 0;
  CHECK(validity(0).empty());
}

TEST_CASE("the sender is a name or a number, of a type that follows from it", "[smpp][settings]") {
  CHECK(sender(R"(,"sender":"NZOK")") == "5/0 NZOK");
  CHECK(sender(R"(,"sender":"+359888123456")") == "1/1 359888123456");
  CHECK(sender(R"(,"sender":"1917")") == "3/0 1917");
  CHECK(sender(R"(,"sender":"1917","sender_ton":6,"sender_npi":1)") == "6/1 1917");
  CHECK(sender(R"(,"sender":"TWELVE-CHARS")") == "/sender");
  CHECK(sender(R"(,"sender":"НЗОК")") == "/sender");
  CHECK(sender(R"(,"sender":"a;b")") == "/sender");
}

TEST_CASE("codes of dead numbers are a list, without regard to leading zeros", "[smpp][settings]") {
  const auto codes = receipt_settings_of(settings(R"(,"sender":"N","dead_errors":"001, 27,0,ABC")")).dead_errors;
  CHECK(codes == std::set<std::string>{"0", "1", "27", "ABC"});
  CHECK(receipt_settings_of(settings(R"(,"sender":"N")")).dead_errors.empty());
  CHECK_THROWS_AS(receipt_settings_of(settings(R"(,"sender":"N","dead_errors":"1,,2")")), Error);
}

TEST_CASE("plaintext has to be confirmed", "[smpp][settings]") {
  CHECK_NOTHROW(check_tls(settings(R"(,"sender":"N")")));
  CHECK_THROWS_AS(check_tls(settings(R"(,"sender":"N","tls":"none")")), Error);
  CHECK_NOTHROW(check_tls(settings(R"(,"sender":"N","tls":"none","dangerously_allow_plaintext":true)")));
}

}  // namespace vestitel::smpp::test
