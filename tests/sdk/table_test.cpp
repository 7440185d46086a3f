// The CSV with a header, and dates written in a partner's way.
#include <catch2/catch.hpp>

#include <string>
#include <vestitel/plugin.hpp>
#include <vestitel/testing/fake_host.hpp>

using namespace vestitel;
using vestitel::testing::Delivered;
using vestitel::testing::FakeHost;
using vestitel::testing::Parsed;

namespace {

// What the table gives: a line for each row, each cell in brackets.
char separator = ',';
std::string shown;

struct Shows {
  void parse(const Document&, Input& in, Emit& out) {
    for (const auto& row : table(in, out, separator)) {
      shown += std::to_string(row.place.line) + ":";
      for (std::size_t i = 0; i < row.size(); ++i) shown += "[" + std::string(row[i]) + "]";
      shown += "\n";
    }
  }
};
struct ShowSpec {
  using Plugin = Shows;
  template <class S>
  using Ability = detail::Reader<S>;
  static constexpr const char *kId = "org.test.table", *kName = "Table", *kVersion = "1.0.0";
  static Fields fields() { return {}; }
};
const vestitel_entry kShow = detail::entry<ShowSpec>();

struct Asks {
  void parse(const Document&, Input& in, Emit& out) {
    for (const auto& row : table(in, out, ';'))
      out.event("activity.laboratory", row.place).key("s", row["No"]).egn(row["ЕГН"]).on(row["Date"], "DD.MM.YYYY");
  }
};
struct AskSpec : ShowSpec {
  using Plugin = Asks;
};
const vestitel_entry kAsk = detail::entry<AskSpec>();

struct AsksOld {
  void parse(const Document&, Input& in, Emit& out) {
    for (const auto& row : table(in, out, ';', Encoding::windows_1251))
      out.event("activity.laboratory", row.place).key("s", row["No"]).egn(row["ЕГН"]).on(row["Дата"], "DD.MM.YYYY");
  }
};
struct OldSpec : ShowSpec {
  using Plugin = AsksOld;
};
const vestitel_entry kOld = detail::entry<OldSpec>();

Parsed read(const vestitel_entry& entry, std::string_view bytes, std::size_t chunk) {
  shown.clear();
  FakeHost host(entry);
  REQUIRE(host.begin().ok());
  Delivered delivered;
  delivered.chunk = chunk;
  return host.parse(bytes, delivered);
}

}  // namespace

TEST_CASE("the rows of a table are the cells between separators and quotes", "[table]") {
  struct Case {
    const char* name;
    char separator;
    const char *bytes, *rows, *quarantined;
  };
  const auto c = GENERATE(values<Case>({
      {"plain", ',', "a,b\n1,2\n3,4\n", "2:[1][2]\n3:[3][4]\n", ""},
      {"no end of line at the end", ',', "a,b\n1,2", "2:[1][2]\n", ""},
      {"CRLF and a byte order mark", ';',
       "\xEF\xBB\xBF"
       "a;b\r\n1;2\r\n",
       "2:[1][2]\n", ""},
      {"blanks around cells go, quoted ones stay", ',', "a,b\n 1 , \" 2 \" \n", "2:[1][ 2 ]\n", ""},
      {"tabs separate and are no blanks", '\t', "a\tb\tc\n1\t\t3\n", "2:[1][][3]\n", ""},
      {"a quoted cell holds separators and quotes", ',', "a,b\n\"1,\"\"x\"\"\",2\n", "2:[1,\"x\"][2]\n", ""},
      {"a quoted cell holds ends of lines", ',', "a,b\n\"1\n\n1\",2\n3,4\n", "2:[1\n\n1][2]\n5:[3][4]\n", ""},
      {"a quote inside a plain cell is a character", ',', "a,b\n5\" pipe,2\n", "2:[5\" pipe][2]\n", ""},
      {"empty lines are skipped", ',', "\n\na,b\n\n1,2\n\n", "5:[1][2]\n", ""},
      {"the last cell may be empty", ',', "a,b\n1,\n", "2:[1][]\n", ""},
      {"another number of cells is quarantined", ',', "a,b\n1\n1,2\n1,2,3\n", "3:[1][2]\n",
       "2:1 row: 2 cells expected, 1 found;4:1 row: 2 cells expected, 3 found;"},
      {"a header alone", ',', "a,b\n", "", ""},
      {"nothing at all", ',', "", "", ""},
  }));
  CAPTURE(c.name);
  separator = c.separator;
  const auto parsed = read(kShow, c.bytes, GENERATE(values<std::size_t>({1, 3, 65536})));
  REQUIRE(parsed.ok());
  CHECK(shown == c.rows);
  std::string quarantined;
  for (const auto& one : parsed.quarantined) quarantined += one + ";";
  CHECK(quarantined == c.quarantined);
}

