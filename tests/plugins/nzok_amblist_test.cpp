// What nzok-amblist makes of good reports, and of bytes that are cut, encoded or claimed in every way.
#include <algorithm>
#include <cstring>
#include <sstream>

#include <vestitel/identifiers.hpp>

#include "tests/plugins/amblist_rig.hpp"
#include "tests/support/amblist_generator.hpp"

using namespace vestitel;
using namespace vestitel::testing;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_AMBLIST_SAMPLES;

Lines expected_events() { return lines_of(kSamples + "/nhif_amb_simp.events"); }

std::string sample() { return data_file(VESTITEL_TEST_DATA "/nhif_amb_simp.xml"); }
std::string sample1251() { return to_windows1251(replaced(sample(), "utf-8", "windows-1251")); }

}  // namespace

TEST_CASE("the sample gives the expected events", "[nzok-amblist]") {
  AmblistRig rig;
  const auto parsed = rig.parse(sample());
  REQUIRE(parsed.ok());
  CHECK(parsed.events == expected_events());
  CHECK(parsed.quarantined.empty());
  CHECK(rig.host.logs == Lines{"2 report_read sheets=2 quarantined=0 unknown_elements=0"});
  CHECK(data_file(kSamples + "/nhif_amb_simp.xml") == sample());
}

TEST_CASE("corner cases are read as the golden file says", "[nzok-amblist]") {
  AmblistRig rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + "/" + name + ".xml");
}

TEST_CASE("the cut of the bytes means nothing", "[nzok-amblist]") {
  AmblistRig rig;
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 2, 7, 61, 997, 4096, 65536, 1 << 20}));
  CAPTURE(delivered.chunk);
  CHECK(rig.parse(sample(), delivered).events == expected_events());
  CHECK(rig.parse(sample1251(), delivered).events == expected_events());
}

TEST_CASE("a report of many pieces is read alike at any cut", "[nzok-amblist]") {
  AmblistOptions options;
  options.sheets = 400;
  options.bad = {0, 37, 38, 111, 399};
  const std::string bytes = generate_amblist(options);
  AmblistRig rig;
  const auto whole = rig.parse(bytes);
  REQUIRE(whole.ok());
  CHECK(whole.events.size() == 395);
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 4099, 65521, 65536}));
  const auto cut = rig.parse(bytes, delivered);
  CHECK(cut.events == whole.events);
  CHECK(cut.quarantined == whole.quarantined);
  CHECK(cut.bytes == whole.bytes);
  CHECK(cut.offsets == whole.offsets);
}

TEST_CASE("a quarantined record comes with its own bytes and place, wherever the pieces are cut", "[nzok-amblist]") {
  AmblistOptions options;
  options.sheets = 300;
  for (std::uint64_t i = 0; i < options.sheets; ++i) options.bad.push_back(i);
  const bool as_1251 = GENERATE(false, true);
  std::string bytes = generate_amblist(options);
  if (as_1251) bytes = to_windows1251(replaced(bytes, "utf-8", "windows-1251"));
  const auto parsed = AmblistRig().parse(bytes);
  REQUIRE(parsed.ok());
  REQUIRE(parsed.bytes.size() == options.sheets);
  std::size_t at = 0;
  for (std::size_t i = 0; i < parsed.bytes.size(); ++i) {
    const std::size_t from = bytes.find("<AmbList>", at);
    at = bytes.find("</AmbList>", from) + 10;
    const std::string record = bytes.substr(from, at - from);
    CHECK((as_1251 ? to_windows1251(parsed.bytes[i]) : parsed.bytes[i]) == record);
    const std::size_t egn = bytes.find("<EGN>", from);
    CHECK(parsed.offsets[i] == egn);
    const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(egn), '\n');
    CHECK(parsed.quarantined[i] == std::to_string(line) + ":1 EGN: its check digit is wrong");
  }
}

TEST_CASE("windows-1251 by declaration gives the same events", "[nzok-amblist]") {
  AmblistRig rig;
  CHECK(rig.parse(sample1251()).events == expected_events());
  CHECK(rig.parse(replaced(sample1251(), "windows-1251", "CP1251")).events == expected_events());
}

TEST_CASE("UTF-8 may carry a byte order mark, or no declaration", "[nzok-amblist]") {
  AmblistRig rig;
  const std::string declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
  CHECK(rig.parse("\xEF\xBB\xBF" + sample()).events == expected_events());
  CHECK(rig.parse(replaced(sample(), declaration, "")).events == expected_events());
  CHECK(rig.parse(replaced(sample(), declaration, "\xEF\xBB\xBF<?xml version=\"1.0\"?>")).events == expected_events());
}

TEST_CASE("a place behind a byte order mark is that of the file", "[nzok-amblist]") {
  const std::string bytes = "\xEF\xBB\xBF" + report(replaced(kSheet, "9622299980", "9622299981"));
  const auto parsed = AmblistRig().parse(bytes);
  REQUIRE(parsed.offsets.size() == 1);
  CHECK(bytes.substr(static_cast<std::size_t>(parsed.offsets[0]), 5) == "<EGN>");
}

