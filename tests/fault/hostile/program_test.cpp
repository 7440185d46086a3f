// Plugins that are programs of their own: those in Python, which come with the SDK, and one that is hostile.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/fault/hostile/hostile_rig.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {
namespace {

HostileRig& rig() {
  static HostileRig one(TEST_RUNNERS, TEST_LIBRARIES);
  one.home().load = std::chrono::milliseconds{20'000};  // an interpreter has more to read than a library
  return one;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a reader in Python gives events and quarantined records in order, in any chunks", "[program]") {
  auto plugin = rig().create("hello.py", "python");
  INFO((plugin ? "" : plugin.error().message));
  REQUIRE(plugin.ok());
  CHECK((*plugin)->description().name == "Hello, Python");
  DocumentArrival document = arrival();
  document.partner = "acme";
  TextStream bytes("a1,5021010008,2026-10-05\r\nshort\r\na2,5021010008,2026-10-32\na3,5021010008,2026-10-06");
  Notes notes;
  CHECK_FALSE((*plugin)->reader()->parse(document, bytes, notes));
  CHECK(notes.lines == Lines{"event 1:1 a1", "quarantined 2:1 row: three columns expected",
                             "quarantined 3:1 date: no such date", "event 4:1 a3"});
  CHECK(notes.last.scope == "acme");
  CHECK(notes.last.subject_type == IdentifierType::kEgn);
  CHECK(notes.last.occurred_date_only);
  CHECK(to_text(from_micros(notes.last.occurred_us)) == "2026-10-06T00:00:00.000000Z");
}

TEST_CASE("a document that is no text is refused with its place", "[program]") {
  auto plugin = rig().create("hello.py", "python");
  REQUIRE(plugin.ok());
  TextStream bytes("a1,5021010008,2026-10-05\n\xff\xfe\n");
  Notes notes;
  const auto failure = (*plugin)->reader()->parse(arrival(), bytes, notes);
  REQUIRE(failure);
  CHECK(failure->error.failure == Failure::kInvalid);
  CHECK(failure->place.line == 2);
  CHECK(failure->error.message == "not UTF-8");
}

TEST_CASE("a sink in Python answers each message", "[program]") {
  auto plugin = rig().create("hello_sink.py", "python");
  REQUIRE(plugin.ok());
  REQUIRE((*plugin)->sink() != nullptr);
  CHECK((*plugin)->sink()->limits().idempotent);
  std::vector<Message> messages(2);
  messages[0].to = PersonalText("someone@example.test");
  messages[0].idem_key = "key-0";
  messages[1].to = PersonalText("nowhere");
  messages[1].idem_key = "key-1";
  struct Ledger final : SettleReceiver {
    void begin(std::size_t index) override { lines.push_back("begin " + std::to_string(index)); }
    void settle(std::size_t index, const Verdict& v) override {
      lines.push_back("settle " + std::to_string(index) + " " + std::string(to_text(v.kind)) + " " + v.provider_id +
                      v.reason);
    }
    Lines lines;
  } ledger;
  CHECK((*plugin)->sink()->deliver(messages, ledger).ok());
  CHECK(ledger.lines ==
        Lines{"begin 0", "settle 0 accepted key-0", "begin 1", "settle 1 permanent no address of mail"});
}

TEST_CASE("a program is confined like a library", "[program]") {
  const TempFolder folder;
  std::ofstream(folder / "vestitel.db") << "personal";
  auto plugin = rig().create("hostile.py", "python");
  REQUIRE(plugin.ok());
  for (const std::string& deed :
       {"open " + (folder / "vestitel.db"), "write " + (folder / "new"), std::string("open /etc/passwd"),
        std::string("list /etc"), std::string("list /root"), std::string("connect 25"), std::string("fork"),
        std::string("exec /bin/sh"), std::string("kill-parent")}) {
    Notes notes;
    INFO(deed);
    CHECK_FALSE(do_deed(**plugin, deed, notes));
    REQUIRE(notes.lines.size() == 1);
    CHECK(notes.lines.front().find(": denied") != std::string::npos);
  }
  for (const char* deed : {"run /bin/true", "exit"}) {
    Notes notes;
    const auto failure = do_deed(**plugin, deed, notes);
    REQUIRE(failure);
    CHECK(failure->error.failure == Failure::kCrashed);
    rig().wait_out();
  }
}

}  // namespace vestitel::test
