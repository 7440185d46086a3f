#include "plugins/sinks/common/sms_text.hpp"

#include <catch2/catch.hpp>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::sinks::test {
namespace {

std::string times(int n, std::string_view text) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// "gsm 153+8": the alphabet and the units of each part.
std::string show(const std::optional<SmsText>& text) {
  if (!text) return "refused";
  const bool gsm = text->alphabet == SmsAlphabet::gsm;
  std::string out;
  for (const std::string& part : text->parts)
    out += (out.empty() ? "" : "+") + std::to_string(gsm ? part.size() : part.size() / 2);
  return (gsm ? "gsm " : "ucs2 ") + out;
}

}  // namespace

TEST_CASE("a text is cut where its alphabet and its header say", "[sms]") {
  struct Case {
    const char* name;
    std::string text;
    const char *udh8, *udh16;
  };
  const auto c = GENERATE(values<Case>({
      {"nothing is one empty part", "", "gsm 0", "gsm 0"},
      {"160 of ASCII are one", times(160, "a"), "gsm 160", "gsm 160"},
      {"161 are two", times(161, "a"), "gsm 153+8", "gsm 152+9"},
      {"70 Cyrillic letters are one", times(70, "ж"), "ucs2 70", "ucs2 70"},
      {"71 are two", times(71, "ж"), "ucs2 67+4", "ucs2 66+5"},
      {"the euro takes two", times(158, "a") + "€", "gsm 160", "gsm 160"},
      {"161 septets are two", times(159, "a") + "€", "gsm 153+8", "gsm 152+9"},
      {"an escape pair is not cut", times(152, "a") + "€" + times(20, "b"), "gsm 152+22", "gsm 152+22"},
      {"a surrogate pair is not cut", times(66, "ж") + "😀" + times(10, "ж"), "ucs2 66+12", "ucs2 66+12"},
      {"a surrogate pair counts two", times(70, "ж") + "😀", "ucs2 67+5", "ucs2 66+6"},
      {"a backtick is not GSM", times(160, "a") + "`", "ucs2 67+67+27", "ucs2 66+66+29"},
      {"a letter keeps its accent", times(66, "ж") + "и\u0300" + times(10, "ж"), "ucs2 66+12", "ucs2 66+12"},
      {"a skin tone stays with its hand", times(64, "ж") + "👍🏽" + times(5, "ж"), "ucs2 64+9", "ucs2 64+9"},
      {"typographic quotes are not GSM", "„a“", "ucs2 3", "ucs2 3"},
      {"what is not UTF-8 is refused", "\xC0\xAF", "refused", "refused"},
      {"a half of a character is refused", "a\xD0", "refused", "refused"},
  }));
  CAPTURE(c.name);
  CHECK(show(sms_text(c.text, SmsJoin::udh8)) == c.udh8);
  CHECK(show(sms_text(c.text, SmsJoin::udh16)) == c.udh16);
}

TEST_CASE("255 parts are the most", "[sms]") {
  CHECK(sms_text(times(153 * 255, "a"), SmsJoin::udh8).value().parts.size() == 255);
  CHECK_FALSE(sms_text(times(153 * 255 + 1, "a"), SmsJoin::udh8).has_value());
}

TEST_CASE("a text put together from its parts is what it was", "[sms]") {
  const std::string text = times(40, "Здравейте, 😀 и\u0300! ");
  std::string all;
  const SmsText cut = sms_text(text, SmsJoin::udh8).value();
  for (const std::string& part : cut.parts) {
    CHECK(part.size() <= 134);
    const auto first = static_cast<unsigned char>(part[0]);
    CHECK((first & 0xFC) != 0xDC);              // no low surrogate begins a part
    CHECK_FALSE((first == 3 && part[1] == 0));  // nor U+0300
    all += part;
  }
  std::string whole;
  const SmsText uncut = sms_text(text, SmsJoin::payload).value();
  for (const std::string& part : uncut.parts) whole += part;
  CHECK(hex(all) == hex(whole));
}

TEST_CASE("marks without end are cut all the same", "[sms]") {
  const SmsText cut = sms_text(times(500, "\u0300"), SmsJoin::udh8).value();
  for (const std::string& part : cut.parts) CHECK(part.size() <= 134);
}

TEST_CASE("the letters of the GSM alphabet have their places", "[sms]") {
  const auto septets = [](std::string_view text) { return hex(sms_text(text, SmsJoin::udh8).value().parts.at(0)); };
  CHECK(septets("@£$¥èéùìòÇ\nØø\rÅå") == "000102030405060708090A0B0C0D0E0F");
  CHECK(septets("Δ_ΦΓΛΩΠΨΣΘΞ") == "101112131415161718191A");
  CHECK(septets("ÆæßÉ !\"#¤%&'()*+,-./") == "1C1D1E1F202122232425262728292A2B2C2D2E2F");
  CHECK(septets("0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà") ==
        "303132333435363738393A3B3C3D3E3F40415A5B5C5D5E5F60617A7B7C7D7E7F");
  CHECK(septets("^{}\\[~]|€\f") == "1B141B281B291B2F1B3C1B3D1B3E1B401B651B0A");
}

TEST_CASE("Cyrillic is UCS-2, the high byte first", "[sms]") {
  CHECK(hex(sms_text("Добър ден", SmsJoin::udh8).value().parts.at(0)) == "0414043E0431044A0440002004340435043D");
}

TEST_CASE("a header says which part of what it is", "[sms]") {
  CHECK(hex(sms_header(SmsJoin::udh8, 0x1234, 3, 2)) == "050003340302");
  CHECK(hex(sms_header(SmsJoin::udh16, 0x1234, 3, 2)) == "06080412340302");
  CHECK(sms_header(SmsJoin::sar, 0x1234, 3, 2).empty());
  CHECK(sms_header(SmsJoin::payload, 0x1234, 3, 2).empty());
}

TEST_CASE("the centre cuts what comes as a payload", "[sms]") {
  CHECK(show(sms_text(times(1000, "a"), SmsJoin::payload)) == "gsm 1000");
  CHECK(show(sms_text(times(1000, "ж"), SmsJoin::payload)) == "ucs2 1000");
  CHECK(show(sms_text(times(161, "a"), SmsJoin::sar)) == "gsm 153+8");
}

}  // namespace vestitel::sinks::test