TEST_CASE("a quote that nobody closes refuses the document", "[table]") {
  separator = ',';
  const std::string rest = GENERATE(as<std::string>(), "", "x\n", std::string(3'000'000, '\n'));
  const auto parsed = read(kShow, "a,b\n1,2\n\"3,4\n" + rest, 65536);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(parsed.message == "line 3, column 1, row: a quoted cell has no end");
}

TEST_CASE("a column is asked for by its name", "[table]") {
  const auto parsed = read(kAsk, "Date;ЕГН;No\n06.10.2026;9932319981;r1\n31.02.2026;9932319981;r2\n", 7);
  REQUIRE(parsed.ok());
  CHECK(parsed.events == std::vector<std::string>{"activity.laboratory new egn:9932319981 2026-10-06 key=s|r1 @2:1"});
  CHECK(parsed.quarantined == std::vector<std::string>{"3:1 record: the date is not a day written DD.MM.YYYY"});
}

TEST_CASE("a column that is not there refuses the document and is named", "[table]") {
  const auto parsed = read(kAsk, "\nDate;EGN;No\n06.10.2026;9932319981;r1\n", 65536);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(parsed.message == "line 2: the header has no column ЕГН");
}

TEST_CASE("windows-1251 is read as what it means", "[table]") {
  const auto parsed = read(kOld, "\xC4\xE0\xF2\xE0;\xC5\xC3\xCD;No\n06.10.2026;9932319981;\"\xB9\n\x98\x88\"\n", 7);
  REQUIRE(parsed.ok());
  CHECK(parsed.events ==
        std::vector<std::string>{"activity.laboratory new egn:9932319981 2026-10-06 key=s|\u2116 \uFFFD\u20AC @2:1"});
}

TEST_CASE("a piece of a record is counted in characters and cut at its end", "[reader]") {
  CHECK(piece("аб  вг д", 1, 2) == "аб");
  CHECK(piece("аб  вг д", 3, 4) == "вг");
  CHECK(piece("аб  вг д", 8, 10) == "д");
  CHECK(piece("аб", 3, 1).empty());
  CHECK(piece("", 1, 1).empty());
  CHECK(piece("abc", 0, 2) == "ab");
  CHECK(piece("\x80\x80", 1, 5) == "\x80\x80");
}

TEST_CASE("a date is read after its pattern, whole or not at all", "[time]") {
  struct Case {
    const char *text, *pattern;
    bool real;
  };
  const auto c = GENERATE(values<Case>({{"06.10.2026", "DD.MM.YYYY", true},
                                        {"20261006", "YYYYMMDD", true},
                                        {"2026/10/06", "YYYY/MM/DD", true},
                                        {"6.10.2026", "D.M.YYYY", true},
                                        {"06.10.2026 г.", "DD.MM.YYYY г.", true},
                                        {"6.10.2026", "DD.MM.YYYY", false},
                                        {"06.10.26", "DD.MM.YYYY", false},
                                        {"06.10.2026 ", "DD.MM.YYYY", false},
                                        {"06-10-2026", "DD.MM.YYYY", false},
                                        {"31.02.2026", "DD.MM.YYYY", false},
                                        {"", "DD.MM.YYYY", false},
                                        {"06.10.0026", "DD.MM.YYYY", false},
                                        {"06.10", "DD.MM", false}}));
  CAPTURE(c.text, c.pattern);
  const auto date = parse_date(c.text, c.pattern);
  REQUIRE(date.has_value() == c.real);
  if (c.real) CHECK(*date == Date{2026, 10, 6});
}
