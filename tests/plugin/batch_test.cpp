#include <catch2/catch.hpp>

#include "tests/plugin/rig.hpp"

namespace vestitel::test {

using Lines = std::vector<std::string>;

TEST_CASE("a reader's events and quarantined records arrive in their order", "[plugin]") {
  PluginRig rig("reader");
  TextStream bytes("one\n!bad\ntwo\n");
  Notes notes;
  REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
  CHECK(notes.lines == Lines{"event 1:3 one", "quarantined 2:1 row: not an event", "event 3:3 two"});
}

TEST_CASE("a document of many pieces comes over byte for byte, again and again", "[plugin]") {
  std::string document;
  Lines expected;
  for (int line = 1; document.size() < 1'000'000; ++line) {
    const std::string text = std::to_string(line) + std::string(static_cast<std::size_t>(300 + line % 7), 'x');
    document += text + '\n';
    expected.push_back("event " + std::to_string(line) + ":3 " + text);
  }
  PluginRig rig("reader");
  for (int time = 0; time < 2; ++time) {
    TextStream bytes(document);
    Notes notes;
    REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
    CHECK(notes.lines == expected);
  }
}

TEST_CASE("an event's fields and attributes come over as they were", "[plugin]") {
  PluginRig rig("reader");
  TextStream bytes("one\n");
  Notes notes;
  REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
  const EventView& e = notes.last;
  CHECK(e.type == "activity.laboratory");
  CHECK(e.scope == "scope");
  CHECK(e.subject == "182345000");
  CHECK(e.subject_type == IdentifierType::kEgn);
  CHECK(e.occurred_us == 1'000'000);
  CHECK(e.occurred_date_only);
  CHECK(e.reported_us == 5'000'000);  // not said: the document's as-of
  CHECK_FALSE(e.reported_date_only);
  REQUIRE(e.attributes.size() == 1);
  CHECK(e.attributes[0].key == "0code.icd1");
  CHECK(e.attributes[0].value == "0I1");
}

TEST_CASE("a batch that breaks the contract ends the parse, whatever the plugin makes of the answer", "[plugin]") {
  const auto* mode =
      GENERATE("span outside", "span wraps", "attribute span outside", "attributes outside", "event size",
               "stride small", "stride odd", "too many", "heap null", "heap huge", "batch size");
  CAPTURE(mode);
  PluginRig rig("reader", mode);
  TextStream bytes("one\n");
  Notes notes;
  const auto failure = rig.instance->reader()->parse(arrival(), bytes, notes);
  REQUIRE(failure);
  CHECK(failure->error.failure == Failure::kInternal);
  CHECK_THAT(failure->error.message, Catch::Contains("breaks the contract"));
  CHECK(notes.lines.empty());
}

TEST_CASE("events are walked by their stride", "[plugin]") {
  PluginRig rig("reader", "stride");
  TextStream bytes("");
  Notes notes;
  REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
  CHECK(notes.lines == Lines{"event 1:3 record", "event 2:3 record", "event 3:3 record"});
}

TEST_CASE("an event that means nothing here is quarantined at its place, and the others go on", "[plugin]") {
  struct Case {
    const char* mode;
    const char* first;
  };
  const auto c = GENERATE(values<Case>({
      {"unknown subject", "quarantined 7:3 subject: identifier type has no meaning here"},
      {"unknown revision", "quarantined 7:3 revision: revision has no meaning here"},
      {"must understand", "quarantined 7:3 flags: carries a mark that this hub must understand and does not"},
      {"may ignore", "event 7:3 record"},
  }));
  CAPTURE(c.mode);
  PluginRig rig("reader", c.mode);
  TextStream bytes("");
  Notes notes;
  REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
  CHECK(notes.lines == Lines{c.first, "event 7:3 record"});
}

TEST_CASE("what a reader answers becomes a failure with place and reason", "[plugin]") {
  struct Case {
    const char* mode;
    Failure failure;
    const char* message;
    std::uint32_t line;
  };
  const auto c = GENERATE(values<Case>({
      {"data error", Failure::kInvalid, "element Pid ends too early", 12},
      {"data error with a value", Failure::kInvalid, "EGN [number] of [address] is wrong", 0},
      {"silent data error", Failure::kInvalid, "the plugin refused the input without saying why", 0},
      {"unknown code", Failure::kInternal, "the plugin failed without saying why", 0},
      {"answers more", Failure::kInternal, "the plugin answered a code that has no meaning here", 0},
      {"throw", Failure::kInternal, "the plugin threw an exception over the border", 0},
      {"throw int", Failure::kInternal, "the plugin threw an exception over the border", 0},
      {"commits", Failure::kInternal, "a reader never commits", 0},
  }));
  CAPTURE(c.mode);
  PluginRig rig("reader", c.mode);
  TextStream bytes("one\n");
  Notes notes;
  const auto failure = rig.instance->reader()->parse(arrival(), bytes, notes);
  REQUIRE(failure);
  CHECK(failure->error.failure == c.failure);
  CHECK(failure->error.message == c.message);
  CHECK(failure->place.line == c.line);
}

TEST_CASE("lengths in an error that exceed its buffers are not believed", "[plugin]") {
  PluginRig rig("reader", "long lengths");
  TextStream bytes("");
  Notes notes;
  const auto failure = rig.instance->reader()->parse(arrival(), bytes, notes);
  REQUIRE(failure);
  CHECK(failure->error.failure == Failure::kInvalid);
  CHECK(failure->error.message.size() <= 1024 + 2);
}

TEST_CASE("the hub's own failure wins over what the reader says", "[plugin]") {
  const auto* mode = GENERATE("", "ignores failures");
  PluginRig rig("reader", mode);
  Notes notes;
  SECTION("the store fails") {
    TextStream bytes("one\n");
    notes.fail_with = Error{Failure::kIo, "disk"};
    CHECK(rig.instance->reader()->parse(arrival(), bytes, notes)->error.message == "disk");
  }
  SECTION("the bytes fail") {
    TextStream bytes("one\n");
    bytes.fail_with = Error{Failure::kCancelled, "stopping"};
    CHECK(rig.instance->reader()->parse(arrival(), bytes, notes)->error.failure == Failure::kCancelled);
  }
  SECTION("the instance is cancelled") {
    TextStream bytes("one\n");
    rig.instance->cancel();
    CHECK(rig.instance->reader()->parse(arrival(), bytes, notes)->error.failure == Failure::kCancelled);
  }
}

TEST_CASE("many quarantined records gather into few batches", "[plugin]") {
  PluginRig rig("reader");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "!bad\n";
  TextStream bytes(text);
  Notes notes;
  REQUIRE_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
  CHECK(notes.lines.size() == 1000);
  CHECK(notes.batches == 4);
}

TEST_CASE("a sniff is a number from 0 to 100", "[plugin]") {
  PluginRig rig("reader");
  CHECK(rig.instance->reader()->sniff("a", "12345") == 100);
  CHECK(rig.instance->reader()->sniff("a", "1") == 50);
}

TEST_CASE("a feed commits its unit with the cursor and says whether there is more", "[plugin]") {
  PluginRig rig("feed");
  Notes notes;
  const auto first = rig.instance->feed()->poll("", 10, notes);
  REQUIRE(first.ok());
  CHECK(first->more);
  CHECK(notes.lines == Lines{"event 7:3 record", "commit x"});
  CHECK_FALSE(rig.instance->feed()->poll("xx", 10, notes)->more);
  CHECK(notes.last.reported_us == to_micros(rig.clock.now()));
}

TEST_CASE("a feed says how long it is to be left alone", "[plugin]") {
  PluginRig rig("feed", "asks to wait");
  Notes notes;
  const auto refused = rig.instance->feed()->poll("", 10, notes);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().failure == Failure::kBusy);
  CHECK(notes.asked == std::chrono::seconds(42));
}

TEST_CASE("a feed commits nothing behind what was refused", "[plugin]") {
  Notes notes;
  SECTION("by the hub") {
    notes.fail_with = Error{Failure::kIo, "the disk is full"};
    PluginRig rig("feed", "ignores failures");
    CHECK(rig.instance->feed()->poll("", 10, notes).error().failure == Failure::kIo);
  }
  SECTION("for its form") {
    PluginRig rig("feed", "span outside");
    CHECK(rig.instance->feed()->poll("", 10, notes).error().failure == Failure::kInternal);
  }
  CHECK(notes.lines.empty());
}

}  // namespace vestitel::test
