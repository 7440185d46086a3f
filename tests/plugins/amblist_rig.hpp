// The built nzok-amblist library in a fake host, and reports put together from pieces.
#pragma once
#include "tests/plugins/reader_rig.hpp"

namespace vestitel::testing {

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

struct AmblistRig : ReaderRig {
  explicit AmblistRig(const std::string& settings = "{}") : ReaderRig(VESTITEL_AMBLIST_READER, settings) {}
};

}  // namespace vestitel::testing
