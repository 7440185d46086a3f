// A crash between any two steps: the process is gone, the folders and the store are as they were.
#include <catch2/catch.hpp>

#include "tests/intake/rig.hpp"

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;

// Goes `steps` steps and is gone.
void go(DropRig& rig, const std::string& name, int steps) {
  const DropFolders folders = open_drop(rig.folder.path());
  auto document = FolderDocument::claim(folders, rig.target, name);
  REQUIRE(document.ok());
  if (steps > 1) REQUIRE(document->examine({}).ok());
  if (steps > 2) REQUIRE(document->read({}).ok());
  if (steps > 3) REQUIRE(document->write_receipts().ok());
  if (steps > 4) REQUIRE(document->move_away().ok());
}

}  // namespace

TEST_CASE("a crash after any step leaves what the next start goes on from", "[intake]") {
  const int steps = GENERATE(1, 2, 3, 4, 5);
  const bool broken = GENERATE(false, true);
  CAPTURE(steps, broken);
  DropRig rig;
  rig.put("a.txt", broken ? "one\ncut\n" : "one\ntwo\n");
  rig.put("a.txt.meta.json", R"({"as_of": "2026-10-31"})");
  go(rig, "a.txt", steps);
  rig.restart();
  rig.settle(6);

  const std::string where = broken ? "rejected" : "done";
  CHECK(rig.names(".").empty());
  CHECK(rig.names("work").empty());
  CHECK(rig.names(where) == "a.txt a.txt.meta.json a.txt.receipt.json a.txt.receipt.txt");
  CHECK(rig.names(broken ? "done" : "rejected").empty());
  CHECK_THAT(rig.text(where + "/a.txt.receipt.json"),
             Catch::Contains(broken ? "\"state\": \"rejected\"" : "\"state\": \"accepted\""));
  int sealed = 0;
  for (const auto& [id, d] : rig.store.documents) sealed += d.row.state == DocumentState::kSealed ? 1 : 0;
  CHECK(sealed == (broken ? 0 : 1));
}

TEST_CASE("a crash in the middle of staging loses and repeats nothing", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\ntwo\nthree\n");
  rig.store.fail_stage_after = 3;
  {
    const DropFolders folders = open_drop(rig.folder.path());
    auto document = FolderDocument::claim(folders, rig.target, "a.txt");
    REQUIRE(document->examine({}).ok());
    REQUIRE_FALSE(document->read({}).ok());
  }
  rig.restart();
  CHECK(rig.settle().accepted == 1);
  CHECK(rig.store.state() == "1 sealed a.txt: event one; event two; event three;\n");
  CHECK(rig.store.staged_batches == 3);
}

TEST_CASE("a crash while a receipt is written leaves no half of one under its name", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  go(rig, "a.txt", 3);
  write_file(rig.folder.path() / "done" / ".unfinished.receipt.json", "{\"docu");
  rig.restart();
  rig.settle();
  CHECK(rig.names("done") == "a.txt a.txt.receipt.json a.txt.receipt.txt");
}

TEST_CASE("a sidecar left behind in work/ finds its document again", "[intake]") {
  DropRig rig;
  rig.scan();
  SECTION("the crash came before the document was claimed") {
    rig.put("a.txt", "one\n");
    write_file(rig.folder.path() / "work" / "a.txt.meta.json", R"({"as_of": "2026-10-31"})");
    rig.restart();
    rig.settle(5);
    CHECK(to_text(rig.reader.seen.as_of) == "2026-10-30T22:00:00.000000Z");
  }
  SECTION("the crash came after the document was moved away") {
    rig.put("a.txt", "one\n");
    rig.settle();
    write_file(rig.folder.path() / "work" / "a.txt.meta.json", "{}");
    rig.restart();
    rig.settle();
  }
  CHECK(rig.names("work").empty());
  CHECK(rig.has("done/a.txt.meta.json"));
}

TEST_CASE("a receipt that cannot be written is tried again, and the document is not read again", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.scan();
  fs::create_directory(rig.folder.path() / "done" / ".unfinished.receipt.txt");  // stands in the way
  CHECK(rig.settle(3).put_off == 1);
  CHECK(rig.names("done") == ".unfinished.receipt.txt");
  fs::remove(rig.folder.path() / "done" / ".unfinished.receipt.txt");
  CHECK(rig.settle(1).accepted == 1);
  CHECK(rig.reader.parsed == 1);
}

TEST_CASE("a stop leaves the documents where the next start finds them", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\ntwo\nthree\nfour\nfive\n");
  rig.put("b.txt", "six\n");
  rig.scan();
  rig.clock.advance(std::chrono::seconds{5});
  rig.scan();
  std::stop_source stop;
  IntakeControl control;
  control.stop = stop.get_token();
  rig.reader.during = [&] { stop.request_stop(); };
  const WorkReport report = rig.drop->work(control);
  CHECK(report.accepted == 0);
  CHECK_FALSE(report.first_error);
  CHECK(rig.names("work") == "a.txt b.txt");
  rig.restart();
  CHECK(rig.settle().accepted == 2);
}

}  // namespace vestitel::test
