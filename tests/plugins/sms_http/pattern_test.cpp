// Patterns alone: what fits, and what the value is.
#include <catch2/catch.hpp>

#include "plugins/sinks/sms_http/pattern.hpp"

namespace vestitel::sms_http::test {
namespace {

Pattern made(const std::string& text) {
  std::string problem;
  const auto pattern = Pattern::make(text, problem);
  CAPTURE(text, problem);
  REQUIRE(pattern);
  return *pattern;
}

}  // namespace

TEST_CASE("a pattern is held against the whole text", "[sms-http]") {
  struct Case {
    const char *pattern, *text;
    bool fits;
  };
  const auto c = GENERATE(values<Case>({
      {"ok", "ok", true},        {"ok", "ok ", false},      {"ok", "Ok", false},        {"ok*", "ok then", true},
      {"ok*", "not ok", false},  {"*ok", "not ok", true},   {"*ok", "ok not", false},   {"*ok*", "it is ok then", true},
      {"*", "", true},           {"*", "x\ny", true},       {"ok", "", false},          {"a*b*c", "a-b-c", true},
      {"a*b*c", "a-c-b", false}, {"a*b*c", "abc", true},    {"a*a", "a", false},        {"a*a", "aa", true},
      {"ab*ba", "aba", false},   {"*aa*aa*", "aaa", false}, {"*aa*aa*", "aaaa", true},  {"a**b", "ab", true},
      {R"(\*)", "*", true},      {R"(\*)", "x", false},     {R"(\{x})", "{x}", true},   {R"(\\)", "\\", true},
      {"*aab", "aaab", true},    {"x*ab*ab", "xab", false}, {"x*ab*ab", "xabab", true}, {"a?", "ab", false},
  }));
  CAPTURE(c.pattern, c.text);
  CHECK(made(c.pattern).fits(c.text) == c.fits);
}

TEST_CASE("the value is the first that stands where the pattern wants one", "[sms-http]") {
  struct Case {
    const char *pattern, *text, *value;  // "": none
  };
  const auto c = GENERATE(values<Case>({
      {"Success \"{value}\"*", "Success \"07-a\"\n", "07-a"},
      {"Success \"{value}\"*", "Success \"\"", ""},
      {"Success \"{value}\"*", "Success \"a b\"", ""},
      {"Success \"{value}\"", "Success \"a\"\n", ""},
      {"* err:{value}*", "id:7 err:001 text:x err:002", "001"},
      {"* err:{value}*", "id:7 err: x err:002", "002"},
      {"* err:{value}", "id:7 err:001 err:002", "002"},
      {"*<id>{value}</id>*", "<a><id></id><id>7.b~c</id>", "7.b~c"},
      {"{value}", "abc", "abc"},
      {"{value}", "abc ", ""},
      {"*{value}*", " -- x", "--"},
      {"a*{value}", "a b", "b"},
  }));
  CAPTURE(c.pattern, c.text);
  CHECK(made(c.pattern).value_in(c.text).value_or("") == c.value);
  CHECK(made("id {value}").value_in("id " + std::string(128, 'x')).has_value());
  CHECK_FALSE(made("id {value}").value_in("id " + std::string(129, 'x')).has_value());
}

}  // namespace vestitel::sms_http::test
