// A built reader in a fake host, and what every reader is held to.
#pragma once
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

namespace vestitel::testing {

inline std::string data_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream in(data_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// UTF-8 of ASCII, Cyrillic letters and the marks of reports as windows-1251.
inline std::string to_windows1251(const std::string& utf8) {
  const std::vector<std::pair<std::string, char>> marks = {
      {"–", '\x96'}, {"—", '\x97'}, {"„", '\x84'}, {"“", '\x93'}, {"№", '\xB9'}};
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      out += utf8[i++];
    } else if (lead == 0xD0 || lead == 0xD1) {
      const int code = ((lead & 0x1F) << 6) | (utf8[i + 1] & 0x3F);
      REQUIRE(code >= 0x410);
      REQUIRE(code <= 0x44F);
      out += static_cast<char>(code - 0x410 + 0xC0);
      i += 2;
    } else {
      bool known = false;
      for (const auto& [text, byte] : marks) {
        if (utf8.compare(i, 3, text) != 0) continue;
        out += byte;
        known = true;
      }
      REQUIRE(known);
      i += 3;
    }
  }
  return out;
}

struct ReaderRig {
  FakeHost host;
  explicit ReaderRig(const char* library, const std::string& settings = "{}",
                     const std::map<std::string, std::string>& secrets = {})
      : host(load(library)) {
    host.secrets = secrets;
    REQUIRE(host.begin(settings).ok());
  }
  Parsed parse(const std::string& bytes, const Delivered& delivered = {}) { return host.parse(bytes, delivered); }
  // The events of a document that is read without a record in quarantine.
  std::vector<std::string> events(const std::string& bytes) {
    const Parsed parsed = parse(bytes);
    INFO(parsed.message);
    REQUIRE(parsed.ok());
    CHECK(parsed.quarantined == std::vector<std::string>{});
    return parsed.events;
  }
  // Why records of a document that is read went to quarantine.
  std::vector<std::string> quarantined(const std::string& bytes) {
    const Parsed parsed = parse(bytes);
    INFO(parsed.message);
    REQUIRE(parsed.ok());
    return parsed.quarantined;
  }
};

// The same events and quarantined records, however the bytes are cut.
inline void check_any_cut(ReaderRig& rig, const std::string& bytes) {
  const Parsed whole = rig.parse(bytes);
  REQUIRE(whole.ok());
  REQUIRE(whole.events.size() + whole.quarantined.size() > 0);
  for (const std::size_t chunk : std::vector<std::size_t>{1, 2, 7, 61, 997}) {
    Delivered delivered;
    delivered.chunk = chunk;
    CAPTURE(chunk);
    const Parsed cut = rig.parse(bytes, delivered);
    CHECK(cut.events == whole.events);
    CHECK(cut.quarantined == whole.quarantined);
    CHECK(cut.bytes == whole.bytes);
    CHECK(cut.offsets == whole.offsets);
  }
}

// What the golden file beside a sample says of it, in the order in which `vestitel-plugin run` writes each kind of
// line.
inline void check_golden(ReaderRig& rig, const std::string& sample) {
  CAPTURE(sample);
  const std::string bytes = data_file(sample);
  check_any_cut(rig, bytes);
  const Parsed parsed = rig.parse(bytes);
  std::map<std::string, std::vector<std::string>> found, expected;
  found["event"] = parsed.events;
  for (const std::string& one : parsed.quarantined) found["quarantined"].push_back("quarantined " + one);
  for (const std::string& one : parsed.completed) found["complete"].push_back("complete " + one);
  for (const std::string& line : lines_of(sample.substr(0, sample.rfind('.')) + ".events")) {
    const std::string word = line.substr(0, line.find(' '));
    expected[word == "quarantined" || word == "complete" ? word : "event"].push_back(line);
  }
  CHECK(found == expected);
}

// A document that is cut off anywhere is refused, and what stands after its end as well. `end`: its last tag.
inline void check_cut_off(ReaderRig& rig, const std::string& bytes, const std::string& end) {
  const std::size_t last = bytes.rfind(end) + end.size();
  for (std::size_t size = 0; size < last; ++size) {
    if (rig.parse(bytes.substr(0, size)).ok()) FAIL_CHECK("accepted, cut off after " << size << " bytes");
  }
  CHECK(rig.parse(bytes.substr(0, last)).ok());
  CHECK_FALSE(rig.parse(bytes + "<more/>").ok());
}

// What every reader of XML refuses, and in which words.
inline void check_hostile_xml(ReaderRig& rig, const std::string& root) {
  const auto why = [&](const std::string& bytes) { return rig.parse(bytes).message; };
  CHECK_THAT(why(""), Catch::Contains("the document is empty"));
  CHECK_THAT(why("<!DOCTYPE " + root + " [<!ENTITY a 'b'>]><" + root + "/>"), Catch::Contains("has a DOCTYPE"));
  CHECK_THAT(why("<other/>"), Catch::Contains("the root is not of this format"));
  CHECK_THAT(why("<" + root + " xmlns='urn:other'/>"), Catch::Contains("stands in another namespace, or in none"));
  CHECK_THAT(why("<?xml version='1.0' encoding='windows-1251'?><" + root + ">\xD0\xB6</" + root + ">"),
             Catch::Contains("the bytes are UTF-8, but windows-1251 is declared"));
  CHECK_THAT(why("<" + root + ">\xE6</" + root + ">"), Catch::Contains("the bytes are not UTF-8"));
}

}  // namespace vestitel::testing
