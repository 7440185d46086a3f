#include "core/intake/drop_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/intake/rig.hpp"

namespace vestitel::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST_CASE("a document is claimed when two looks at least 5 s apart find it the same", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  CHECK(rig.scan().claimed == 0);
  rig.clock.advance(4s);
  CHECK(rig.scan().claimed == 0);
  rig.clock.advance(1s);
  CHECK(rig.scan().claimed == 1);
  CHECK(rig.names("work") == "a.txt");
  const WorkReport report = rig.drop->work({});
  CHECK(report.accepted == 1);
  CHECK(rig.names(".").empty());
  CHECK(rig.names("work").empty());
  CHECK(rig.names("done") == "a.txt a.txt.receipt.json a.txt.receipt.txt");
  CHECK(rig.text("done/a.txt") == "one\n");
}

TEST_CASE("how long a document has to stand still is a setting", "[intake]") {
  DropRig rig;
  DropFolderOptions options;
  options.path = rig.folder.path().string();
  options.stable_for = 0s;
  options.stable_looks = 3;
  rig.drop = std::make_unique<DropFolder>(std::move(options), rig.target);
  rig.put("a.txt", "x\n");
  CHECK(rig.scan().claimed == 0);
  CHECK(rig.scan().claimed == 0);
  CHECK(rig.scan().claimed == 1);
}

TEST_CASE("a single look is not enough, however long ago", "[intake]") {
  DropRig rig;
  rig.scan();
  rig.put("a.txt", "one\n");
  rig.clock.advance(1h);
  CHECK(rig.scan().claimed == 0);
}

TEST_CASE("a file that grows is waited for", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  for (int i = 0; i < 5; ++i) {
    CHECK(rig.scan().claimed == 0);
    rig.clock.advance(10s);
    rig.put("a.txt", rig.text("a.txt") + "more\n");
  }
  CHECK(rig.settle().accepted == 1);
  CHECK(rig.store.documents.at(1).row.counts.accepted == 6);
}

TEST_CASE("a marker says that a file is whole at once", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.ready", "");
  CHECK(rig.scan().claimed == 1);
  CHECK(rig.drop->work({}).accepted == 1);
  CHECK(rig.names(".").empty());
}

TEST_CASE("a file that grows after it was claimed goes back and is read whole later", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\ntwo\nthree\nfour\nfive\n");
  rig.put("a.txt.ready", "");
  rig.scan();
  rig.reader.during = [&] { std::ofstream(rig.folder.path() / "work" / "a.txt", std::ios::app) << "six\n"; };
  CHECK(rig.drop->work({}).put_off == 1);
  CHECK(rig.names(".") == "a.txt");
  CHECK(rig.settle().accepted == 1);
  CHECK(rig.text("done/a.txt").size() == 28);
  CHECK(rig.store.documents.at(2).row.counts.accepted == 6);
}

TEST_CASE("a broken document is rejected only when a further look finds it unchanged", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\ncut\n");
  rig.scan();
  rig.clock.advance(5s);
  rig.scan();
  CHECK(rig.drop->work({}).put_off == 1);
  CHECK(rig.drop->work({}).rejected == 0);  // no time has passed
  rig.clock.advance(5s);
  CHECK(rig.drop->work({}).rejected == 1);
  CHECK(rig.names("rejected") == "a.txt a.txt.receipt.json a.txt.receipt.txt");
  CHECK_THAT(rig.text("rejected/a.txt.receipt.txt"), Catch::Contains("ред/line 2, колона/column 4"));
  CHECK(rig.store.state() == "1 rejected a.txt: the document ends too early\n");
}

TEST_CASE("an empty file and one that is too large are rejected without being read", "[intake]") {
  DropRig rig;
  rig.restart(10);
  rig.put("empty.txt", "");
  rig.put("large.txt", "one\ntwo\nthree\n");
  CHECK(rig.settle().rejected == 2);
  CHECK(rig.reader.parsed == 0);
  CHECK_THAT(rig.text("rejected/empty.txt.receipt.json"), Catch::Contains("the file is empty"));
  CHECK_THAT(rig.text("rejected/large.txt.receipt.json"), Catch::Contains("larger than 10 bytes"));
}

