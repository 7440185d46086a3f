// The parts that readers of XML reports share: a made-up format, "box" with notes, read as trees.
#include <catch2/catch.hpp>

#include <string>
#include <vector>
#include <vestitel/plugin.hpp>
#include <vestitel/testing/fake_host.hpp>

#include "plugins/sources/common/record_reader.hpp"
#include "tests/support/allocations.hpp"

using namespace sources::literals;
using sources::Fault;
using sources::Node;
using sources::Tree;
using vestitel::testing::Delivered;
using vestitel::testing::FakeHost;
using vestitel::testing::Parsed;
using Lines = std::vector<std::string>;

namespace {

constexpr sources::Name kRoots[] = {"box"_n};
constexpr std::string_view kNamespaces[] = {"urn:box", "urn:old-box"};
constexpr sources::Within kHead[] = {{"box"_n, "owner"_n}};
constexpr sources::Within kRecords[] = {{"notes"_n, "note"_n}};
constexpr sources::Name kKnown[] = {"id"_n, "egn"_n, "a"_n, "b"_n, "deep"_n, "x"_n};
constexpr sources::Name kSkipped[] = {"story"_n};
const sources::Format kFormat = {kRoots, kNamespaces, kHead, kRecords, kKnown, kSkipped};

// An element as text: name=text[attr]{children}; a name that the format does not have is "?".
std::string drawn(Node node) {
  std::string out = "?";
  for (const sources::Name name : {"note"_n, "a"_n, "b"_n, "deep"_n, "owner"_n, "box"_n, "x"_n}) {
    if (node.is(name)) out = name.text();
  }
  if (!node.text().empty()) out += "=" + std::string(node.text());
  if (node.has_attr("id"_n)) out += "[" + std::string(node.attr("id"_n)) + "]";
  if (node.mixed()) out += "!mixed";
  if (node.overlong()) out += "!overlong";
  if (node.leaf()) return out;
  out += "{";
  for (Node child = node.first(); child; child = child.next()) out += (out.back() == '{' ? "" : " ") + drawn(child);
  return out + "}";
}

std::string head_seen;
std::uint64_t unknown_seen = 0;
bool quiet = false;  // records are looked at, and no event is made

class Boxes final : public sources::Mapping {
 public:
  Fault head(Tree& head) override {
    head_seen = drawn(head.root());
    return head.root().attr("id"_n) == "bad" ? Fault{"id", "is bad", {}} : Fault{};
  }
  Fault record(Tree& record, vestitel::Emit& out) override {
    const Node root = record.root();
    if (const Node bad = root.find("x"_n)) return {"x", "stands here", bad.place()};
    if (quiet) return root.child("a"_n).text().empty() ? Fault{"a", "is empty", {}} : Fault{};
    out.event("document.referral", root.place()).key("s", drawn(root)).egn("9932319981").on("2026-10-06");
    return {};
  }
};

struct BoxReader {
  explicit BoxReader(const vestitel::Host& h) : host(h) {}
  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Boxes mapping;
    sources::RecordReader reader(kFormat, mapping, in, out);
    if (reader.read()) reader.log_counts(host);
    unknown_seen = reader.unknown();
  }
  const vestitel::Host& host;
};

struct Spec {
  using Plugin = BoxReader;
  template <class S>
  using Ability = vestitel::detail::Reader<S>;
  static constexpr const char *kId = "org.test.box", *kName = "Box", *kVersion = "1.0.0";
  static vestitel::Fields fields() { return {}; }
};
const vestitel_entry kEntry = vestitel::detail::entry<Spec>();

Parsed parse(const std::string& bytes, const Delivered& delivered = {}) {
  FakeHost host(kEntry);
  REQUIRE(host.begin().ok());
  head_seen.clear();
  return host.parse(bytes, delivered);
}

std::string box(const std::string& notes, const std::string& head = "") {
  return "<box xmlns='urn:box' id='7'>" + head + "<notes>" + notes + "</notes></box>";
}

// What stands between "key=s|" and the place.
Lines keys(const Parsed& parsed) {
  Lines keys;
  for (const std::string& event : parsed.events) {
    const std::size_t from = event.find("key=s|") + 6;
    keys.push_back(event.substr(from, event.find(" @") - from));
  }
  return keys;
}

}  // namespace

