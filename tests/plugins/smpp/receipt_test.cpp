#include "plugins/sinks/smpp/receipt.hpp"

#include <catch2/catch.hpp>

#include <random>

#include <vestitel/testing/render.hpp>

#include "plugins/sinks/smpp/receipt_book.hpp"

namespace vestitel::smpp::test {
namespace {

constexpr std::int64_t kHour = 3600LL * 1'000'000;

Delivered text_receipt(const std::string& text, std::uint8_t esm_class = 4) {
  Delivered out;
  out.esm_class = esm_class;
  out.text = text;
  return out;
}

std::string show(const std::optional<Receipt>& r) {
  if (!r) return "none";
  std::string out;
  for (const std::string& id : r->ids) out += id + " ";
  return out + std::to_string(r->state) + " [" + r->error + "] [" + r->done + "]";
}

std::string show(const std::optional<ReceiptBook::Report>& report) {
  if (!report) return "nothing";
  const std::string text = testing::render_verdict(report->verdict.abi());
  return report->provider_id + " " + text.substr(0, text.find_first_of(":("));
}

struct Book {
  ReceiptBook book{Spellings{}};
  std::int64_t now = kHour;

  std::string accept(const std::vector<std::string>& parts) {
    std::string out;
    for (const ReceiptBook::Report& report : book.accepted(parts, now)) out += show(report) + ";";
    return out;
  }
  std::string hear(std::vector<std::string> ids, std::uint8_t state = 2) {
    return show(book.receipt({std::move(ids), state, "", ""}, judge_state(state, false, now), now));
  }
};

}  // namespace

TEST_CASE("a receipt is read from its text, however a centre writes it", "[smpp][receipt]") {
  struct Case {
    const char *text, *shown;
  };
  const auto c = GENERATE(values<Case>({
      {"id:1F2 sub:001 dlvrd:001 submit date:2611230101 done date:2611230102 stat:DELIVRD err:000 text:Hello",
       "1F2 2 [000] [2611230102]"},
      {"ID:7 SUB:1 DLVRD:0 SUBMIT DATE:261123010101 DONE DATE:261123010203 STAT:UNDELIV ERR:001 TEXT:",
       "7 5 [001] [261123010203]"},
      {"id: 7 stat: EXPIRED err: 4", "7 3 [4] []"},
      {"id:7 stat:DELETED", "7 4 [] []"},
      {"id:7 stat:ACCEPTD", "7 6 [] []"},
      {"id:7 stat:ENROUTE", "7 1 [] []"},
      {"id:7 stat:UNKNOWN", "7 7 [] []"},
      {"id:7 stat:REJECTD", "7 8 [] []"},
      {"id:7 stat:undeliverable", "7 5 [] []"},
      {"id:7 stat:NOVELTY", "7 7 [] []"},
      {"id:7 stat:DELIVRD text:id:9 stat:REJECTD", "7 2 [] []"},
      {"id: stat:DELIVRD", "stat:DELIVRD 2 [] []"},
      {"stat:DELIVRD", "none"},
      {"id:7", "none"},
      {"", "none"},
      {"paid:7 stat:DELIVRD", "none"},
  }));
  CAPTURE(c.text);
  CHECK(show(read_receipt(text_receipt(c.text))) == c.shown);
}

TEST_CASE("what the fields say stands above the text, and the id of each is kept", "[smpp][receipt]") {
  Delivered d = text_receipt("id:498 stat:EXPIRED");
  d.tlvs[kReceiptedMessageId] = std::string("1F2\0", 4);
  d.tlvs[kMessageState] = "\x02";
  d.tlvs[kNetworkErrorCode] = std::string("\x03\x00\x1B", 3);
  CHECK(show(read_receipt(d)) == "1F2 498 2 [27] []");
}

TEST_CASE("a person's text is no receipt, and an intermediate notice ends nothing", "[smpp][receipt]") {
  CHECK(show(read_receipt(text_receipt("id:7 stat:DELIVRD", 0))) == "none");
  CHECK(show(read_receipt(text_receipt("id:7 stat:DELIVRD", 0x20))) == "7 1 [] []");
  CHECK(show(read_receipt(text_receipt("id:7 stat:DELIVRD", 0x44))) == "7 2 [] []");
}

TEST_CASE("a date is by the centre's clock", "[smpp][receipt]") {
  CHECK(date_us("7001010000", 0) == 3155760060LL * 1'000'000 - 1);
  CHECK(date_us("2611230102", 0) == 1795395780LL * 1'000'000 - 1);
  CHECK(date_us("261123010203", 120) == 1795395724LL * 1'000'000 - 1 - 2 * kHour);
  CHECK_FALSE(date_us("2613230102", 0).has_value());
  CHECK_FALSE(date_us("26112301", 0).has_value());
  CHECK_FALSE(date_us("26112301xx", 0).has_value());
}

TEST_CASE("an id is found in every spelling that is switched on", "[smpp][receipt]") {
  struct Case {
    const char *kept, *heard;
    bool folded, zeros, hex;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {"aB3x", "aB3x", false, false, false, "aB3x delivered"},
      {"aB3x", "AB3X", true, false, false, "aB3x delivered"},
      {"aB3x", "AB3X", false, true, true, "nothing"},
      {"007x", "7x", false, true, false, "007x delivered"},
      {"7x", "007x", false, true, false, "7x delivered"},
      {"007x", "7x", true, false, true, "nothing"},
      {"1F2", "498", false, false, true, "1F2 delivered"},
      {"498", "1f2", false, false, true, "498 delivered"},
      {"498", "000001F2", false, false, true, "498 delivered"},
      {"1F2", "498", true, true, false, "nothing"},
      {"498", "499", true, true, true, "nothing"},
      {"0", "000", true, true, false, "0 delivered"},
  }));
  CAPTURE(c.kept, c.heard);
  ReceiptBook book({c.folded, c.zeros, c.hex});
  CHECK(book.accepted({c.kept}, 0).empty());
  CHECK(show(book.receipt({{c.heard}, 2, "", ""}, judge_state(2, false, 0), 0)) == c.shown);
}