TEST_CASE("neither the doctor's EGN nor a person's name, address or story leaves the reader", "[nzok-amblist]") {
  AmblistRig rig;
  const auto parsed = rig.parse(sample());
  std::string out = parsed.message;
  for (const auto& list : {parsed.events, parsed.quarantined, rig.host.logs}) {
    for (const std::string& line : list) out += line + "\n";
  }
  for (const char* hidden : {"9932319981", "Примеров", "Тестов", "гр. София", "Главоболие", "ЕКГ", "режим", "RR 1"}) {
    CAPTURE(hidden);
    CHECK(out.find(hidden) == std::string::npos);
  }
}

TEST_CASE("several doctors, one of them twice and one without sheets, keep their sheets apart", "[nzok-amblist]") {
  const std::string second = replaced(replaced(kDoctor, "2299000011", "2299000022"), "<SIMPCode>08", "<SIMPCode>14");
  const std::string twin = replaced(kDoctor, "<SIMPCode>08", "<SIMPCode>14");
  const auto parsed =
      AmblistRig().parse(kHead + kDoctor + "</Doctor>" + second + kSheet + "</Doctor>" + twin + kSheet + kEnd);
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].find("key=2203999001:2299000022:14:2026-10|26279A0000A1 ") != std::string::npos);
  CHECK(parsed.events[1].find("key=2203999001:2299000011:14:2026-10|26279A0000A1 ") != std::string::npos);
}

TEST_CASE("completeness is claimed only when sender and operator say so, and no record is missing", "[nzok-amblist]") {
  struct Case {
    const char* name;
    const char* settings;
    bool complete;
    std::string sheet;
    Lines claimed;
  };
  const std::string bad = replaced(kSheet, "9622299980", "1");
  const auto c = GENERATE_COPY(values<Case>({
      {"both", R"({"full_reports":true})", true, kSheet, {"2203999001:2299000011:08:2026-10"}},
      {"the sender does not", R"({"full_reports":true})", false, kSheet, {}},
      {"the operator does not", "{}", true, kSheet, {}},
      {"a record is in quarantine", R"({"full_reports":true})", true, bad, {}},
      {"there is no sheet", R"({"full_reports":true})", true, "", {}},
  }));
  CAPTURE(c.name);
  AmblistRig rig(c.settings);
  Delivered delivered;
  delivered.complete = c.complete;
  CHECK(rig.parse(report(c.sheet), delivered).completed == c.claimed);
}

TEST_CASE("a scope that stands under two doctors is claimed once, and not at all if one of them lost a record",
          "[nzok-amblist]") {
  AmblistRig rig(R"({"full_reports":true})");
  Delivered delivered;
  delivered.complete = true;
  const std::string other = replaced(kSheet, "26279A0000A1", "26279A0000A2");
  const std::string between = "</Doctor>" + kDoctor;
  CHECK(rig.parse(report(kSheet + between + other), delivered).completed.size() == 1);
  const std::string bad = replaced(other, "9622299980", "1");
  CHECK(rig.parse(report(kSheet + between + bad), delivered).completed.empty());
  CHECK(rig.parse(report(bad + between + kSheet), delivered).completed.empty());
}

TEST_CASE("a generated correction differs in exactly the records it changes", "[nzok-amblist]") {
  AmblistOptions options;
  options.sheets = 1000;
  AmblistRig rig;
  const auto original = rig.parse(generate_amblist(options)).events;
  CHECK(rig.parse(generate_amblist(options)).events == original);
  options.corrected = GENERATE(values<std::uint64_t>({0, 1, 7, 1000}));
  const auto corrected = rig.parse(generate_amblist(options)).events;
  REQUIRE(original.size() == 1000);
  REQUIRE(corrected.size() == 1000);
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < original.size(); ++i) changed += original[i] != corrected[i] ? 1u : 0u;
  CHECK(changed == options.corrected);
}

TEST_CASE("generated persons are valid and distinct", "[nzok-amblist]") {
  std::vector<std::string> seen;
  for (std::uint64_t i = 0; i < 20'000'000; i += 1009) {
    seen.push_back(person_egn(i));
    const auto egn = parse_egn(seen.back());
    REQUIRE(egn.has_value());
    REQUIRE(egn->birth.year / 100 == 18);
  }
  for (std::uint64_t i = 0; i < 100'000; ++i) seen.push_back(person_egn(20'000'001 + i));
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("sniffing knows the report from other documents", "[nzok-amblist]") {
  AmblistRig rig;
  CHECK(rig.host.sniff("a.xml", sample()) == 95);
  CHECK(rig.host.sniff("a.xml", kHead) == 60);
  CHECK(rig.host.sniff("a.xml", "<report/>") == 0);
}