TEST_CASE("what is no file of its own is left alone, with one audit line", "[intake]") {
  DropRig rig;
  rig.scan();
  TempFolder outside;
  write_file(outside / "secret", "one\n");
  SECTION("a symlink") { fs::create_symlink(outside / "secret", rig.folder / "x"); }
  SECTION("a symlink to a folder") { fs::create_directory_symlink(outside.path(), rig.folder / "x"); }
  SECTION("a symlink into nothing") { fs::create_symlink("/nowhere", rig.folder / "x"); }
  SECTION("a folder") { fs::create_directory(rig.folder / "x"); }
  SECTION("a pipe") { REQUIRE(::mkfifo((rig.folder / "x").c_str(), 0600) == 0); }
  SECTION("a hard link") { fs::create_hard_link(outside / "secret", rig.folder / "x"); }
  rig.settle();
  REQUIRE(rig.refused.size() == 1);
  CHECK(rig.refused[0].rfind("x: ", 0) == 0);
  CHECK(rig.names(".") == "x");
  CHECK(rig.reader.parsed == 0);
  CHECK(read_file(outside / "secret") == "one\n");
}

TEST_CASE("a file that is exchanged for a symlink at the last moment is not followed", "[intake]") {
  DropRig rig;
  TempFolder outside;
  write_file(outside / "secret", "one\n");
  rig.put("a.txt", "one\n");
  rig.put("a.txt.ready", "");
  SECTION("before the claim") {
    rig.scan();  // claims it; the same again by hand with a symlink
    const DropFolders folders = open_drop(rig.folder.path());
    fs::create_symlink(outside / "secret", rig.folder / "b.txt");
    CHECK(FolderDocument::claim(folders, rig.target, "b.txt").error().failure == Failure::kDenied);
    CHECK(fs::is_symlink(rig.folder / "b.txt"));
  }
  SECTION("after the claim") {
    rig.scan();
    fs::remove(rig.folder / "work/a.txt");
    fs::create_symlink(outside / "secret", rig.folder / "work/a.txt");
    rig.drop->work({});
  }
  CHECK(rig.reader.parsed == 0);
  CHECK(rig.store.opened == 0);
}

TEST_CASE("names that mean mischief do none", "[intake]") {
  DropRig rig;
  SECTION("hidden ones are left alone") {
    rig.put(".hidden", "one\n");
    rig.put("..double", "one\n");
    CHECK(rig.settle().accepted == 0);
    CHECK(rig.names(".") == "..double .hidden");
  }
  SECTION("options, spaces, percent signs and Cyrillic are names like others") {
    for (const char* name : {"-rf", "a b %n.txt", "отчет.xml", "$(id)"}) rig.put(name, std::string(name) + "\n");
    CHECK(rig.settle().accepted == 4);
  }
  SECTION("no UTF-8 and control characters are rejected under a safe name") {
    rig.put("bad\xFF.txt", "one\n");
    rig.put("line\nbreak", "two\n");
    CHECK(rig.settle().rejected == 2);
    CHECK(rig.reader.parsed == 0);
    for (const auto& entry : fs::directory_iterator(rig.folder.path() / "rejected"))
      CHECK(entry.path().filename().string().rfind("unnamed-", 0) == 0);
  }
  SECTION("255 bytes make room for the receipt") {
    rig.put(std::string(251, 'n') + ".txt", "one\n");
    CHECK(rig.settle().accepted == 1);
    CHECK(rig.has("done/" + std::string(196, 'n') + ".txt.receipt.json"));
  }
}