TEST_CASE("the surest spelling wins, and one that fits two messages fits none", "[smpp][receipt]") {
  Book b;
  b.accept({"498"});
  b.accept({"1F2"});
  CHECK(b.hear({"498"}) == "498 delivered");
  CHECK(b.hear({"1F2"}) == "1F2 delivered");
  b.accept({"aa"});
  b.accept({"AA"});
  CHECK(b.hear({"Aa"}) == "nothing");
  CHECK(b.hear({"AA"}) == "AA delivered");
}

TEST_CASE("a message is delivered when all its parts are, under the one id that the hub has", "[smpp][receipt]") {
  Book b;
  b.accept({"10", "11", "12"});
  CHECK(b.hear({"12"}) == "nothing");
  CHECK(b.hear({"10"}) == "nothing");
  CHECK(b.hear({"10"}) == "nothing");
  CHECK(b.hear({"11"}) == "10/3 delivered");
  CHECK(b.hear({"11"}) == "nothing");
}

TEST_CASE("one failed part is a failed message, whatever the others say later", "[smpp][receipt]") {
  Book b;
  b.accept({"10", "11"});
  CHECK(b.hear({"11"}, 5) == "10/2 permanent");
  CHECK(b.hear({"10"}, 2) == "nothing");
  CHECK(b.hear({"11"}, 2) == "nothing");
}

TEST_CASE("what is unknown may still become known, what is known stays", "[smpp][receipt]") {
  Book b;
  b.accept({"10"});
  CHECK(b.hear({"10"}, 6) == "nothing");
  CHECK(b.hear({"10"}, 7) == "10 unknown");
  CHECK(b.hear({"10"}, 7) == "nothing");
  CHECK(b.hear({"10"}, 2) == "10 delivered");
  CHECK(b.hear({"10"}, 8) == "nothing");
}

TEST_CASE("a receipt before the answer waits for it, a day long", "[smpp][receipt]") {
  Book b;
  CHECK(b.hear({"1F2"}) == "nothing");
  CHECK(b.hear({"77"}) == "nothing");
  CHECK(b.accept({"9"}).empty());
  CHECK(b.accept({"498"}) == "498 delivered;");
  CHECK(b.book.held() == 1);
  b.now += ReceiptBook::kKeep + 1;
  CHECK(b.accept({"77"}).empty());
  CHECK(b.book.held() == 0);
}

TEST_CASE("an id is forgotten after a day, and may come again", "[smpp][receipt]") {
  Book b;
  b.accept({"10"});
  b.now += ReceiptBook::kKeep + 1;
  b.accept({"10"});
  CHECK(b.hear({"10"}) == "10 delivered");
}

TEST_CASE("what the hub could not be told is told when it comes again", "[smpp][receipt]") {
  Book b;
  b.accept({"10", "11"});
  b.hear({"10"});
  const auto report = b.book.receipt({{"11"}, 2, "", ""}, judge_state(2, false, b.now), b.now);
  REQUIRE(report.has_value());
  ReceiptBook::take_back(*report);
  CHECK(b.hear({"10"}) == "nothing");
  CHECK(b.hear({"11"}) == "10/2 delivered");
}

TEST_CASE("as many receipts are held as fit, the latest", "[smpp][receipt]") {
  Book b;
  for (std::size_t i = 0; i <= ReceiptBook::kMaxHeld; ++i) b.hear({"r" + std::to_string(i)});
  for (std::size_t i = 0; i < 100; ++i) b.hear({"r7"});  // the same again takes no place
  CHECK(b.book.held() == ReceiptBook::kMaxHeld);
  CHECK(b.accept({"r0"}).empty());
  CHECK(b.accept({"R1"}) == "R1 delivered;");
}

TEST_CASE("no text harms the reader of receipts", "[smpp][receipt]") {
  std::mt19937 random(11);
  const std::string good = "id:1F2 sub:001 submit date:2611230101 done date:2611230102 stat:DELIVRD err:000 text:x";
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (int n = static_cast<int>(random() % 6) + 1; n > 0; --n)
      bad[random() % bad.size()] = static_cast<char>(random());
    bad.resize(random() % (bad.size() + 1));
    const auto receipt = read_receipt(text_receipt(bad));
    if (receipt) CHECK_FALSE(receipt->ids.empty());
  }
}

}  // namespace vestitel::smpp::test
