// Who may read what in a drop folder, and what is done with what the hub may not read or somebody takes away.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/intake/drop_folder.hpp"
#include "tests/intake/rig.hpp"

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr gid_t kPartners = 64'001;
constexpr uid_t kNobody = 65'534;

struct stat status_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}
mode_t mode_of(const fs::path& path) { return status_of(path).st_mode & 07777; }

// The hub runs with this mask.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

// Root reads everything: as long as this lives, a process of root is somebody else, who owns the folder.
class Ordinary {
 public:
  explicit Ordinary(const fs::path& folder) {
    if (::geteuid() != 0) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) own(entry.path());
    own(folder);
    REQUIRE(::seteuid(kNobody) == 0);
    changed_ = true;
  }
  ~Ordinary() {
    if (changed_ && ::seteuid(0) != 0) std::abort();  // the tests after this one would not be what they say
  }
  Ordinary(const Ordinary&) = delete;
  Ordinary& operator=(const Ordinary&) = delete;

 private:
  static void own(const fs::path& path) { REQUIRE(::lchown(path.c_str(), kNobody, kNobody) == 0); }
  bool changed_ = false;
};

std::string all_refused(const DropRig& rig) {
  std::string out;
  for (const auto& line : rig.refused) out += line + "\n";
  return out;
}

}  // namespace

TEST_CASE("who may read the drop folder by its group may read what became of the documents", "[intake]") {
  const Umask strict(0077);
  DropRig rig;
  const fs::path drop = rig.folder.path();
  const gid_t group = ::geteuid() == 0 ? kPartners : ::getegid();
  REQUIRE(::chown(drop.c_str(), static_cast<uid_t>(-1), group) == 0);
  REQUIRE(::chmod(drop.c_str(), 02770) == 0);
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", "{}");
  rig.put("b.txt", "cut\n");
  rig.settle(5);
  for (const char* folder : {"done", "rejected"}) {
    CHECK(mode_of(drop / folder) == 02750);
    CHECK(status_of(drop / folder).st_gid == group);
  }
  CHECK((mode_of(drop / "work") & 077) == 0);
  for (const char* file : {"done/a.txt", "done/a.txt.meta.json", "done/a.txt.receipt.txt", "done/a.txt.receipt.json",
                           "rejected/b.txt", "rejected/b.txt.receipt.txt", "rejected/b.txt.receipt.json"}) {
    CAPTURE(file);
    CHECK(mode_of(drop / file) == 0640);
    CHECK(status_of(drop / file).st_gid == group);
  }
}

TEST_CASE("folders that an earlier start closed to the group are opened by the next", "[intake]") {
  const Umask strict(0077);
  DropRig rig;
  rig.scan();
  REQUIRE(::chmod(rig.folder.path().c_str(), 02770) == 0);
  rig.restart();
  rig.scan();
  CHECK(mode_of(rig.folder / "done") == 02750);
}

TEST_CASE("what the drop folder keeps from its group stays with the hub", "[intake]") {
  const Umask strict(0077);
  DropRig rig;
  const mode_t mode = GENERATE(0700U, 0705U, 0730U);
  REQUIRE(::chmod(rig.folder.path().c_str(), mode) == 0);
  rig.put("a.txt", "one\n");
  rig.settle();
  CHECK(mode_of(rig.folder / "done") == 0700);
  CHECK(mode_of(rig.folder / "done/a.txt.receipt.txt") == 0600);
}

TEST_CASE("a file of another group is not opened to it", "[intake]") {
  if (::geteuid() != 0) return;  // only root gives files away
  const Umask strict(0077);
  DropRig rig;
  REQUIRE(::chmod(rig.folder.path().c_str(), 02770) == 0);
  rig.put("a.txt", "one\n");
  REQUIRE(::chown((rig.folder / "a.txt").c_str(), static_cast<uid_t>(-1), kPartners) == 0);
  rig.settle();
  CHECK(mode_of(rig.folder / "done/a.txt") == 0600);
}

