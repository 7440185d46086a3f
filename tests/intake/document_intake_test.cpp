#include "core/intake/document_intake.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "core/intake/import.hpp"
#include "tests/intake/rig.hpp"

namespace vestitel::test {
namespace {

struct IntakeRig {
  explicit IntakeRig(const std::string& content) : store(clock), intake(store, reader, refuse_wrong) {
    write_file(folder / "report.txt", content);
  }
  Result<IntakeOutcome> run(const IntakeControl& control = {}, DocumentIntake* other = nullptr) {
    OwnedFd fd(::open((folder / "report.txt").c_str(), O_RDONLY));
    auto file = DocumentFile::take(std::move(fd), true);
    REQUIRE(file.ok());
    DocumentArrival arrival;
    arrival.instance = "amblist-1";
    arrival.name = "report.txt";
    arrival.size = file->state().size;
    arrival.sha256 = *file->digest({});
    arrival.transport = transport;
    return (other != nullptr ? other : &intake)->run(arrival, *file, control);
  }
  Transport transport = Transport::kBytes;
  TempFolder folder;
  ManualClock clock;
  MemoryStore store;
  LineReader reader;
  DocumentIntake intake;
};

}  // namespace

TEST_CASE("a document is sealed with its events, and what the hub refuses is quarantined in its place", "[intake]") {
  IntakeRig rig("one\n!torn\nwrong\ntwo\n");
  const auto outcome = rig.run();
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->repeat);
  CHECK(outcome->row.counts.accepted == 2);
  CHECK(outcome->row.counts.quarantined == 2);
  CHECK(rig.store.state() ==
        "1 sealed report.txt: event one; quarantined 2 row: torn; quarantined 3 Pid: wrong check digit; event two;\n");
}

TEST_CASE("the same bytes again are not read", "[intake]") {
  IntakeRig rig("one\n");
  REQUIRE(rig.run().ok());
  const auto again = rig.run();
  REQUIRE(again.ok());
  CHECK(again->repeat);
  CHECK(again->row.id == 1);
  CHECK(rig.reader.parsed == 1);
}

TEST_CASE("after a failure the same bytes are read again and what is staged is skipped", "[intake]") {
  const int at = GENERATE(1, 2, 3, 4, 5);
  CAPTURE(at);
  IntakeRig rig("one\n!torn\nwrong\ntwo\nthree\n");
  rig.store.fail_stage_after = at;
  const auto first = rig.run();
  REQUIRE_FALSE(first.ok());
  CHECK(first.error().failure == Failure::kIo);
  REQUIRE(rig.run().ok());
  CHECK(rig.store.staged_batches == 5);
  CHECK(rig.store.state() ==
        "1 sealed report.txt: event one; quarantined 2 row: torn; quarantined 3 Pid: wrong check digit; event two; "
        "event three;\n");
}

TEST_CASE("a broken document is rejected whole, with place and reason", "[intake]") {
  IntakeRig rig("one\ncut\n");
  const auto outcome = rig.run();
  REQUIRE(outcome.ok());
  CHECK(outcome->row.state == DocumentState::kRejected);
  CHECK(outcome->row.place.line == 2);
  CHECK(outcome->row.place.column == 4);
  CHECK(rig.store.state() == "1 rejected report.txt: the document ends too early\n");
}

TEST_CASE("a rejection that is held back leaves the document open", "[intake]") {
  IntakeRig rig("one\ncut\n");
  IntakeControl control;
  control.hold_rejection = true;
  CHECK(rig.run(control).error().failure == Failure::kBusy);
  CHECK(rig.store.state() == "1 staging report.txt: event one;\n");
  CHECK(rig.run()->row.state == DocumentState::kRejected);
  CHECK(rig.store.staged_batches == 1);
}

TEST_CASE("a failure that is not the document's fault decides nothing", "[intake]") {
  SECTION("of the reader") {
    IntakeRig rig("one\nbug\n");
    CHECK(rig.run().error().failure == Failure::kInternal);
    CHECK(rig.store.state() == "1 staging report.txt: event one;\n");
  }
  SECTION("of the seal") {
    IntakeRig rig("one\n");
    rig.store.fail_seal = true;
    CHECK(rig.run().error().failure == Failure::kIo);
    rig.store.fail_seal = false;
    CHECK(rig.run()->row.state == DocumentState::kSealed);
    CHECK(rig.store.staged_batches == 1);
  }
}