TEST_CASE("the same name again gets a number, the same bytes a receipt that says so", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.settle();
  rig.put("a.txt", "two\n");
  CHECK(rig.settle().accepted == 1);
  rig.put("a.txt", "one\n");
  CHECK(rig.settle().repeated == 1);
  CHECK(rig.names("done") ==
        "a-2.txt a-2.txt.receipt.json a-2.txt.receipt.txt a-3.txt a-3.txt.receipt.json a-3.txt.receipt.txt "
        "a.txt a.txt.receipt.json a.txt.receipt.txt");
  CHECK_THAT(rig.text("done/a-3.txt.receipt.json"), Catch::Contains("\"state\": \"repeat\""));
  CHECK_THAT(rig.text("done/a.txt.receipt.json"), Catch::Contains("\"state\": \"accepted\""));
  CHECK(rig.reader.parsed == 2);
}

TEST_CASE("a second document of a name waits while the first is being worked on", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.ready", "");
  rig.scan();
  rig.put("a.txt", "two\n");
  rig.put("a.txt.ready", "");
  CHECK(rig.scan().claimed == 0);
  CHECK(rig.drop->work({}).accepted == 1);
  CHECK(rig.scan().claimed == 1);
  CHECK(rig.drop->work({}).accepted == 1);
}

TEST_CASE("the oldest documents go first", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "newer\n");
  rig.put("z.txt", "older\n");
  fs::last_write_time(rig.folder / "z.txt", fs::last_write_time(rig.folder / "a.txt") - 1h);
  rig.settle();
  CHECK(rig.store.state() == "1 sealed z.txt: event older;\n2 sealed a.txt: event newer;\n");
}

TEST_CASE("a sidecar says what the hub cannot know", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", R"({"as_of": "2026-10-31", "complete": true, "media_type": "text/plain"})");
  CHECK(rig.settle().accepted == 1);
  CHECK(to_text(rig.reader.seen.as_of) == "2026-10-30T22:00:00.000000Z");
  CHECK(rig.reader.seen.complete);
  CHECK(rig.reader.seen.media_type == "text/plain");
  CHECK(rig.reader.seen.partner == "partner-1");
  CHECK(rig.names("done") == "a.txt a.txt.meta.json a.txt.receipt.json a.txt.receipt.txt");
}

TEST_CASE("a sidecar that is wrong has its document rejected", "[intake]") {
  const auto* sidecar =
      GENERATE(R"()", R"([])", R"({"as_of": "2026-02-30"})", R"({"as_of": 5})", R"({"complete": "yes"})",
               R"({"unknown": 1})", R"({"complete": true, "complete": false})", R"({"media_type": "a b"})",
               R"({"complete": true)", R"({"media_type": {"a": {"b": {"c": 1}}}})", R"({"as_of": "2026-11-24"})",
               R"({"as_of": "2026-11-23T00:00:20Z"})");
  CAPTURE(sidecar);
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", sidecar);
  CHECK(rig.settle().rejected == 1);
  CHECK(rig.reader.parsed == 0);
  CHECK_THAT(rig.text("rejected/a.txt.receipt.txt"), Catch::Contains("sidecar: "));
  CHECK(rig.names("rejected") == "a.txt a.txt.meta.json a.txt.receipt.json a.txt.receipt.txt");
}

TEST_CASE("an as-of may lie a day ahead", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", R"({"as_of": "2026-11-23"})");
  CHECK(rig.settle().accepted == 1);
}

TEST_CASE("a sidecar is read before the bytes are told to be known", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.settle();
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", R"({"as_of": "tomorrow"})");
  CHECK(rig.settle().rejected == 1);
  CHECK_THAT(rig.text("rejected/a.txt.receipt.json"),
             Catch::Contains("\"document\": \"d-2\"") && Catch::Contains("sidecar: as_of must be a date"));
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", R"({"as_of": "2026-11-20"})");
  CHECK(rig.settle().repeated == 1);
}