TEST_CASE("a record is a tree of its elements, attributes and texts", "[source-xml]") {
  const auto parsed = parse(box("<note id=' n&amp;1 '><a> one </a><b id='2'/>\n<deep><a>two</a><a/></deep></note>"));
  REQUIRE(parsed.ok());
  CHECK(keys(parsed) == Lines{"note[n&1]{a=one b[2] deep{a=two a}}"});
  CHECK(head_seen == "box[7]");
}

TEST_CASE("the cut of the bytes means nothing to a tree", "[source-xml]") {
  const std::string bytes =
      box("<note><a>един &lt;<![CDATA[ два ]]></a></note>\n<note><a><x/></a></note><note/>", "<owner><a>Ж</a></owner>");
  const auto whole = parse(bytes);
  REQUIRE(whole.events.size() == 2);
  CHECK(whole.quarantined == Lines{"2:10 x: stands here"});
  CHECK(whole.bytes == Lines{"<note><a><x/></a></note>"});
  CHECK(whole.offsets == std::vector<std::uint64_t>{bytes.find("<x/>")});
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 2, 7, 61}));
  const auto cut = parse(bytes, delivered);
  CHECK(cut.events == whole.events);
  CHECK(cut.quarantined == whole.quarantined);
  CHECK(cut.bytes == whole.bytes);
  CHECK(head_seen == "box[7]{owner{a=Ж}}");
}

TEST_CASE("elements of another name or namespace are counted and mean nothing", "[source-xml]") {
  const auto parsed = parse(
      box("<note new='1'><c>1</c><a xmlns='urn:other'>2</a><o:a xmlns:o='urn:old-box'>3</o:a><c><a>4</a></c></note>"));
  CHECK(keys(parsed) == Lines{"note{?=1 ?=2 a=3 ?{a=4}}"});
  CHECK(unknown_seen == 4);
}

TEST_CASE("records and head are told by where they stand", "[source-xml]") {
  const auto parsed = parse(box("<deep><note><a>no</a></note></deep><note><a>yes</a><note/></note>",
                                "<note/><deep><owner>no</owner></deep><owner>yes</owner>"));
  CHECK(keys(parsed) == Lines{"note{a=yes note}"});
  CHECK(head_seen == "box[7]{owner=yes}");
}

TEST_CASE("what is skipped leaves no trace, and its neighbours stay whole", "[source-xml]") {
  const auto parsed = parse(box("<note><a>1</a><story>long<a>2</a><c/><note/></story><b>3</b></note>"));
  CHECK(keys(parsed) == Lines{"note{a=1 b=3}"});
  CHECK(unknown_seen == 0);
}

TEST_CASE("text beside elements and text that is too long are told", "[source-xml]") {
  const std::string most(Tree::kLeaf, 'y');
  const auto parsed =
      parse(box("<note><a>t<b/></a><a><b/>t</a><a>" + most + "</a></note><note><a>" + most + "y</a></note>"));
  const Lines found = keys(parsed);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "note{a!mixed{b} a!mixed{b} a=" + most + "}");
  CHECK(found[1].find("!overlong") != std::string::npos);
}

TEST_CASE("a record beyond the bounds goes to quarantine and the next is whole", "[source-xml]") {
  std::string wide = "<note>";
  for (std::size_t i = 0; i < Tree::kNodes; ++i) wide += "<a><b/></a>";
  std::string long_text = "<note>";
  for (int i = 0; i < 200; ++i) long_text += "<a>" + std::string(1990, 'z') + "</a>";
  std::string attributes = "<note>";
  for (int i = 0; i < 200; ++i) attributes += "<a id='" + std::string(1990, 'z') + "'/>";
  const std::string bytes = GENERATE_COPY(wide, long_text, attributes);
  const auto parsed = parse(box(bytes + "</note><note><a>next</a></note>"));
  REQUIRE(parsed.ok());
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK(parsed.quarantined[0].find("record: holds more than 16,384 elements or 256 KiB of text") != std::string::npos);
  CHECK(parsed.bytes[0].size() == 64 * 1024);
  CHECK(keys(parsed) == Lines{"note{a=next}"});
}