TEST_CASE("a document on which the reader's process dies a third time is rejected, with the blame", "[intake]") {
  IntakeRig rig("one\ncrash\n");
  for (int time = 1; time <= 2; ++time) {
    CHECK(rig.run().error().failure == Failure::kCrashed);
    CHECK(rig.store.state() == "1 staging report.txt: event one;\n");
  }
  const auto outcome = rig.run();
  REQUIRE(outcome.ok());
  CHECK(outcome->row.state == DocumentState::kRejected);
  CHECK(rig.store.state() == "1 rejected report.txt: its reader died on it three times: the plugin died: SIGSEGV\n");
}

TEST_CASE("a stop is noticed between two pieces of the document, and nothing is lost by it", "[intake]") {
  IntakeRig rig("one\ntwo\nthree\nfour\nfive\n");
  std::stop_source stop;
  IntakeControl control;
  control.stop = stop.get_token();
  SECTION("before it begins") {
    stop.request_stop();
    CHECK(rig.run(control).error().failure == Failure::kCancelled);
    CHECK(rig.store.opened == 0);
  }
  SECTION("while it is read") {
    rig.reader.during = [&] { stop.request_stop(); };
    CHECK(rig.run(control).error().failure == Failure::kCancelled);
    CHECK(rig.run()->row.counts.accepted == 5);
  }
}

TEST_CASE("a document that changes while it is read is dropped", "[intake]") {
  IntakeRig rig("one\ntwo\nthree\nfour\nfive\n");
  const std::string path = rig.folder / "report.txt";
  SECTION("it grows") {
    rig.reader.during = [&] { write_file(path, read_file(path) + "six\n"); };
  }
  SECTION("it is written over, size and time kept") {
    rig.reader.during = [&] {
      const auto time = std::filesystem::last_write_time(path);
      write_file(path, "one\ntwo\nthree\nfour\nFIVE\n");
      std::filesystem::last_write_time(path, time);
    };
  }
  const auto outcome = rig.run();
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().failure == Failure::kConflict);
  CHECK(rig.store.documents.at(1).row.state == DocumentState::kRejected);
  CHECK(rig.run()->row.state == DocumentState::kSealed);
}

TEST_CASE("what a complete scope lacks is annulled behind the last record, as part of the document", "[intake]") {
  IntakeRig rig("scope 2026-10\none\nscope 2026-11\n");
  CHECK(rig.run()->row.state == DocumentState::kSealed);
  CHECK(rig.store.state() == "1 sealed report.txt: event one; complete 2026-10; complete 2026-11;\n");
}

TEST_CASE("a document that is refused annuls nothing", "[intake]") {
  IntakeRig rig("one\nscope 2026-10\ncut\n");
  CHECK(rig.run()->row.state == DocumentState::kRejected);
  CHECK(rig.store.documents.at(1).items == std::vector<std::string>{"event one"});
}

TEST_CASE("a document whose scopes cannot be annulled now is not sealed without that", "[intake]") {
  IntakeRig rig("one\nscope 2026-10\n");
  rig.store.annul_error = Error{Failure::kBusy, "another document is being read that holds the same records"};
  CHECK(rig.run().error().failure == Failure::kBusy);
  CHECK(rig.store.documents.at(1).row.state == DocumentState::kStaging);
  CHECK(rig.run()->row.state == DocumentState::kSealed);
}

TEST_CASE("a trial says what sealing would have said, and is dropped", "[intake]") {
  IntakeRig rig("one\n!torn\ntwo\n");
  rig.transport = Transport::kTrial;
  const auto outcome = rig.run();
  REQUIRE(outcome.ok());
  CHECK(outcome->row.state == DocumentState::kSealed);
  CHECK(outcome->row.reason.empty());
  CHECK(outcome->row.counts.accepted == 2);
  CHECK(outcome->row.counts.quarantined == 1);
  CHECK(rig.store.state() == "1 rejected report.txt: it was a trial: nothing of it was kept\n");
}

