#include "sdk/tools/lab.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace vestitel::test {
namespace {

// A reader of ours: line 1 is the facility, each further line "record egn day". A line with fewer words is quarantined;
// a day that is no number refuses the document.
class Words final : public Reader {
 public:
  int sniff(std::string_view, std::string_view) override { return 0; }

  std::optional<ParseFailure> parse(const DocumentArrival& document, ByteStream& bytes, EventReceiver& out) override {
    text_.clear();
    char buffer[7];
    for (std::size_t n; (n = *bytes.read(buffer)) > 0;) text_.append(buffer, n);
    EventBatch batch;
    batch.events.reserve(100);
    std::string_view rest = text_;
    const std::string_view facility = word(rest, '\n');
    for (std::uint32_t line = 2; !rest.empty(); ++line) {
      std::string_view text = word(rest, '\n');
      EventView e;
      e.record = word(text, ' ');
      e.subject = word(text, ' ');
      if (text.size() != 2) {
        append(batch, {{line, 1, 0}, "line", "three words expected", {}});
        continue;
      }
      if (text[0] < '0' || text[0] > '9') return ParseFailure{{Failure::kInvalid, "no day"}, {line, 1, 0}};
      if (checked && e.subject != "9932319981") {
        append(batch, {{line, 1, 0}, "egn", "check digit", {}});
        continue;
      }
      e.type = "activity.laboratory";
      e.scope = document.partner;
      e.facility = facility;
      e.occurred_us = (text[0] - '0') * 10 + text[1] - '0';
      e.place = {line, 1, 0};
      batch.items.push_back({false, static_cast<std::uint32_t>(batch.events.size())});
      batch.events.push_back(e);
    }
    static_cast<void>(out.receive(std::move(batch)));
    return std::nullopt;
  }

  bool checked = false;  // whether one person alone is known

 private:
  static std::string_view word(std::string_view& text, char end) {
    const std::string_view found = text.substr(0, text.find(end));
    text.remove_prefix(std::min(found.size() + 1, text.size()));
    return found;
  }
  static void append(EventBatch& batch, const QuarantinedView& record) {
    batch.items.push_back({true, static_cast<std::uint32_t>(batch.quarantined.size())});
    batch.quarantined.push_back(record);
  }
  std::string text_;
};

LabResult look(std::string_view document, std::size_t limit = 10, bool checked = false) {
  Words reader;
  reader.checked = checked;
  DocumentArrival arrival;
  arrival.partner = "partner";
  ChildProgress progress;
  return explore(reader, arrival, document, limit, progress);
}

// "field@line:column+length ..." of one record; a field from nowhere is left out.
std::string origins(const LabRecord& record) {
  std::string out;
  for (const LabField& field : record.fields) {
    for (const LabPlace& p : field.from)
      out += (out.empty() ? "" : " ") + field.name + "@" + std::to_string(p.line) + ":" + std::to_string(p.column) +
             "+" + std::to_string(p.length);
  }
  return out;
}

}  // namespace

TEST_CASE("each field is traced to the words that change it, in the head of the document too", "[lab]") {
  const auto result = look("2203999001\nr1 9932319981 06\nr2\nr3 5831079946 07\n");
  REQUIRE(result.records.size() == 3);
  CHECK(origins(result.records[0]) == "subject@2:4+10 occurred@2:15+2 record@2:1+2 facility@1:1+10");
  CHECK_FALSE(result.records[1].accepted);
  CHECK(result.records[1].headline == "line: three words expected");
  CHECK(origins(result.records[2]) == "subject@4:4+10 occurred@4:15+2 record@4:1+2 facility@1:1+10");
}

TEST_CASE("a number that is checked, and rejected however it is changed, is still found", "[lab]") {
  const auto result = look("f\nr1 9932319981 06\n", 10, true);
  REQUIRE(result.records.size() == 1);
  CHECK(origins(result.records[0]) == "subject@2:4+10 occurred@2:15+2 record@2:1+2 facility@1:1+1");
}

TEST_CASE("columns are counted in characters", "[lab]") {
  const auto result = look("клиника\nдок 9932319981 06\n");
  REQUIRE(result.records.size() == 1);
  CHECK(origins(result.records[0]) == "subject@2:5+10 occurred@2:16+2 record@2:1+3 facility@1:1+7");
}

TEST_CASE("only the first records are traced, and the rest is counted", "[lab]") {
  const auto result = look("f\nr1 9932319981 06\nr2 9932319981 06\nr3 9932319981 06\n", 1);
  REQUIRE(result.records.size() == 1);
  CHECK(result.more == 2);
  CHECK(result.lines.size() == 2);
  CHECK(origins(result.records[0]) == "subject@2:4+10 occurred@2:15+2 record@2:1+2 facility@1:1+1");
}

TEST_CASE("a document that is refused says where and why", "[lab]") {
  const auto result = look("f\nr1 9932319981 0x\nr2 9932319981 xx\n");
  CHECK(result.refused == "line 3: no day");
  CHECK(result.records.empty());
  CHECK(result.tries == 1);
}

}  // namespace vestitel::test
