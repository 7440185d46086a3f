// What csv-mapping makes of rows, good and bad, in every encoding and cut.
#include "tests/plugins/csv/csv_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_CSV_MAPPING;
const std::string kSamples = VESTITEL_CSV_MAPPING_SAMPLES;

// Four columns; `more` goes below the columns, `event` below the event.
std::string mapping(const std::string& head = {}, const std::string& event = {}) {
  return "mapping: 1\n" + head +
         "columns:\n"
         "  No: {type: token, required: true}\n"
         "  EGN: {type: egn}\n"
         "  Date: {type: date}\n"
         "  Име: {}\n"
         "event:\n"
         "  type: activity.laboratory\n"
         "  scope: '{@partner}:{Date:YYYY-MM}'\n"
         "  record: '{No}'\n"
         "  subject: [EGN]\n"
         "  occurred: '{Date}'\n"
         "  code.ksmp: '90.59'\n"
         "  code.ksmp.text: '{Име}'\n" +
         event;
}

const std::string kHeader = "No,EGN,Date,Име\n";
const std::string kFirst =
    "activity.laboratory new egn:9932319981 2026-10-06 key=partner:2026-10|r1 @2:1 "
    "code.ksmp=90.59 code.ksmp.text=";

struct Mapped : SourceRig {
  explicit Mapped(const std::string& yaml) : SourceRig(kLibrary, settings_of("mapping", yaml)) {}
};

Parsed read(const std::string& bytes, const std::string& head = {}) { return Mapped(mapping(head)).parse(bytes); }

}  // namespace

TEST_CASE("the sample gives its golden events at any cut, in both encodings", "[csv-mapping]") {
  Mapped rig(file_text(kSamples + "/lab.yaml"));
  const std::string bytes = file_text(kSamples + "/lab.csv");
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  CHECK(lines_of(rig.parse(bytes, delivered)) == golden(kSamples + "/lab.events"));
  CHECK(lines_of(rig.parse(to_windows_1251(bytes), delivered)) == golden(kSamples + "/lab.events"));
  CHECK(lines_of(rig.parse("\xEF\xBB\xBF" + bytes, delivered)) == golden(kSamples + "/lab.events"));
  CHECK(rig.host.logs.front() == "2 rows_read rows=9 quarantined=6 skipped=0");
}

TEST_CASE("corner cases are read as the mapping says, at any cut", "[csv-mapping]") {
  Mapped rig(file_text(kSamples + "/corners.yaml"));
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 7, 65536}));
  CHECK(lines_of(rig.parse(file_text(kSamples + "/corners.csv"), delivered)) == golden(kSamples + "/corners.events"));
}

TEST_CASE("fixed width gives its golden events", "[csv-mapping]") {
  Mapped rig(file_text(kSamples + "/fixed.yaml"));
  CHECK(lines_of(rig.parse(file_text(kSamples + "/fixed.txt"))) == golden(kSamples + "/fixed.events"));
}

TEST_CASE("a row that is not exactly right is set aside alone, with place and reason", "[csv-mapping]") {
  struct Case {
    const char *name, *row, *quarantined;
  };
  const auto c = GENERATE(values<Case>({
      {"too few cells", "r0,9932319981,2026-10-06", "2:1 row: has 3 cells, other than the header"},
      {"too many cells", "r0,9932319981,2026-10-06,x,y", "2:1 row: has 5 cells, other than the header"},
      {"no key", ",9932319981,2026-10-06,x", "2:1 No: is missing or empty"},
      {"a key with blanks", "r 0,9932319981,2026-10-06,x", "2:1 No: holds white space or a control character"},
      {"a key in Cyrillic", "г0,9932319981,2026-10-06,x", "2:1 No: holds Cyrillic or other letters beyond A to Z"},
      {"a check digit", "r0,9932319982,2026-10-06,x", "2:4 EGN: its check digit is wrong"},
      {"a short number", "r0, 993231998,2026-10-06,x", "2:5 EGN: not ten digits"},
      {"nobody", "r0,,2026-10-06,x", "2:4 EGN: names nobody"},
      {"no such day", "r0,9932319981,2026-02-30,x",
       "2:15 Date: is not a day of the calendar, written as the mapping says"},
      {"another way of writing", "r0,9932319981,06.10.2026,x",
       "2:15 Date: is not a day of the calendar, written as the mapping says"},
      {"year one", "r0,9932319981,0001-01-01,x",
       "2:15 Date: is not a day of the calendar, written as the mapping says"},
      {"no date", "r0,9932319981,,x", "2:15 Date: is missing or empty"},
      {"the future", "r0,9932319981,2026-11-26,x", "2:15 Date: lies in the future"},
      {"an open quote", "r0,\"9932319981,2026-10-06,x", "2:4 row: a quoted cell has no end"},
      {"a quote that goes on", "r0,\"9932319981\"0,2026-10-06,x",
       "2:16 row: a quoted cell goes on behind its closing quote"},
      {"not UTF-8", "r0,9932319981,2026-10-06,\xFF", "2:1 row: the bytes are not UTF-8"},
      {"the number in the key", "9932319981,9932319981,2026-10-06,x", "2:1 No: holds the subject's identifier"},
  }));
  CAPTURE(c.name);
  const std::string bytes = kHeader + c.row + "\nr1,9932319981,2026-10-06,ok\n";
  const auto parsed = read(bytes);
  REQUIRE(parsed.ok());
  CHECK(parsed.quarantined == Texts{c.quarantined});
  CHECK(parsed.events == Texts{with(kFirst, "@2", "@3") + "ok"});
  REQUIRE(parsed.bytes.size() == 1);
  CHECK(parsed.bytes[0] == c.row);
}

