// A built source of rows in a fake host, and a small mapping whose rows fit on one line of a test.
#pragma once
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>
#include <vestitel/encoding.hpp>
#include <vestitel/json.hpp>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

namespace vestitel::testing {

using Texts = std::vector<std::string>;

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// UTF-8 of ASCII and of what windows-1251 has, as windows-1251.
inline std::string to_windows_1251(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    std::size_t length = 1;
    while (i + length < utf8.size() && (utf8[i + length] & 0xC0) == 0x80) ++length;
    const std::string_view character = utf8.substr(i, length);
    i += length;
    for (int byte = 0; byte < 256; ++byte) {
      std::string as_utf8;
      const char c = static_cast<char>(byte);
      append_windows_1251(as_utf8, {&c, 1});
      if (as_utf8 != character) continue;
      out += c;
      break;
    }
  }
  return out;
}

// "{}" with one text.
inline std::string settings_of(std::string_view key, std::string_view text) {
  return "{" + json_quote(key) + ":" + json_quote(text) + "}";
}

// The lines of a golden file: events, then "quarantined ...".
inline Texts lines_of(const Parsed& parsed) {
  Texts all = parsed.events;
  for (const std::string& one : parsed.quarantined) all.push_back("quarantined " + one);
  for (const std::string& one : parsed.completed) all.push_back("complete " + one);
  return all;
}
inline Texts golden(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in.good());
  Texts lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The same, events before quarantined records as lines_of() has them, whatever order they have in the file.
inline Texts golden_by_kind(const std::string& path) {
  Texts lines = golden(path);
  const auto is_event = [](const std::string& line) { return line.compare(0, 12, "quarantined ") != 0; };
  std::stable_partition(lines.begin(), lines.end(), is_event);
  return lines;
}

struct SourceRig {
  FakeHost host;
  explicit SourceRig(const std::string& library, const std::string& settings = "{}") : host(load(library)) {
    const Outcome begun = host.begin(settings);
    CAPTURE(begun.message);
    REQUIRE(begun.ok());
  }
  Parsed parse(std::string_view bytes, const Delivered& delivered = {}) { return host.parse(bytes, delivered); }
};

}  // namespace vestitel::testing
