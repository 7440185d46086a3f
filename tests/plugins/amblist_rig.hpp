// The built nzok-amblist library in a fake host, and reports put together from pieces.
#pragma once
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
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

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// A good sheet on one line, 2026-10-06, of the person 9622299980.
inline const std::string kSheet =
    "<AmbList><NoAl>26279A0000A1</NoAl><dataAl>2026-10-06</dataAl><time>09:40:00</time><Pay>1</Pay>"
    "<Patient><EGN>9622299980</EGN><Name><Given>Скрито</Given></Name></Patient>"
    "<MainDiag><imeMD>Хипертония</imeMD><MKB>I10</MKB></MainDiag>"
    "<Procedure><imeP>Преглед</imeP><kodP>89.03</kodP></Procedure><SIMPList/><ExamType>11</ExamType></AmbList>";

inline const std::string kHead =
    "<Practice><PracticeCode>2203999001</PracticeCode><PracticeName>МЦ Пример</PracticeName>"
    "<DateFrom>2026-10-01</DateFrom><DateTo>2026-10-31</DateTo>\n";
inline const std::string kDoctor =
    "<Doctor><UIN>2299000011</UIN><EGN>9932319981</EGN><FullName>Докторов</FullName><SIMPCode>08</SIMPCode>\n";
inline const std::string kEnd = "\n</Doctor></Practice>";

// The sheet stands on line 3.
inline std::string report(const std::string& sheets) { return kHead + kDoctor + sheets + kEnd; }

struct AmblistRig {
  FakeHost host{load(VESTITEL_AMBLIST_READER)};
  explicit AmblistRig(const std::string& settings = "{}") { REQUIRE(host.begin(settings).ok()); }
  Parsed parse(const std::string& bytes, const Delivered& delivered = {}) { return host.parse(bytes, delivered); }
};

}  // namespace vestitel::testing
