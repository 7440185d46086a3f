#include <catch2/catch.hpp>

#include "core/base/json_text.hpp"

namespace vestitel::test {

TEST_CASE("UTF-8 is told from bytes that are not, wherever they stand", "[utf8]") {
  struct Case {
    const char *name, *bytes;
    bool good;
  };
  const auto c = GENERATE(values<Case>({
      {"nothing", "", true},
      {"Cyrillic", "Иван", true},
      {"three bytes", "€", true},
      {"four bytes", "😀", true},
      {"the last code point", "\xf4\x8f\xbf\xbf", true},
      {"above it", "\xf4\x90\x80\x80", false},
      {"a surrogate", "\xed\xa0\x80", false},
      {"overlong in two", "\xc0\x80", false},
      {"overlong in two, the last", "\xc1\xbf", false},
      {"overlong in three", "\xe0\x9f\xbf", false},
      {"overlong in four", "\xf0\x8f\xbf\xbf", false},
      {"a tail alone", "\x80", false},
      {"a head alone", "\xd0", false},
      {"a head before ASCII", "\xd0x", false},
      {"three cut to two", "\xe2\x82", false},
      {"five bytes", "\xf8\x88\x80\x80\x80", false},
      {"no UTF-8 at all", "\xff", false},
  }));
  CAPTURE(c.name);
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 20; ++after)
      REQUIRE(is_utf8(std::string(before, 'a') + c.bytes + std::string(after, 'z')) == c.good);
}

}  // namespace vestitel::test