TEST_CASE("a head that is bad, late or too large refuses the document", "[source-xml]") {
  CHECK(parse("<box xmlns='urn:box' id='bad'/>").message.find("id: is bad") != std::string::npos);
  CHECK(parse(box("<note/></notes><owner/><notes>")).message.find("owner: stands after the first record") !=
        std::string::npos);
  std::string wide;
  for (std::size_t i = 0; i < Tree::kNodes; ++i) wide += "<owner/>";
  CHECK(parse(box("<note/>", wide)).message.find("above its records") != std::string::npos);
  CHECK(parse("<bag xmlns='urn:box'/>").message.find("the root is not of this format") != std::string::npos);
  CHECK(parse("<box/>").message.find("in another namespace, or in none") != std::string::npos);
  CHECK(parse("<box xmlns='urn:box'/>").ok());
  CHECK(head_seen == "box");
}

TEST_CASE("an entity of the document's own is refused before it can be used", "[source-xml]") {
  const auto parsed = parse("<!DOCTYPE box [<!ENTITY e SYSTEM '/etc/hostname'>]><box xmlns='urn:box' id='&e;'/>");
  CHECK(parsed.message.find("has a DOCTYPE, which is not allowed") != std::string::npos);
}

TEST_CASE("records after the first cost no allocation", "[source-xml]") {
  const std::string note =
      "<note id='n'><a>a text that is longer than what a string keeps inside</a><b/><deep><a/><a>t</a></deep></note>";
  const auto allocations_of = [&](int notes) {
    std::string bytes = "<box xmlns='urn:box'><notes>";
    for (int i = 0; i < notes; ++i) bytes += note;
    bytes += "</notes></box>";
    FakeHost host(kEntry);
    REQUIRE(host.begin().ok());
    quiet = true;
    const std::size_t before = vestitel::test::allocations();
    const auto parsed = host.parse(bytes, {});
    quiet = false;
    REQUIRE(parsed.ok());
    REQUIRE(parsed.quarantined.empty());
    return vestitel::test::allocations() - before;
  };
  CHECK(allocations_of(10'000) == allocations_of(1'000));
}

TEST_CASE("texts of a tree are put in order in place, as often as asked", "[source-xml]") {
  Tree tree;
  tree.open("a"_n, {});
  tree.text() += " д\nве\xE2\x80\xAEx ";
  tree.close(false);
  const std::string_view text = tree.root().text();
  CHECK(tree.shown(text) == "д веx");
  CHECK(tree.shown(text) == "д веx");
  tree.clear();
  tree.open("a"_n, {});
  tree.text() += "Сi10.1";  // the first letter is Cyrillic
  tree.close(false);
  for (int i = 0; i < 2; ++i) {
    bool look_alike = false;
    CHECK(tree.diagnosis(tree.root().text(), &look_alike) == "CI10.1");
    CHECK(look_alike == (i == 0));
  }
}

TEST_CASE("children are found by their names among however many, and again after the tree was cleared",
          "[source-xml]") {
  constexpr std::uint64_t kMany = 1'000;
  const auto named = [](std::uint64_t n) { return sources::Name{n + 1, {}}; };
  Tree tree;
  for (int round = 0; round < 2; ++round) {
    tree.clear();
    tree.open("root"_n, {});
    for (std::uint64_t i = 0; i < 3 * kMany; ++i) {  // each name three times, and in each a child of the next name
      tree.open(named(i % kMany), {i, 0, 0});
      tree.open(named(i % kMany + 1), {});
      tree.close(false);
      tree.close(false);
    }
    tree.close(false);
    for (std::uint64_t i = 0; i < kMany; ++i) {
      auto node = tree.root().child(named(i));
      for (std::uint64_t nth = 0; nth < 3; ++nth, node = node.next(named(i))) {
        REQUIRE(node.place().byte == nth * kMany + i);
        REQUIRE(node.child(named(i + 1)));
        REQUIRE(!node.child(named(i)));
      }
      REQUIRE(!node);
    }
    REQUIRE(!tree.root().child(named(kMany)));
  }
}

TEST_CASE("blanks before a text do not count as part of it, wherever the bytes are cut", "[source-xml]") {
  const std::string fits(Tree::kLeaf, 'y');
  const std::string bytes = box("<note><a> \n\t " + fits + "</a></note>");
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({65536, 1, 7, 61}));
  CHECK(keys(parse(bytes, delivered)) == Lines{"note{a=" + fits + "}"});
}
