#include "core/intake/receipt.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/intake/rig.hpp"

namespace vestitel::test {
namespace {

class Text final : public TextSink {
 public:
  Result<> write(std::string_view piece) override {
    largest = std::max(largest, piece.size());
    text += piece;
    return Done{};
  }
  std::string text;
  std::size_t largest = 0;
};

struct ReceiptRig {
  explicit ReceiptRig(std::size_t quarantined) : store(clock) {
    auto& d = store.documents[7];
    d.row.id = 7;
    d.row.state = DocumentState::kSealed;
    d.row.counts = {4, 3, 2, 1, 6, static_cast<std::int64_t>(quarantined)};
    for (std::size_t i = 0; i < quarantined; ++i)
      d.quarantined.push_back({static_cast<std::int64_t>(i + 1),
                               7,
                               {static_cast<std::uint32_t>(i + 10), 5, 0},
                               "dateFrom",
                               "no such \"day\"",
                               std::nullopt,
                               {}});
    receipt = {d.row, false, false, "отчет \"10\".xml", clock.now()};
  }
  std::string json() {
    Text out;
    REQUIRE(write_receipt_json(receipt, store, out).ok());
    largest = out.largest;
    return out.text;
  }
  std::string text() {
    Text out;
    REQUIRE(write_receipt_text(receipt, store, out).ok());
    return out.text;
  }
  ManualClock clock;
  MemoryStore store;
  Receipt receipt;
  std::size_t largest = 0;
};

}  // namespace

TEST_CASE("a receipt for machines holds the counts and the place of each record set aside", "[intake]") {
  ReceiptRig rig(2);
  const auto json = nlohmann::json::parse(rig.json());
  CHECK(json["document"] == "d-7");
  CHECK(json["state"] == "accepted");
  CHECK(json["name"] == "отчет \"10\".xml");
  CHECK(json["counts"] == nlohmann::json::parse(R"({"accepted":4,"corrected":3,"annulled":2,"duplicates":1,"outdated":6,
                                                    "quarantined":2})"));
  REQUIRE(json["quarantined"].size() == 2);
  CHECK(json["quarantined"][1] == nlohmann::json::parse(R"({"line":11,"column":5,"element":"dateFrom",
                                                            "reason":"no such \"day\""})"));
  CHECK(json["quarantined_not_listed"] == 0);
}

TEST_CASE("the receipt of a trial says that nothing was kept, before it says what would have been", "[intake]") {
  ReceiptRig rig(1);
  CHECK_FALSE(nlohmann::json::parse(rig.json()).contains("trial"));
  CHECK(rig.text().find("TRIAL") == std::string::npos);
  rig.receipt.trial = true;
  CHECK(nlohmann::json::parse(rig.json())["trial"] == true);
  const std::string text = rig.text();
  CHECK(text.find("ПРОБА") < text.find("ПРИЕТ."));
  CHECK(text.find("TRIAL: nothing of the file was stored") < text.find("ACCEPTED."));
}

TEST_CASE("a receipt for people says the same in Bulgarian and English", "[intake]") {
  ReceiptRig rig(1);
  const std::string text = rig.text();
  for (const char* part : {"ПРИЕТ", "ACCEPTED", "        4  приети нови", "        3  corrected",
                           "        2  анулирани", "        6  older than what is known, left out",
                           "ред/line 10, колона/column 5", "[dateFrom] no such \"day\"", "Получен на: 01.01.1970"})
    CHECK_THAT(text, Catch::Contains(part));
}

TEST_CASE("a receipt with very many records set aside is written page by page and says what it leaves out",
          "[intake]") {
  ReceiptRig rig(kReceiptJsonRows + 5);
  const auto json = nlohmann::json::parse(rig.json());
  CHECK(json["quarantined"].size() == kReceiptJsonRows);
  CHECK(json["quarantined_not_listed"] == 5);
  CHECK(rig.store.largest_page == kReceiptPage);
  CHECK(rig.largest < 4096);
  CHECK_THAT(rig.text(), Catch::Contains("... and 9005 more; see the receipt in JSON"));
}

TEST_CASE("a receipt of a rejected document gives place and reason and no counts", "[intake]") {
  ReceiptRig rig(0);
  rig.receipt.row.state = DocumentState::kRejected;
  rig.receipt.row.reason = "document: the document is cut off inside an element";
  rig.receipt.row.place = {12, 0, 0};
  const auto json = nlohmann::json::parse(rig.json());
  CHECK(json["state"] == "rejected");
  CHECK(json["reason"] == "document: the document is cut off inside an element");
  CHECK(json["place"]["line"] == 12);
  CHECK_FALSE(json.contains("counts"));
  CHECK_THAT(rig.text(), Catch::Contains("ОТХВЪРЛЕН") &&
                             Catch::Contains("Причина: документът е прекъснат вътре в елемент\n") &&
                             Catch::Contains("Reason: document: the document is cut off inside an element\n") &&
                             Catch::Contains("Място във файла: ред/line 12\n"));
}

TEST_CASE("a receipt of a document out of which nothing was taken says so in its first word", "[intake]") {
  ReceiptRig rig(2);
  rig.receipt.row.counts = {0, 0, 0, 0, 0, 2};
  CHECK_THAT(rig.text(), Catch::Contains("ПРИЕТ, НО НИТО ЕДИН ЗАПИС НЕ Е ЗАПИСАН") &&
                             Catch::Contains("ACCEPTED, BUT NO RECORD WAS TAKEN"));
  rig.receipt.row.counts.duplicates = 1;
  CHECK_THAT(rig.text(), !Catch::Contains("NO RECORD WAS TAKEN"));
}

TEST_CASE("a record set aside has its reason in both languages", "[intake]") {
  ReceiptRig rig(1);
  rig.store.documents[7].quarantined[0].reason = "its check digit is wrong";
  CHECK_THAT(rig.text(), Catch::Contains("[dateFrom] контролната му цифра е грешна / its check digit is wrong\n"));
}

TEST_CASE("a receipt of a repeat says that nothing was stored", "[intake]") {
  ReceiptRig rig(0);
  rig.receipt.repeat = true;
  CHECK(nlohmann::json::parse(rig.json())["state"] == "repeat");
  CHECK_THAT(rig.text(), Catch::Contains("ПОВТОРЕНИЕ") && Catch::Contains("REPEAT"));
}

TEST_CASE("an as-of is a date in Sofia or an instant", "[intake]") {
  CHECK(to_text(*parse_as_of("2026-10-31")) == "2026-10-30T22:00:00.000000Z");
  CHECK(to_text(*parse_as_of("2026-07-01")) == "2026-06-30T21:00:00.000000Z");
  CHECK(to_text(*parse_as_of("2026-10-31T08:09:10Z")) == "2026-10-31T08:09:10.000000Z");
  for (const char* bad :
       {"", "2026-10-3", "2026-13-01", "2026-02-29", "0001-01-01", "31.10.2026", "2026-10-31T08:09:10",
        "2026-10-31T24:00:00Z", "2026-10-31 08:09:10Z", "2026-10-31T08:09:10Zx", "-026-10-31"})
    CHECK_FALSE(parse_as_of(bad));
}

}  // namespace vestitel::test
