// The rules of one sheet: what becomes an event, what is told with a warning, what goes to quarantine and where.
#include "tests/plugins/amblist_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

// The event of the sheet with `from` replaced; without the parts that all share.
std::string event_of(const std::string& from, const std::string& to) {
  const auto parsed = AmblistRig().parse(report(replaced(kSheet, from, to)));
  CAPTURE(parsed.message);
  REQUIRE(parsed.ok());
  CHECK(parsed.quarantined.empty());
  REQUIRE(parsed.events.size() == 1);
  return parsed.events[0];
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Columns count characters.
std::string column_of(const std::string& part) {
  std::size_t column = 1;
  for (const char c : kSheet.substr(0, kSheet.find(part))) column += (c & 0xC0) != 0x80 ? 1u : 0u;
  return std::to_string(column);
}

}  // namespace

TEST_CASE("a good sheet becomes one event with everything that is kept", "[nzok-amblist]") {
  CHECK(event_of("<Name>", "<Name>") ==
        "activity.outpatient new egn:9622299980 2026-10-06 key=2203999001:2299000011:08:2026-10|26279A0000A1 "
        "number=26279A0000A1 facility=2203999001 practitioner=2299000011 @3:1 facility.name=МЦ Пример "
        "facility.region=22 practitioner.name=Докторов practitioner.specialty=08 code.icd10=I10 "
        "code.icd10.text=Хипертония code.ksmp=89.03 code.ksmp.text=Преглед code.exam-type=11 payer=nzok "
        "payment=reported period.from=2026-10-01 period.to=2026-10-31 nzok-amblist.time=09:40:00");
}

TEST_CASE("free text is kept on one line and in its own direction", "[nzok-amblist]") {
  struct Case {
    std::string written, kept;
  };
  const auto c = GENERATE(values<Case>({
      {"МЦ\nПример", "МЦ Пример"},
      {"МЦ\r\n\tПример", "МЦ  Пример"},  // XML makes one line end of the two
      {"МЦ&#13;Пример", "МЦ Пример"},
      {"МЦ\u0085\u2028\u2029Пример", "МЦ   Пример"},
      {"М\u009BЦ\x7F При\u202Eмер\u202C", "МЦ Пример"},
      {"\u2066МЦ\u2069 \u200EПри\u200F\u061Cмер", "МЦ Пример"},
      {"\u202E\n", ""},
      {"МЦ „Пример“ № 5 – €\u00A0\U0001F600", "МЦ „Пример“ № 5 – €\u00A0\U0001F600"},
  }));
  CAPTURE(c.written);
  const auto parsed =
      AmblistRig().parse(replaced(report(replaced(kSheet, "Хипертония", c.written)), "МЦ Пример", c.written));
  REQUIRE(parsed.events.size() == 1);
  const std::string name = c.kept.empty() ? "" : " facility.name=" + c.kept;
  const std::string diagnosis = c.kept.empty() ? "" : " code.icd10.text=" + c.kept;
  CHECK(holds(parsed.events[0], name + " facility.region=22"));
  CHECK(holds(parsed.events[0], "facility.name") == !c.kept.empty());
  CHECK(holds(parsed.events[0], "code.icd10=I10" + diagnosis + " code.ksmp=89.03"));
}

