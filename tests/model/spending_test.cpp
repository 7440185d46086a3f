#include "core/model/spending.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace vestitel::test {

TEST_CASE("an amount is kept exactly, and told as it was written", "[spending]") {
  struct Case {
    const char* text;
    std::int64_t micros;
    const char* said;
  };
  const auto c = GENERATE(values<Case>({
      {"0.045 EUR", 45'000, "0.045 EUR"},
      {"500 EUR", 500'000'000, "500 EUR"},
      {"12.5 EUR", 12'500'000, "12.50 EUR"},
      {"12.50 EUR", 12'500'000, "12.50 EUR"},
      {"0.000001 BGN", 1, "0.000001 BGN"},
      {"0 EUR", 0, "0 EUR"},
      {"1000000000 EUR", 1'000'000'000'000'000, "1000000000 EUR"},
  }));
  CAPTURE(c.text);
  const auto money = parse_money(c.text);
  REQUIRE(money);
  CHECK(money->micros == c.micros);
  CHECK(to_text(*money) == c.said);
}

TEST_CASE("what is no amount of money is none", "[spending]") {
  const auto* text = GENERATE("", "EUR", "0.045", "0.045EUR", "0.045  EUR", "0,045 EUR", ".5 EUR", "5. EUR", "-1 EUR",
                              "+1 EUR", "0.0000001 EUR", "0.-1 EUR", "1e3 EUR", "1 eur", "1 EURO", "1 EU", "1 EUR ",
                              " 1 EUR", "1000000001 EUR", "99999999999999999999 EUR", "1 000 EUR", "nan EUR");
  CAPTURE(std::string(text));
  CHECK_FALSE(parse_money(text));
}

TEST_CASE("ten thousand prices add up to the last millionth", "[spending]") {
  CHECK(times({45'000, "EUR"}, 10'000) == Money{450'000'000, "EUR"});
  CHECK(times({333'333, "EUR"}, 3) == Money{999'999, "EUR"});
  CHECK(times({2, "EUR"}, std::numeric_limits<std::int64_t>::max()).micros == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a budget counts messages or money, and is more than nothing", "[spending]") {
  CHECK(parse_budget("20000") == Budget{20'000, ""});
  CHECK(parse_budget("500 EUR") == Budget{500'000'000, "EUR"});
  const auto* wrong = GENERATE("0", "0 EUR", "-5", "many", "5 messages", "1000000001");
  CHECK_FALSE(parse_budget(wrong));
}

TEST_CASE("a day's budget ends exactly where it says, its last tenth with urgent messages alone", "[spending]") {
  struct Case {
    const char *name, *budget, *price;
    Spent spent;
    std::int64_t ordinary, urgent;  // how many more may go
  };
  const auto c = GENERATE(values<Case>({
      {"messages", "20", "0 EUR", {0, 0}, 18, 20},
      {"some are gone", "20", "0 EUR", {17, 0}, 1, 3},
      {"all but the tenth", "20", "0 EUR", {18, 0}, 0, 2},
      {"all", "20", "0 EUR", {20, 0}, 0, 0},
      {"more than all: it was lowered in the day", "20", "0 EUR", {30, 0}, 0, 0},
      {"of few one is kept", "5", "0 EUR", {0, 0}, 4, 5},
      {"money", "1 EUR", "0.045 EUR", {0, 0}, 20, 22},
      {"money that is gone but for less than a message", "1 EUR", "0.045 EUR", {22, 990'000}, 0, 0},
      {"money to the last cent", "0.90 EUR", "0.09 EUR", {0, 0}, 9, 10},
  }));
  CAPTURE(c.name);
  for (const bool urgent : {false, true}) {
    Purse purse = purse_of(parse_budget(c.budget), *parse_money(c.price), c.spent);
    while (purse.taken < 100 && purse.affords(urgent)) purse.take();
    CHECK(purse.taken == (urgent ? c.urgent : c.ordinary));
  }
}

TEST_CASE("without a budget, and for nothing, any number may go", "[spending]") {
  CHECK(purse_of(std::nullopt, {45'000, "EUR"}, {1'000'000, 0}).affords(false));
  CHECK(purse_of(parse_budget("1 EUR"), {0, "EUR"}, {1'000'000, 1'000'000}).affords(false));
}

}  // namespace vestitel::test
