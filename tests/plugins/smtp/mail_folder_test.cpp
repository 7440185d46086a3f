// Turns at a folder of reports, and a Maildir as one.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <vestitel/error.hpp>

#include "plugins/sinks/smtp/maildir_folder.hpp"
#include "plugins/sinks/smtp/report_reading.hpp"
#include "tests/plugins/smtp/report_rig.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::smtp::test {
namespace {

namespace fs = std::filesystem;

struct Box {
  Box() {
    for (const char* name : {"new", "cur", "tmp"}) fs::create_directory(root.path() / name);
  }
  void put(const std::string& name, const std::string& mail) const {
    vestitel::test::write_file(root.path() / "new" / name, mail);
  }
  std::string names(const char* folder) const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(root.path() / folder))
      all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    std::string out;
    for (const std::string& name : all) out += (out.empty() ? "" : " ") + name;
    return out;
  }
  // What the hub was told, one verdict a word.
  std::string turn(std::size_t max = 100) {
    MaildirFolder folder(root.path().string());
    told.clear();
    last = {};
    read_reports(
        folder, {max, over}, kMarks, book, kReportNow,
        [&](const std::string& id, const Verdict& verdict) {
          if (hub_fails) throw Error::retry("the disk is full");
          Hearing one{"", id, verdict};
          told += shown(one) + ';';
        },
        last);
    return told;
  }
  vestitel::test::TempFolder root;
  RefusalBook book;
  Turn last;
  std::string told;
  bool hub_fails = false;
  std::function<bool()> over;
};

const std::string kTold = " it contact_dead(" + std::to_string(kArrived) + ");";

}  // namespace

TEST_CASE("what was dealt with goes to cur/ as seen, and is not told again", "[smtp][bounce][maildir]") {
  Box box;
  box.put("1.a.host", Bounce().text());
  box.put("2.b.host:2,", "Subject: I am away\r\n\r\nback soon\r\n");
  CHECK(box.turn() == kTold);
  CHECK(box.names("new").empty());
  CHECK(box.names("cur") == "1.a.host:2,S 2.b.host:2,S");
  CHECK(box.last.words == std::map<std::string_view, std::size_t>{{"dead", 1}, {"other", 1}});
  CHECK(box.turn().empty());
}

TEST_CASE("a report is dealt with only when the hub has it on record", "[smtp][bounce][maildir]") {
  Box box;
  box.put("1", Bounce().text());
  box.hub_fails = true;
  CHECK_THROWS_AS(box.turn(), Error);
  CHECK(box.names("new") == "1");
  box.hub_fails = false;
  CHECK(box.turn() == kTold);
  CHECK(box.names("new").empty());
}

TEST_CASE("what cannot be read is left, counted, and in nobody's way", "[smtp][bounce][maildir]") {
  Box box;
  box.put(".hidden", Bounce().text());
  fs::create_directory(box.root.path() / "new" / "0-folder");
  fs::create_symlink("/etc/passwd", box.root.path() / "new" / "1-link");
  REQUIRE(::mkfifo((box.root / "new/2-pipe").c_str(), 0600) == 0);
  box.put("3", Bounce().text());
  CHECK(box.turn(1) == kTold);
  CHECK(box.last.unreadable == 3);
  CHECK(box.names("new") == ".hidden 0-folder 1-link 2-pipe");
}

TEST_CASE("a turn takes so many, the oldest first, and says whether there are more", "[smtp][bounce][maildir]") {
  Box box;
  for (const char* name : {"3", "1", "2"}) box.put(name, Bounce().text());
  box.turn(2);
  CHECK(box.names("new") == "3");
  CHECK(box.last.more);
  box.turn(2);
  CHECK(box.names("new").empty());
  CHECK_FALSE(box.last.more);
}

TEST_CASE("a turn that is over leaves the rest for the next one, and mails go first", "[smtp][bounce][maildir]") {
  Box box;
  for (const char* name : {"1", "2", "3"}) box.put(name, Bounce().text());
  int asked = 0;
  box.over = [&] { return ++asked > 2; };
  box.turn();
  CHECK(box.names("new") == "3");
  CHECK_FALSE(box.last.more);
}

TEST_CASE("where a file may not change its folder, it is copied whole", "[smtp][bounce][maildir]") {
  // As in the sandbox, where a rename from one folder to another is refused.
  char elsewhere[] = "/dev/shm/vestitel-test-XXXXXX";
  REQUIRE(::mkdtemp(elsewhere) != nullptr);
  {
    Box box;
    fs::remove(box.root.path() / "cur");
    fs::create_directory_symlink(elsewhere, box.root.path() / "cur");
    const std::string mail = Bounce().text() + std::string(1 << 20, 'x');
    box.put("1", mail);
    CHECK(box.turn() == kTold);
    CHECK(box.names("new").empty());
    CHECK(box.names("cur") == "1:2,S");
    CHECK(vestitel::test::read_file(box.root / "cur/1:2,S") == mail);
  }
  fs::remove_all(elsewhere);
}

TEST_CASE("of a mail without end the first part is read", "[smtp][bounce][maildir]") {
  Box box;
  box.put("1", Bounce().text() + std::string(8 << 20, 'x'));
  MaildirFolder folder(box.root.path().string());
  CHECK(folder.read("1", kMostOfReport)->size() == kMostOfReport);
  CHECK(box.turn() == kTold);
}

TEST_CASE("a folder that is no Maildir is a matter of settings", "[smtp][bounce][maildir]") {
  const vestitel::test::TempFolder empty;
  try {
    MaildirFolder folder(empty.path().string());
    FAIL("it opened");
  } catch (const Error& error) {
    CHECK(error.rc() == VESTITEL_E_CONFIG);
    CHECK(error.field_path() == "/bounces_maildir");
  }
}

}  // namespace vestitel::smtp::test