TEST_CASE("a bad sheet goes to quarantine with its place, and its neighbours stay", "[nzok-amblist]") {
  struct Case {
    const char *from, *to;
    std::string element, reason;
    const char* at;  // the part of the sheet where the place points; null: the sheet
  };
  const std::string day = "is not a day written YYYY-MM-DD", number = "has neither 6 digits nor 12 letters and digits";
  const std::string letters = "holds Cyrillic or other letters beyond A to Z";
  const auto c = GENERATE_COPY(values<Case>({
      {"<NoAl>26279A0000A1</NoAl>", "", "NoAl", "is missing or empty", nullptr},
      {"26279A0000A1", "", "NoAl", "is missing or empty", "<NoAl>"},
      {"26279A0000A1", " \t\xC2\xA0 ", "NoAl", "is missing or empty", "<NoAl>"},
      {"26279A0000A1", "26279A0000A", "NoAl", number, "<NoAl>"},
      {"26279A0000A1", "26279A0000A12", "NoAl", number, "<NoAl>"},
      {"26279A0000A1", "12345", "NoAl", number, "<NoAl>"},
      {"26279A0000A1", "12345A", "NoAl", number, "<NoAl>"},
      {"26279A0000A1", "26279-0000A1", "NoAl", number, "<NoAl>"},
      {"26279A0000A1", "26279А0000A1", "NoAl", letters, "<NoAl>"},  // a Cyrillic А
      {"26279A0000A1", "<b>26279A0000A1</b>", "NoAl", "holds elements, where a text belongs", "<NoAl>"},
      {"<time>", "<NoAl>26279A0000A2</NoAl><time>", "NoAl", "stands twice", "<time>"},
      {"2026-10-06", "", "dataAl", "is missing or empty", "<dataAl>"},
      {"2026-10-06", "2026-10-32", "dataAl", day, "<dataAl>"},
      {"2026-10-06", "2026-02-31", "dataAl", day, "<dataAl>"},
      {"2026-10-06", "0001-01-01", "dataAl", day, "<dataAl>"},
      {"2026-10-06", "06.10.2026", "dataAl", day, "<dataAl>"},
      {"2026-10-06", "2026-10-06T00:00:00", "dataAl", day, "<dataAl>"},
      {"2026-10-06", "2026-12-01", "dataAl", "lies in the future", "<dataAl>"},
      {"2026-10-06", "2026-09-29", "dataAl", "lies outside of the report's period", "<dataAl>"},
      {"2026-10-06", "2026-11-02", "dataAl", "lies outside of the report's period", "<dataAl>"},
      {"9622299980", "9622299981", "EGN", "its check digit is wrong", "<EGN>"},
      {"9622299980", "0442319958", "EGN", "its date of birth does not exist", "<EGN>"},
      {"9622299980", "962229998", "EGN", "not ten digits", "<EGN>"},
      {"9622299980", "0000000000", "EGN", "its date of birth does not exist", "<EGN>"},
      {"9622299980", "9932319981", "EGN", "is the doctor's own", "<EGN>"},
      {"9622299980", "8952019919", "EGN", "its date of birth lies in the future", "<EGN>"},
      {"9622299980", "", "Patient", "names nobody: no EGN, SS_No, EHIC_No or PersID_No", "<EGN>"},
      {"<EGN>9622299980</EGN>", "", "Patient", "names nobody: no EGN, SS_No, EHIC_No or PersID_No", nullptr},
      {"<EGN>9622299980</EGN>", "<SS_No>99900-11</SS_No>", "SS_No", "is not a number of at most 20 digits", "<EGN>"},
      {"<EGN>9622299980</EGN>", "<EHIC_No>123456789012345678901</EHIC_No>", "EHIC_No", "is longer than 20 characters",
       "<EGN>"},
      {"<Name>", "<dateBirth>1896-02-30</dateBirth><Name>", "dateBirth", day, "<Name>"},
      {"<Name>", "<dateBirth>2027-01-01</dateBirth><Name>", "dateBirth", "lies in the future", "<Name>"},
      {"<MKB>I10", "<MKB>I10.12345678901", "MKB", "is longer than a code can be", "<MKB>"},
      {"89.03", "8Ж.03", "kodP", letters, "<kodP>"},
      {"89.03", "89.\n03", "kodP", "holds a line break or another control character", "<kodP>"},
      {"89.03", "89.\u202E03", "kodP", letters, "<kodP>"},
      {"<ExamType>11", "<ExamType>11111111111111", "ExamType", "is longer than a code can be", "<ExamType>"},
      {"<SIMPList/>", "<UINH_S>12</UINH_S>", "UINH_S", "is not a practitioner's number", "<SIMPList/>"},
  }));
  CAPTURE(c.from, c.to);
  const std::string bad = replaced(kSheet, c.from, c.to);
  const auto parsed = AmblistRig().parse(report(kSheet + "\n" + bad + "\n" + kSheet));
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 2);
  const std::string column = c.at == nullptr ? "1" : column_of(c.at);
  CHECK(parsed.quarantined == std::vector<std::string>{"4:" + column + " " + c.element + ": " + c.reason});
  CHECK(parsed.bytes == std::vector<std::string>{bad});
}