TEST_CASE("a zero byte, a line without end and an empty line cost nothing else", "[csv-mapping]") {
  const std::string good = "r1,9932319981,2026-10-06,ok\n";
  const auto zero = read(kHeader + std::string("r0,\0,", 5) + "2026-10-06,x\n" + good);
  CHECK(zero.quarantined == Texts{"2:1 row: holds a zero byte"});
  CHECK(zero.events.size() == 1);
  const auto overlong = read(kHeader + std::string(600'000, 'a') + "\n" + good);
  CHECK(overlong.quarantined == Texts{"2:1 row: is longer than 256 KiB"});
  CHECK(overlong.events.size() == 1);
  CHECK(overlong.bytes[0].size() == 64 * 1024);
  CHECK(read("\n" + kHeader + "\r\n\n" + good).events == Texts{with(kFirst, "@2", "@5") + "ok"});
}

TEST_CASE("the place of a bad cell is that of the document in any encoding", "[csv-mapping]") {
  const std::string bytes =
      "\xEF\xBB\xBFИме,No,EGN,Date\r\nЕлена,r0,9932319981,2026-10-06\r\nЙоана,r1,1,2026-10-06\r\n";
  const auto utf8 = read(bytes);
  REQUIRE(utf8.offsets.size() == 1);
  CHECK(utf8.quarantined == Texts{"3:10 EGN: not ten digits"});
  CHECK(bytes.substr(static_cast<std::size_t>(utf8.offsets[0])) == "1,2026-10-06\r\n");
  const std::string old = to_windows_1251(bytes.substr(3));
  const auto in_1251 = read(old, "encoding: windows-1251\n");
  REQUIRE(in_1251.offsets.size() == 1);
  CHECK(in_1251.quarantined == utf8.quarantined);
  CHECK(old.substr(static_cast<std::size_t>(in_1251.offsets[0])) == "1,2026-10-06\r\n");
}

TEST_CASE("bytes that are not of the encoding are never taken for it", "[csv-mapping]") {
  const std::string row = kHeader + "r1,9932319981,2026-10-06,Елена\n";
  CHECK(read(row, "encoding: windows-1251\n").message ==
        "line 1, column 1, document: the bytes are UTF-8, and windows-1251 is expected");
  CHECK(read("\xEF\xBB\xBF" + row, "encoding: windows-1251\n").message ==
        "line 1, column 1, document: windows-1251 is expected, and a byte order mark of UTF-8 stands here");
  CHECK(read(to_windows_1251(row)).message == "line 1, column 1, header: cannot be read");
  const std::string latin = "No,EGN,Date,\xC8\xEC\xE5\nr1,9932319981,2026-10-06,\x98\nr2,9932319981,2026-10-06,\xC5\n";
  const auto parsed = read(latin, "encoding: windows-1251\n");
  CHECK(parsed.quarantined == Texts{"2:1 row: the bytes are not windows-1251"});
  CHECK(parsed.events.size() == 1);
  const auto mixed = read(row + "r2,9932319981,2026-10-06,\xC5\n", "encoding: automatic\n");
  CHECK(mixed.quarantined == Texts{"3:1 row: the bytes are not UTF-8"});
}

TEST_CASE("a document that is not of the mapping is refused whole", "[csv-mapping]") {
  CHECK(read("").message == "document: the document is empty");
  CHECK(read("\n\n").message == "document: the document is empty");
  CHECK(read("No,EGN,Date\n").message == "line 1, column 1, Име: the header has no such column");
  CHECK(read("No,EGN,Date,Име,No\n").message == "line 1, column 1, No: stands twice in the header");
  CHECK(read("\"No,EGN\n").message == "line 1, column 1, header: cannot be read");
  CHECK(read(kHeader).ok());
  CHECK(read("\xFF\xFEN\0o\0").rc == VESTITEL_E_DATA);
}

TEST_CASE("columns are known by their names, in any order and among others", "[csv-mapping]") {
  const auto parsed = read("x,Име,Date,EGN,No\n\xC3\xA9,ok,2026-10-06,9932319981,r1\n");
  CHECK(parsed.events == Texts{kFirst + "ok"});
}

TEST_CASE("a cell may go on with the next line only where the mapping says so", "[csv-mapping]") {
  const std::string bytes = kHeader + "r1,9932319981,2026-10-06,\"a\r\n\r\nb\"\nr2,1,2026-10-06,x\n";
  const auto parsed = read(bytes, "multiline: true\n");
  CHECK(parsed.events == Texts{kFirst + "a  b"});
  CHECK(parsed.quarantined == Texts{"5:4 EGN: not ten digits"});
  CHECK(read(bytes).quarantined.size() == 3);
  const std::string open = kHeader + "r1,9932319981,2026-10-06,\"a\n";
  CHECK(read(open, "multiline: true\n").message == "line 2, column 1, row: a quoted cell has no end");
  CHECK(read(open + std::string(300'000, '\n') + "\"\n", "multiline: true\n").rc == VESTITEL_E_DATA);
}

TEST_CASE("text with every control character stays on one line", "[csv-mapping]") {
  std::string text = "a";
  for (char c = 1; c < 0x20; ++c) {
    if (c != '\n' && c != '\r') text += c;
  }
  text +=
      "\x7F\xC2\x85\xE2\x80\xAE"
      "b";
  const auto parsed = read(kHeader + "r1,9932319981,2026-10-06," + text + "\n");
  CHECK(parsed.events == Texts{kFirst + "a    b"});
  const auto spoiled = read(kHeader + "r1\x01,9932319981,2026-10-06,x\n");
  CHECK(spoiled.quarantined == Texts{"2:1 No: holds white space or a control character"});
}

TEST_CASE("scopes are claimed complete when sender and operator say so and no row is missing", "[csv-mapping]") {
  const std::string good = kHeader + "r1,9932319981,2026-10-06,x\nr2,9932319981,2026-09-06,x\n";
  const std::string settings = settings_of("mapping", mapping());
  SourceRig believing(kLibrary, settings.substr(0, settings.size() - 1) + ",\"full_reports\":true}");
  Delivered complete;
  complete.complete = true;
  CHECK(believing.parse(good, complete).completed == Texts{"partner:2026-09", "partner:2026-10"});
  CHECK(believing.parse(good).completed.empty());
  CHECK(believing.parse(good + "r3\n", complete).completed.empty());
  CHECK(Mapped(mapping()).parse(good, complete).completed.empty());
}

TEST_CASE("an amount takes its currency from the day, unless a column names it", "[csv-mapping]") {
  const std::string yaml = with(mapping({}, "  amount: '{Sum}'\n"), "columns:\n", "columns:\n  Sum: {type: amount}\n");
  const std::string head = "No,EGN,Date,Име,Sum\n";
  const auto parsed = Mapped(yaml).parse(head +
                                         "r1,9932319981,2026-01-01,,\"1,50\"\nr2,9932319981,2025-12-31,,-7\n"
                                         "r3,9932319981,2025-12-31,,1 000\n");
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].find("amount=1.50 currency=EUR") != std::string::npos);
  CHECK(parsed.events[1].find("amount=-7 currency=BGN") != std::string::npos);
  CHECK(parsed.quarantined == Texts{"4:27 Sum: is not an amount such as 12.50"});
}

TEST_CASE("one column may hold numbers of several types, as another one says", "[csv-mapping]") {
  std::string yaml = with(mapping(), "  subject: [EGN]\n", "  subject: {column: Id, kind: '{Kind|kinds}'}\n");
  yaml = with(yaml, "  EGN: {type: egn}\n", "  Id: {type: token}\n  Kind: {type: digits}\n");
  yaml = with(yaml, "event:\n", "tables:\n  kinds: {1: egn, 2: lnch, 3: nap, 4: ehic}\nevent:\n");
  const auto parsed = Mapped(yaml).parse(
      "No,Id,Kind,Date,Име\nr1,9932319981,1,2026-10-06,\nr2,1000009990,2,2026-10-06,\n"
      "r3,9990000011,3,2026-10-06,\nr4,AB-1,4,2026-10-06,\nr5,1000009990,1,2026-10-06,\n"
      "r6,1,5,2026-10-06,\n");
  REQUIRE(parsed.events.size() == 4);
  CHECK(parsed.events[1].find(" lnch:1000009990 ") != std::string::npos);
  CHECK(parsed.events[3].find(" ehic:AB-1 ") != std::string::npos);
  CHECK(parsed.quarantined == Texts{"6:4 Id: its check digit is wrong", "7:6 Kind: is not in the code table"});
}

TEST_CASE("a cancel is noticed within one piece, and batches stay bounded", "[csv-mapping]") {
  Mapped rig(mapping());
  const std::string row = "r1,9932319981,2026-10-06,x\n";
  std::uint64_t given = 0;
  Delivered delivered;
  delivered.generate = [&](char* into, std::size_t cap) -> std::size_t {
    if (given > (64U << 20)) return 0;
    if (given == 0) return given = kHeader.copy(into, cap);
    std::size_t n = 0;
    for (; n + row.size() <= cap; n += row.size()) row.copy(into + n, row.size());
    given += n;
    return n;
  };
  delivered.cancel_after = 32U << 20;
  const auto parsed = rig.parse("", delivered);
  CHECK(parsed.rc == VESTITEL_E_CANCELLED);
  CHECK(given < (33U << 20));
  CHECK(parsed.largest_heap <= (1U << 20) + (64U << 10));
}
