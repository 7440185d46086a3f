// Documents that are refused whole: broken, oversized, mislabelled.
#include <sys/resource.h>

#include <cstring>
#include <functional>

#include "tests/plugins/amblist_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// First `head`, then `unit` over and over until `total` bytes have come.
std::function<std::size_t(char*, std::size_t)> endless(std::string head, std::string unit, std::uint64_t total,
                                                       std::uint64_t& given) {
  return [=, &given](char* into, std::size_t cap) {
    std::size_t n = 0;
    for (; n < cap && given < total; ++n, ++given) {
      into[n] = given < head.size() ? head[static_cast<std::size_t>(given)]
                                    : unit[static_cast<std::size_t>((given - head.size()) % unit.size())];
    }
    return n;
  };
}

const std::string kWin = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>";

}  // namespace

TEST_CASE("a document that is no report is refused whole, with place and reason", "[nzok-amblist]") {
  struct Case {
    const char* name;
    std::string bytes;
    std::string message;
  };
  const std::string good = report(kSheet);
  const auto c = GENERATE_COPY(values<Case>({
      {"empty", "", "document: the document is empty"},
      {"blank", " \n ", "document: there is no XML in the document"},
      {"a byte order mark alone", "\xEF\xBB\xBF", "document: there is no XML in the document"},
      {"not XML", "NoAl;dataAl\n1;2\n", "document: there is no XML in the document"},
      {"another root", "<report><AmbList/></report>", "document: the root is not Practice"},
      {"no sheet and another root", "<Doctor/>", "document: the root is not Practice"},
      {"a namespace", replaced(good, "<Practice>", "<Practice xmlns=\"urn:x\">"),
       "document: the root stands in a namespace"},
      {"truncated in a sheet", good.substr(0, good.size() - 60), "document: the document is cut off inside an element"},
      {"truncated before the end", good.substr(0, good.size() - 3),
       "document: the document is cut off inside an element"},
      {"two roots", good + good, "document: the document goes on after its end"},
      {"crossed tags", replaced(good, "</Patient>", "</AmbList>"), "document: an end tag does not match its start tag"},
      {"an unknown entity", replaced(good, "09:40:00", "&time;"), "document: an entity that XML does not define"},
      {"a control character", replaced(good, "09:40:00", "\x01"), "document: a character that XML does not allow"},
      {"a NUL", replaced(good, "09:40:00", std::string(1, '\0')), "document: a character that XML does not allow"},
      {"a DOCTYPE", "<!DOCTYPE Practice>" + good, "document: has a DOCTYPE, which is not allowed"},
      {"an external DTD", "<!DOCTYPE Practice SYSTEM \"file:///etc/passwd\">" + good,
       "document: has a DOCTYPE, which is not allowed"},
      {"an entity bomb",
       "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>" + replaced(good, "09:40:00", "&b;"),
       "document: has a DOCTYPE, which is not allowed"},
      {"100,000 nested tags", repeated("<a>", 100'000), "document: the root is not Practice"},
      {"100,000 nested tags inside", kHead + kDoctor + "<AmbList>" + repeated("<a>", 100'000),
       "document: elements are nested deeper than 64"},
      {"257 attributes",
       [] {
         std::string tag = "<Practice";
         for (int i = 0; i < 257; ++i) tag += " a" + std::to_string(i) + "=\"\"";
         return tag + "/>";
       }(),
       "document: an element has more than 256 attributes"},
      {"20,000 attributes",
       [] {
         std::string tag = "<Practice";
         for (int i = 0; i < 20'000; ++i) tag += " a" + std::to_string(i) + "=\"\"";
         return tag + "/>";
       }(),
       "document: a tag, comment, CDATA section or instruction is longer than 64 KiB"},
      {"a story of more than 1 MB",
       replaced(good, "<SIMPList/>", "<Anamnesa>" + std::string(1'000'001, 'x') + "</Anamnesa>"),
       "document: an element holds more than 1 MB of text"},
      {"no practice", replaced(good, "<PracticeCode>2203999001</PracticeCode>", ""),
       "PracticeCode: is missing, or not a facility's number of ten digits"},
      {"a practice without its leading zero", replaced(good, "2203999001", "203999001"),
       "PracticeCode: is missing, or not a facility's number of ten digits"},
      {"a practice twice", replaced(good, "<PracticeName>", "<PracticeCode>2203999002</PracticeCode><PracticeName>"),
       "PracticeCode: stands twice"},
      {"a practice after its doctors", replaced(good, "</Doctor>", "</Doctor><DateTo>2026-10-31</DateTo>"),
       "DateTo: stands twice"},
      {"a head that holds elements", replaced(good, "2203999001", "<b>2203999001</b>"),
       "PracticeCode: holds elements, where a text belongs"},
      {"no month", replaced(good, "2026-10-01", ""), "DateFrom: is missing, or not a day written YYYY-MM-DD"},
      {"a month that is none", replaced(good, "2026-10-01", "2026-13-01"),
       "DateFrom: is missing, or not a day written YYYY-MM-DD"},
      {"a period that ends before it begins", replaced(good, "2026-10-31", "2026-09-30"),
       "DateTo: lies before DateFrom"},
      {"a doctor after the sheets", replaced(good, "</Doctor>", "<UINH_S>2299000011</UINH_S></Doctor>"),
       "UINH_S: stands after the doctor's first sheet"},
      {"a name without end", replaced(good, "МЦ Пример", std::string(2001, 'x')),
       "PracticeName: is longer than 2,000 bytes"},
  }));
  CAPTURE(c.name);
  const auto parsed = AmblistRig().parse(c.bytes);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  const std::size_t place = parsed.message.find(", ", parsed.message.find("column"));
  const bool placed = parsed.message.substr(0, 5) == "line ";
  CHECK((placed ? parsed.message.substr(place + 2) : parsed.message) == c.message);
  CHECK(parsed.completed.empty());
}

TEST_CASE("the place of what breaks a document is told", "[nzok-amblist]") {
  const std::string bytes = kHead + kDoctor + "\n\n<AmbList></Doctor>";
  const auto parsed = AmblistRig().parse(bytes);
  CHECK(parsed.message.substr(0, 7) == "line 5,");
}

TEST_CASE("bytes that are not of the declared encoding refuse the document", "[nzok-amblist]") {
  struct Case {
    const char* name;
    std::string bytes;
    std::string reason;
  };
  const std::string utf8 = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  const std::string good = report(kSheet);
  const std::string not_utf8 = "the bytes are not UTF-8, as which they are declared";
  const auto c = GENERATE_COPY(values<Case>({
      {"windows-1251 as UTF-8", utf8 + replaced(good, "МЦ Пример", "\xCC\xD6 \xCF\xF0"), not_utf8},
      {"windows-1251 without declaration", replaced(good, "МЦ Пример", "\xCC\xD6 \xCF\xF0"), not_utf8},
      {"UTF-8 as windows-1251", kWin + good, "the bytes are UTF-8, but windows-1251 is declared"},
      {"much UTF-8 as windows-1251", kWin + report(repeated(kSheet, 100)),
       "the bytes are UTF-8, but windows-1251 is declared"},
      {"a byte that windows-1251 has not", kWin + "<Practice><PracticeName>\xCC\xD6\x98</PracticeName></Practice>",
       "the bytes are not windows-1251, as which they are declared"},
      {"an overlong form", replaced(good, "09:40:00", "\xC0\xAF"), not_utf8},
      {"a lone surrogate", replaced(good, "09:40:00", "\xED\xA0\x80"), not_utf8},
      {"beyond Unicode", replaced(good, "09:40:00", "\xF4\x90\x80\x80"), not_utf8},
      {"a character cut by the end", "<Practice>\xD0", "the document is cut off inside a character"},
      {"a character cut by another", "<Practice>\xD0<", not_utf8},
      {"another encoding", "<?xml version=\"1.0\" encoding=\"koi8-r\"?>" + good,
       "the declared encoding is neither UTF-8 nor windows-1251"},
      {"a byte order mark and windows-1251", "\xEF\xBB\xBF" + kWin + good,
       "windows-1251 is declared after a byte order mark of UTF-8"},
      {"UTF-16", std::string("\xFF\xFE<\0?\0", 6), "the encoding is neither UTF-8 nor windows-1251"},
      {"UTF-16 without mark", std::string("<\0?\0x\0", 6), "the encoding is neither UTF-8 nor windows-1251"},
  }));
  CAPTURE(c.name);
  const auto parsed = AmblistRig().parse(c.bytes);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(parsed.message.find("document: " + c.reason) != std::string::npos);
}

TEST_CASE("Latin text alone may be declared as either encoding", "[nzok-amblist]") {
  std::string ascii = report(kSheet);
  for (const char* word : {"МЦ Пример", "Докторов", "Скрито", "Хипертония", "Преглед"})
    ascii = replaced(ascii, word, "x");
  CHECK(AmblistRig().parse(kWin + ascii).events.size() == 1);
}

TEST_CASE("a gigabyte is refused after its first pieces, in little memory", "[nzok-amblist]") {
  struct Case {
    const char* name;
    std::string head, unit, reason;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"text of one element", kHead + kDoctor + "<AmbList><Anamnesa>", "история ", "more than 1 MB of text"},
      {"text that we keep", kHead + kDoctor + "<AmbList><NoAl>", "1", "more than 1 MB of text"},
      {"CDATA", kHead + kDoctor + "<AmbList><Anamnesa><![CDATA[", "x", "longer than 64 KiB"},
      {"one tag", kHead + "<a b=\"", "x", "longer than 64 KiB"},
      {"one comment", kHead + "<!--", "x", "longer than 64 KiB"},
      {"one instruction", kHead + "<?p ", "x", "longer than 64 KiB"},
      {"a DOCTYPE", "<!DOCTYPE ", "x", "longer than 64 KiB"},
      {"no tag at all", "", "x", "no XML"},
      {"blank space", "", " ", "no element in its first megabyte"},
  }));
  CAPTURE(c.name);
  const long before = peak_kib();
  std::uint64_t given = 0;
  Delivered delivered;
  delivered.generate = endless(c.head, c.unit, std::uint64_t{1} << 30, given);
  const auto parsed = AmblistRig().parse("", delivered);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CAPTURE(parsed.message);
  CHECK(parsed.message.find(c.reason) != std::string::npos);
  CHECK(given < 4 << 20);
  CHECK(peak_kib() - before < 32 * 1024);
}

TEST_CASE("a sheet of many megabytes is quarantined with its beginning, and the next one is read", "[nzok-amblist]") {
  const std::string unit = "<Procedure><kodP>89.03</kodP></Procedure>";
  std::string bytes = kHead + kDoctor + "<AmbList>" + repeated(unit, 200'000) + "</AmbList>" + kSheet + kEnd;
  const auto parsed = AmblistRig().parse(bytes);
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.quarantined == std::vector<std::string>{"3:1 AmbList: holds more than 64 codes"});
  REQUIRE(parsed.bytes.size() == 1);
  CHECK(parsed.bytes[0].size() == 64 * 1024);
  CHECK(parsed.bytes[0].substr(0, 9) == "<AmbList>");
}

TEST_CASE("a cancel is noticed within one piece", "[nzok-amblist]") {
  std::uint64_t given = 0;
  Delivered delivered;
  delivered.generate = endless(kHead + kDoctor, kSheet, std::uint64_t{1} << 30, given);
  delivered.cancel_after = 3 << 20;
  AmblistRig rig;
  const auto parsed = rig.parse("", delivered);
  CHECK(parsed.rc == VESTITEL_E_CANCELLED);
  CHECK(given < (3 << 20) + 128 * 1024);
}

TEST_CASE("a document cut at any place is refused or whole, and never half", "[nzok-amblist]") {
  const std::string whole = data_file(VESTITEL_TEST_DATA "/nhif_amb_simp.xml");
  AmblistRig rig;
  for (std::size_t n = 0; n + 2 < whole.size(); n += 13) {
    CAPTURE(n);
    REQUIRE(rig.parse(whole.substr(0, n)).rc == VESTITEL_E_DATA);
  }
}

TEST_CASE("random damage is survived", "[nzok-amblist]") {
  const std::string whole = data_file(VESTITEL_TEST_DATA "/nhif_amb_simp.xml");
  AmblistRig rig;
  std::uint64_t state = 42;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (std::uint64_t hits = 1 + random(8); hits > 0; --hits) {
      bytes[static_cast<std::size_t>(random(bytes.size()))] = static_cast<char>(random(256));
    }
    const auto parsed = rig.parse(bytes);
    REQUIRE((parsed.ok() || parsed.rc == VESTITEL_E_DATA));
    for (const std::string& event : parsed.events) REQUIRE(event.find("BREACH") == std::string::npos);
  }
}

TEST_CASE("a host that fails in the middle of a document ends it with its own code", "[nzok-amblist]") {
  AmblistRig rig;
  rig.host.emit_rc = VESTITEL_E_RETRY;
  std::string sheets;
  for (int i = 0; i < 1500; ++i) sheets += kSheet;
  CHECK(rig.parse(report(sheets)).rc == VESTITEL_E_RETRY);
  rig.host.emit_rc = VESTITEL_OK;
  CHECK(rig.parse(report(kSheet)).events.size() == 1);
}