TEST_CASE("a doctor without a number or specialty costs his sheets, not his colleagues'", "[nzok-amblist]") {
  struct Case {
    const char *from, *to, *reason;
  };
  const auto c = GENERATE(values<Case>({
      {"2299000011", "", "UIN: the doctor's number is missing or wrong"},
      {"2299000011", "9999000011", "UIN: the doctor's number is missing or wrong"},
      {"<SIMPCode>08</SIMPCode>", "", "SIMPCode: the doctor's specialty is missing or wrong"},
      {"<SIMPCode>08", "<SIMPCode>8", "SIMPCode: the doctor's specialty is missing or wrong"},
  }));
  const auto parsed =
      AmblistRig().parse(kHead + replaced(kDoctor, c.from, c.to) + kSheet + "</Doctor>" + kDoctor + kSheet + kEnd);
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.quarantined == std::vector<std::string>{std::string("3:1 ") + c.reason});
}

TEST_CASE("the subject is of the declared type", "[nzok-amblist]") {
  const std::string egn = "<EGN>9622299980</EGN>";
  CHECK(holds(event_of(egn, "<EGN></EGN><SS_No>9990000011</SS_No>"), " nap:9990000011 "));
  CHECK(holds(event_of(egn, "<EGN/><SS_No/><EHIC_No>80359000000123</EHIC_No>"), " ehic:80359000000123 "));
  CHECK(holds(event_of(egn, "<PersID_No>AB12</PersID_No>"), " ehic:AB12 "));
  CHECK(holds(event_of(egn, "<EGN>\n 9622299980&#160;</EGN><SS_No>9990000011</SS_No>"), " egn:9622299980 "));
  CHECK(holds(event_of(egn, egn + "<dateBirth>1896-02-29</dateBirth>"), " subject.birth-date=1896-02-29"));
}

TEST_CASE("a LNCH in the place of an EGN is one, with a warning", "[nzok-amblist]") {
  const std::string event = event_of("9622299980", "1000009990");
  CHECK(holds(event, " lnch:1000009990 "));
  CHECK(holds(event, " nzok-amblist.warning=lnch-in-egn"));
}

TEST_CASE("an old number is unique with its day, a national one alone", "[nzok-amblist]") {
  CHECK(holds(event_of("26279A0000A1", "000123"), "2026-10|2026-10-06:000123 number=000123 "));
  CHECK(holds(event_of("26279A0000A1", " 26279a0000a1\n"), "2026-10|26279A0000A1 number=26279A0000A1 "));
}

TEST_CASE("what is doubtful is told with a warning", "[nzok-amblist]") {
  struct Case {
    const char *from, *to, *kept, *warning;
  };
  const auto c = GENERATE(values<Case>({
      {"2026-10-06", "2026-09-30", " 2026-09-30 ", "date-outside-period"},
      {"2026-10-06", "2026-11-01", " 2026-11-01 ", "date-outside-period"},
      {"<MKB>I10", "<MKB>М54.5", " code.icd10=M54.5 ", "cyrillic-diagnosis-letter"},
      {"<MKB>I10", "<MKB>I1", " code.icd10=I1 ", "unusual-diagnosis-code"},
      {"<MKB>I10</MKB>", "", " code.ksmp=89.03 ", "name-without-code"},
      {"09:40:00", "25:00:00", " payer=nzok ", "unusual-time"},
      {"<Pay>1", "<Pay>maybe", " code.exam-type=11 ", "unusual-pay"},
      {"<SIMPList/>", "<SIMPList><PrimaryVisit><NoNapr>12-АБ</NoNapr></PrimaryVisit></SIMPList>",
       " ref.referral=12-АБ ", "unusual-reference"},
      {"<SIMPList/>",
       "<SIMPList><PrimaryVisit><NoNapr>26276B0000B2</NoNapr></PrimaryVisit>"
       "<SecondaryVisit><NoAmbL>000017</NoAmbL></SecondaryVisit></SIMPList>",
       " ref.referral=26276B0000B2 ref.sheet=000017 ", "primary-and-secondary"},
  }));
  CAPTURE(c.from, c.to);
  const std::string event = event_of(c.from, c.to);
  CHECK(holds(event + " ", c.kept));
  CHECK(holds(event, std::string(" nzok-amblist.warning=") + c.warning));
}