TEST_CASE("a sidecar that is large, deep or no file is refused as well", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  SECTION("large") { rig.put("a.txt.meta.json", std::string(kMaxSidecarBytes + 1, ' ')); }
  SECTION("deep") { rig.put("a.txt.meta.json", std::string(8000, '[') + std::string(8000, ']')); }
  SECTION("a symlink") { fs::create_symlink("/etc/hostname", rig.folder / "a.txt.meta.json"); }
  CHECK(rig.settle().rejected == 1);
}

TEST_CASE("a folder that goes away is degraded, never empty", "[intake]") {
  DropRig rig;
  const std::string path = rig.folder / "drop", away = rig.folder / "away";
  fs::create_directory(path);
  DropFolder drop({path, {}}, rig.target);
  REQUIRE(drop.scan().ok());
  fs::rename(path, away);
  SECTION("gone") {}
  SECTION("an empty folder in its place, as under a mount that failed") { fs::create_directory(path); }
  SECTION("a symlink in its place") { fs::create_directory_symlink(away, path); }
  const auto report = drop.scan();
  CHECK_FALSE(report.ok());
  CHECK(drop.degraded());
  fs::remove_all(path);
  fs::rename(away, path);
  CHECK(drop.scan().ok());
  CHECK_FALSE(drop.degraded());
}

TEST_CASE("a folder of ours that is a symlink or somebody else's is refused", "[intake]") {
  DropRig rig;
  TempFolder outside;
  SECTION("a symlink") { fs::create_directory_symlink(outside.path(), rig.folder / "done"); }
  SECTION("a file") { rig.put("done", ""); }
  SECTION("another owner") {
    if (::geteuid() != 0) return;
    fs::create_directory(rig.folder / "done");
    REQUIRE(::chown((rig.folder / "done").c_str(), 65534, 65534) == 0);
  }
  CHECK_FALSE(rig.drop->scan().ok());
}

TEST_CASE("a scan holds a thousand names in mind, and the others come after them", "[intake]") {
  DropRig rig;
  for (int i = 0; i < 2'500; ++i) rig.put("f" + std::to_string(i), "r" + std::to_string(i) + "\n");
  std::size_t claimed = 0, accepted = 0;
  for (int i = 0; i < 12; ++i) {
    const ScanReport report = rig.scan();
    CHECK(report.waiting <= kFolderBatch);
    CHECK(report.claimed <= kFolderBatch);
    claimed += report.claimed;
    // All but a few are taken away again before they are read: that costs no sync, and must cost nothing else.
    for (const auto& entry : fs::directory_iterator(rig.folder.path() / "work"))
      if (!Catch::endsWith(entry.path().filename().string(), "99")) fs::remove(entry.path());
    accepted += rig.drop->work({}).accepted;
    rig.clock.advance(5s);
  }
  CHECK(claimed == 2'500);
  CHECK(accepted == 25);
  CHECK(rig.names(".").empty());
}

TEST_CASE("a document on which the reader itself fails is rejected at the third time", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\nbug\n");
  rig.put("b.txt", "two\n");
  const WorkReport report = rig.settle(8);
  CHECK(report.rejected == 1);
  CHECK(report.accepted == 1);
  CHECK(rig.reader.parsed == 4);
  CHECK_THAT(rig.text("rejected/a.txt.receipt.txt"), Catch::Contains("the reader failed on it three times"));
}

TEST_CASE("a store that fails or is busy puts a document off and rejects nothing", "[intake]") {
  const auto failure = GENERATE(Failure::kIo, Failure::kBusy, Failure::kConfig, Failure::kDenied);
  DropRig rig;
  rig.put("a.txt", "one\ntwo\n");
  rig.store.fail_stage_after = 2;
  rig.store.stage_error = {failure, "the store says no"};
  const WorkReport report = rig.settle(6);
  CHECK(report.accepted == 1);
  CHECK(report.rejected == 0);
  CHECK(rig.store.staged_batches == 2);
}

}  // namespace vestitel::test