TEST_CASE("a file that the hub may not read is named once, and taken when it may", "[intake]") {
  const std::string closed = GENERATE("a.txt", "a.txt.meta.json");
  CAPTURE(closed);
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.meta.json", "{}");
  rig.put("b.txt", "two\n");
  rig.scan();
  REQUIRE(::chmod((rig.folder / closed).c_str(), 0) == 0);
  const Ordinary ordinary(rig.folder.path());
  CHECK(rig.settle(8).accepted == 1);
  CHECK(all_refused(rig) == closed +
                                ": the hub's user may not read it: make it readable to the group of the drop "
                                "folder (chgrp, chmod g+r)\n");
  CHECK(rig.names(".") == "a.txt a.txt.meta.json");
  CHECK(rig.names("work").empty());
  CHECK(rig.scan().waiting == 0);  // the hub rests

  REQUIRE(::chmod((rig.folder / closed).c_str(), 0600) == 0);
  CHECK(rig.settle().accepted == 1);
  CHECK(rig.has("done/a.txt"));
  CHECK(rig.refused.size() == 1);
}

TEST_CASE("a file that is changed and still may not be read is named again", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.scan();
  REQUIRE(::chmod((rig.folder / "a.txt").c_str(), 0) == 0);
  const Ordinary ordinary(rig.folder.path());
  rig.settle();
  REQUIRE(::chmod((rig.folder / "a.txt").c_str(), 0111) == 0);
  rig.settle();
  CHECK(rig.refused.size() == 2);
}

TEST_CASE("a document that is taken out of work/ is let go", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\ncut\n");
  rig.scan();
  rig.clock.advance(5s);
  rig.scan();
  SECTION("before it was looked into") {
    fs::remove(rig.folder / "work/a.txt");
    CHECK(rig.drop->work({}).put_off == 0);
    CHECK(rig.store.documents.empty());
  }
  SECTION("between two looks") {
    CHECK(rig.drop->work({}).put_off == 1);
    fs::remove(rig.folder / "work/a.txt");
    rig.clock.advance(5s);
    CHECK(rig.drop->work({}).rejected == 1);
    CHECK(rig.store.state() == "1 rejected a.txt: the file was taken out of work/ before it was read to its end\n");
  }
  SECTION("while it was read") {
    rig.reader.during = [&] { fs::remove(rig.folder / "work/a.txt"); };
    CHECK(rig.drop->work({}).rejected == 1);
  }
  for (int i = 0; i < 3; ++i) {
    rig.clock.advance(5s);
    CHECK(rig.drop->work({}).put_off == 0);
    CHECK(rig.scan().waiting == 0);
  }
  rig.put("a.txt", "two\n");
  CHECK(rig.settle().accepted == 1);
}

TEST_CASE("a document that is taken out of work/ once it is accepted counts as accepted", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.ready", "");
  rig.scan();
  rig.reader.during = [&] { fs::remove(rig.folder / "work/a.txt"); };
  const WorkReport report = rig.drop->work({});
  CHECK(report.accepted == 1);
  CHECK(report.put_off == 0);
  CHECK(rig.names("done") == "a.txt.receipt.json a.txt.receipt.txt");
  CHECK(rig.drop->work({}).accepted == 0);
}

TEST_CASE("a marker that is older than its document does not speak for it", "[intake]") {
  DropRig rig;
  rig.put("a.txt", "one\n");
  rig.put("a.txt.ready", "");
  fs::last_write_time(rig.folder / "a.txt.ready", fs::last_write_time(rig.folder / "a.txt") - 1s);
  CHECK(rig.scan().claimed == 0);
  CHECK(rig.settle().accepted == 1);
  CHECK(rig.names(".").empty());  // it is cleared away with the document all the same
}

TEST_CASE("a marker without a document is left alone", "[intake]") {
  DropRig rig;
  rig.put("a.txt.ready", "");
  CHECK(rig.settle().put_off == 0);
  CHECK(rig.names(".") == "a.txt.ready");
  CHECK(rig.refused.empty());
}

}  // namespace vestitel::test