TEST_CASE("what is absent leaves no trace, in both spellings", "[nzok-amblist]") {
  CHECK_FALSE(holds(event_of("<time>09:40:00</time>", ""), "time"));
  CHECK_FALSE(holds(event_of("<time>09:40:00</time>", "<time></time>"), "time"));
  CHECK_FALSE(holds(event_of("<Pay>1</Pay>", "<Pay/>"), "pay"));
  CHECK_FALSE(holds(event_of("<ExamType>11</ExamType>", ""), "exam-type"));
  CHECK_FALSE(holds(event_of("<SIMPList/>", "<SIMPList><PrimaryVisit/></SIMPList>"), "ref."));
  CHECK_FALSE(holds(event_of("<SIMPList/>", ""), "ref."));
}

TEST_CASE("another payer is told as another", "[nzok-amblist]") {
  CHECK(holds(event_of("<Pay>1", "<Pay>0"), " payer=other payment=reported "));
  CHECK(holds(event_of("<Pay>1", "<Pay>Yes"), " payer=nzok payment=reported "));
}

TEST_CASE("a substitute is the practitioner, the scope stays the doctor's", "[nzok-amblist]") {
  const std::string event = event_of("<SIMPList/>", "<UINH_S>2299000033</UINH_S><FullNameH_S>Заместник</FullNameH_S>");
  CHECK(holds(event, " practitioner=2299000033 "));
  CHECK(holds(event, " practitioner.name=Заместник "));
  CHECK(holds(event, " key=2203999001:2299000011:08:2026-10|"));
}

TEST_CASE("all diagnoses and procedures are kept in their pairs, in either order", "[nzok-amblist]") {
  const std::string event =
      event_of("</MainDiag>",
               "<imeLinkD>Бъбречна</imeLinkD><MKBLinkD>N18.9</MKBLinkD></MainDiag>"
               "<Diag><imeD>Диабет</imeD><MKB>E11.9</MKB></Diag><Diag><MKB>J06.9</MKB><imeD>Вирус</imeD></Diag>"
               "<Procedure><kodP>93.94</kodP></Procedure>");
  CHECK(holds(event,
              " code.icd10=I10 code.icd10.text=Хипертония code.icd10=N18.9 code.icd10.text=Бъбречна code.icd10=E11.9 "
              "code.icd10.text=Диабет code.icd10=J06.9 code.icd10.text=Вирус code.ksmp=93.94 code.ksmp=89.03 "
              "code.ksmp.text=Преглед "));
}

TEST_CASE("pairs without containers are told apart", "[nzok-amblist]") {
  CHECK(holds(event_of("<Procedure><imeP>Преглед</imeP><kodP>89.03</kodP></Procedure>",
                       "<imeP>А</imeP><kodP>1</kodP><imeP>Б</imeP><kodP>2</kodP>"),
              " code.ksmp=1 code.ksmp.text=А code.ksmp=2 code.ksmp.text=Б "));
}

TEST_CASE("numbers inside of prescriptions, sick notes and referrals are not the sheet's", "[nzok-amblist]") {
  const std::string event = event_of("<SIMPList/>",
                                     "<HList><MKB>Z99.9</MKB></HList><MDD><kodP>99</kodP></MDD>"
                                     "<Therapy><MKB>Z99.8</MKB></Therapy><SIMPList><PrimaryVisit><SendedFrom>"
                                     "<PracticeCode>2201999002</PracticeCode><UIN>2299000022</UIN>"
                                     "<UINH_S>2299000044</UINH_S></SendedFrom></PrimaryVisit></SIMPList>");
  CHECK_FALSE(holds(event, "Z99"));
  CHECK_FALSE(holds(event, "=99"));
  CHECK(holds(event, " practitioner=2299000011 "));
  CHECK(holds(event, " nzok-amblist.sender-facility=2201999002 nzok-amblist.sender=2299000022"));
}

