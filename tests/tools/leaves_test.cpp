#include "sdk/tools/leaves.hpp"

#include <catch2/catch.hpp>

namespace vestitel::test {
namespace {

// "path=value@line path=value@line ..."
std::string told(std::string_view document) {
  std::string out;
  const auto leaves = leaves_of(document);
  if (!leaves) return "none";
  for (const Leaf& leaf : leaves->all) {
    out += (out.empty() ? "" : " ") + leaf.path + "=" + std::string(document.substr(leaf.from, leaf.length)) + "@" +
           std::to_string(leaf.line);
  }
  return out;
}

std::string without(std::string_view document, const std::string& path) {
  const auto leaves = leaves_of(document);
  REQUIRE(leaves);
  for (const Leaf& leaf : leaves->all) {
    if (leaf.path == path) return std::string(document).erase(leaf.cut_from, leaf.cut_length);
  }
  return "no such leaf";
}

}  // namespace

TEST_CASE("the leaves of XML are its attributes and the texts of elements without others", "[leaves]") {
  const std::string xml =
      "<?xml version=\"1.0\"?>\n<!-- <no>1</no> -->\n<r xmlns:p=\"urn:x\" a='1'>\n <p:b>t &amp; u</p:b><c/>\n"
      " <d value=\"2\"/><e f=\"3\" g=\"4\"/>mixed<h><i></i></h><j><![CDATA[5]]></j>\n</r>\n";
  CHECK(told(xml) == "r/@a=1@3 r/b=t &amp; u@4 r/c=@4 r/d/@value=2@5 r/e/@f=3@5 r/e/@g=4@5 r/h/i=@5");
  CHECK(without(xml, "r/c") == std::string(xml).erase(xml.find("<c/>"), 4));
  CHECK(without(xml, "r/d/@value") == std::string(xml).erase(xml.find("<d value"), 14));
  CHECK(without(xml, "r/e/@g") == std::string(xml).erase(xml.find(" g="), 6));
  CHECK(without(xml, "r/b") == std::string(xml).erase(xml.find("<p:b>"), 20));
}

TEST_CASE("what is cut off has the leaves before it", "[leaves]") {
  for (const std::string tail : {"<", "<c", "<c d", "<c d=", "<c d='", "<!--", "</", "<?"})
    CHECK(told("<r a=\"1\"><b>2</b>" + tail) == "r/@a=1@1 r/b=2@1");
}

TEST_CASE("the leaves of JSON lines are the members of their objects", "[leaves]") {
  const std::string lines =
      "{\"a\":\"x, \\\"y\\\"\", \"b\":{\"c\":1},\"d\":[2,{\"e\":null}]}\n{\"a\":broken\n\n{\"a\":true}\n";
  CHECK(told(lines) == "a=\"x, \\\"y\\\"\"@1 b/c=1@1 d=2@1 d/e=null@1 a=true@4");
  const std::string line = "{\"a\":1,\"b\":2}";
  CHECK(without(line, "a") == "{\"b\":2}");
  CHECK(without(line, "b") == "{\"a\":1}");
  CHECK(without("{\"a\":1}", "a") == "{}");
}

TEST_CASE("the leaves of a table are its cells, by the names of its columns", "[leaves]") {
  CHECK(told("\xEF\xBB\xBFNo;Day\r\n1;\"a;\"\"b\"\r\n\n2;\r\n3;4;5\n6;7") ==
        "No=1@2 Day=a;\"\"b@2 No=2@4 Day=@4 No=6@6 Day=7@6");
  CHECK(told("\xC5\xC3\xCD,x\n1,2\n") == "ЕГН=1@2 x=2@2");  // windows-1251
  CHECK(told("a line\nof text\n") == "none");
  CHECK(told("") == "none");
  CHECK(told("a;b\n") == "none");
}

}  // namespace vestitel::test