TEST_CASE("a document whose partner may not deliver it is not opened", "[intake]") {
  IntakeRig rig("one\n");
  DocumentIntake strict(rig.store, rig.reader, [](const DocumentArrival&) -> Result<Validate> {
    return {Failure::kDenied, "partner acme has ended"};
  });
  CHECK(rig.run({}, &strict).error().failure == Failure::kDenied);
  CHECK(rig.store.opened == 0);
}

TEST_CASE("progress counts bytes and records to the end", "[intake]") {
  IntakeRig rig("one\n!torn\ntwo\n");
  IntakeProgress last;
  IntakeControl control;
  control.progress = [&](const IntakeProgress& p) { last = p; };
  REQUIRE(rig.run(control).ok());
  CHECK(last.bytes == 14);
  CHECK(last.total == 14);
  CHECK(last.items == 3);
}

TEST_CASE("an import goes the same way and leaves the file where it is", "[intake]") {
  IntakeRig rig("one\ntwo\n");
  ImportRequest request;
  request.path = rig.folder / "report.txt";
  request.instance = "amblist-1";
  std::vector<ImportPhase> phases;
  const auto outcome = import_file(request, rig.intake, rig.clock, {}, [&](const ImportProgress& p) {
    if (phases.empty() || phases.back() != p.phase) phases.push_back(p.phase);
  });
  REQUIRE(outcome.ok());
  CHECK(outcome->row.counts.accepted == 2);
  CHECK(phases == std::vector<ImportPhase>{ImportPhase::kDigest, ImportPhase::kReading});
  CHECK(std::filesystem::exists(request.path));
  CHECK(rig.reader.seen.as_of == rig.clock.now());
  CHECK(import_file(request, rig.intake, rig.clock, {}, {})->repeat);
}

TEST_CASE("an import that was cut off goes on behind what is staged", "[intake]") {
  IntakeRig rig("one\ntwo\nthree\n");
  ImportRequest request;
  request.path = rig.folder / "report.txt";
  request.instance = "amblist-1";
  rig.store.fail_stage_after = 3;
  CHECK_FALSE(import_file(request, rig.intake, rig.clock, {}, {}).ok());
  CHECK(import_file(request, rig.intake, rig.clock, {}, {})->row.counts.accepted == 3);
  CHECK(rig.store.staged_batches == 3);
}

TEST_CASE("an import refuses what is no document", "[intake]") {
  IntakeRig rig("");
  ImportRequest request;
  request.instance = "amblist-1";
  const auto refused = [&](const std::string& path) {
    request.path = path;
    const auto outcome = import_file(request, rig.intake, rig.clock, {}, {});
    REQUIRE_FALSE(outcome.ok());
    return outcome.error();
  };
  CHECK_THAT(refused(rig.folder / "report.txt").message, Catch::Contains("empty"));
  CHECK(refused(rig.folder / "none").failure == Failure::kNotFound);
  CHECK(refused(rig.folder.path().string()).failure == Failure::kInvalid);
  REQUIRE(::mkfifo((rig.folder / "pipe").c_str(), 0600) == 0);
  CHECK(refused(rig.folder / "pipe").failure == Failure::kInvalid);
  CHECK(refused("/dev/null").failure == Failure::kInvalid);
  CHECK(rig.store.opened == 0);
}

TEST_CASE("an import that says an as-of in the future is refused before it is read", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  ImportRequest request;
  request.path = rig.folder / "a.txt";
  request.instance = "amblist-1";
  request.as_of = rig.clock.now() + std::chrono::days{1} + Micros{1};
  const auto refused = import_file(request, rig.intake, rig.clock, {}, {});
  CHECK(refused.error().failure == Failure::kInvalid);
  CHECK_THAT(refused.error().message, Catch::Contains("as_of"));
  CHECK(rig.store.opened == 0);
  request.as_of = rig.clock.now() + std::chrono::days{1};
  CHECK(import_file(request, rig.intake, rig.clock, {}, {})->row.counts.accepted == 1);
}

}  // namespace vestitel::test