TEST_CASE("unknown elements and attributes are read past and counted", "[nzok-amblist]") {
  AmblistRig rig;
  const std::string sheet =
      replaced(kSheet, "<time>", "<New a=\"1\"><Deep>x</Deep></New><time x:y=\"\" xmlns:x=\"u\">");
  const auto parsed = rig.parse(report(sheet));
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], "time=09:40:00"));
  CHECK(rig.host.logs == std::vector<std::string>{"2 report_read sheets=1 quarantined=0 unknown_elements=2"});
}

TEST_CASE("a long story with line breaks and entities is read past", "[nzok-amblist]") {
  std::string story = "<Anamnesa>";
  while (story.size() < 4000) story += "Оплаквания &amp; болка &lt;2 дни\r\n";
  CHECK(event_of("<SIMPList/>", story + "</Anamnesa><Examine></Examine>") == event_of("<SIMPList/>", ""));
}

TEST_CASE("a text in CDATA or with character references is the same text", "[nzok-amblist]") {
  CHECK(holds(event_of("26279A0000A1", "<![CDATA[26279A]]>0000A&#49;"), "number=26279A0000A1 "));
}

TEST_CASE("a name that is too long to keep costs the record, not the document", "[nzok-amblist]") {
  const auto parsed = AmblistRig().parse(report(replaced(kSheet, "Хипертония", std::string(2001, 'x')) + kSheet));
  REQUIRE(parsed.ok());
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.quarantined ==
        std::vector<std::string>{"3:" + column_of("<imeMD>") + " imeMD: is longer than 2,000 bytes"});
}

TEST_CASE("what lies in the future depends on the host's clock alone", "[nzok-amblist]") {
  AmblistRig rig;
  const std::string future = report(replaced(replaced(kSheet, "2026-10-06", "2026-10-31"), "9622299980", "8952019919"));
  rig.host.now_us = midnight_us({2026, 10, 30}) + 20 * 3'600'000'000;
  CHECK(rig.parse(future).quarantined ==
        std::vector<std::string>{"3:" + column_of("<dataAl>") + " dataAl: lies in the future"});
  rig.host.now_us = midnight_us({2096, 1, 1});
  CHECK(rig.parse(future).events.size() == 1);
}

TEST_CASE("the last day may be left out and follows from the month", "[nzok-amblist]") {
  const std::string open = replaced(report(kSheet), "<DateTo>2026-10-31</DateTo>", "<DateTo/>");
  const auto parsed = AmblistRig().parse(open);
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], " period.from=2026-10-01 nzok-amblist.time"));
}

TEST_CASE("two persons of one family keep their sheets apart", "[nzok-amblist]") {
  const std::string other = replaced(replaced(kSheet, "26279A0000A1", "26279A0000A2"), "9622299980", "9622299974");
  const auto parsed = AmblistRig().parse(report(kSheet + other));
  REQUIRE(parsed.events.size() == 2);
  CHECK(holds(parsed.events[0], " egn:9622299980 "));
  CHECK(holds(parsed.events[0], "|26279A0000A1 "));
  CHECK(holds(parsed.events[1], " egn:9622299974 "));
  CHECK(holds(parsed.events[1], "|26279A0000A2 "));
}

TEST_CASE("a newborn without a number of its own is nobody whom the hub could tell", "[nzok-amblist]") {
  const std::string newborn =
      replaced(kSheet, "<EGN>9622299980</EGN>", "<EGN></EGN><dateBirth>2026-10-05</dateBirth><Sex>1</Sex>");
  const auto parsed = AmblistRig().parse(report(newborn + kSheet));
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.quarantined == std::vector<std::string>{"3:" + column_of("<EGN>") +
                                                       " Patient: names nobody: no EGN, SS_No, EHIC_No or PersID_No"});
}

TEST_CASE("the same sheet twice in one report is two events of one key, for the hub to compare", "[nzok-amblist]") {
  const auto parsed = AmblistRig().parse(report(kSheet + "\n" + kSheet));
  REQUIRE(parsed.events.size() == 2);
  CHECK(replaced(parsed.events[1], "@4:1", "@3:1") == parsed.events[0]);
}
