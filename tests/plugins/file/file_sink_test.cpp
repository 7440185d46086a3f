#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/plugins/file/file_rig.hpp"

namespace vestitel::file_sink::test {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;

const vestitel_entry& library() { return testing::load(VESTITEL_FILE_SINK); }

std::vector<std::string> twice(const std::string& verdict) { return {verdict, verdict}; }

}  // namespace

TEST_CASE("jsonl: each message is one line that holds all of it", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path())).message == "");
  TestMessage m = message("k\"1\\");
  m.title = std::string("a\x01\t\n\"\\/é") + "😀\x7f";
  const auto answers = host.deliver({m, message("k2")});
  CHECK(answers.verdicts == twice("delivered"));
  CHECK(answers.breaches.empty());
  const auto lines = lines_of(dir.path() / "messages-20261125.jsonl");
  REQUIRE(lines.size() == 2);
  const auto json = nlohmann::json::parse(lines[0]);
  CHECK(json["idem_key"] == m.idem_key);
  CHECK(json["to"] == m.to);
  CHECK(json["locale"] == "bg");
  CHECK(json["title"] == m.title);
  CHECK(json["body"] == m.body);
  CHECK(json["event"]["id"] == "e1");
  struct stat info {};
  REQUIRE(::stat((dir.path() / "messages-20261125.jsonl").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("jsonl: a key takes effect once, in a batch, later, after a restart and on another day", "[file]") {
  TempDir dir;
  {
    FakeHost host(library());
    REQUIRE(host.begin(settings(dir.path())).ok());
    CHECK(host.deliver({message("k1"), message("k1")}).verdicts == twice("delivered"));
    CHECK(host.deliver({message("k1"), message("k2")}).verdicts == twice("delivered"));
  }
  FakeHost host(library());
  host.now_us += kDay;
  REQUIRE(host.begin(settings(dir.path())).ok());
  CHECK(host.deliver({message("k2"), message("k3")}).verdicts == twice("delivered"));
  CHECK(lines_of(dir.path() / "messages-20261125.jsonl").size() == 2);
  CHECK(lines_of(dir.path() / "messages-20261126.jsonl").size() == 1);
}

TEST_CASE("jsonl: a clock that goes back does not write into an older file", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path())).ok());
  CHECK(host.deliver({message("k1")}).verdicts[0] == "delivered");
  host.now_us -= kDay;
  CHECK(host.deliver({message("k2")}).verdicts[0] == "delivered");
  CHECK(names_in(dir.path()) == std::vector<std::string>{"messages-20261125.jsonl"});
}

TEST_CASE("jsonl: what a crash left at the end is cut off, and nothing else", "[file]") {
  struct Case {
    const char* name;
    std::string tail;
  };
  const auto c = GENERATE(values<Case>({
      {"half a line", "{\"idem_key\":\"k3\",\"to\""},
      {"a whole line without its end", "{\"idem_key\":\"k3\",\"event\":null}"},
      {"zeros where the blocks never came", std::string(8192, '\0')},
      {"zeros and a line behind them", std::string(700, '\0') + "\n{\"idem_key\":\"k3\",\"event\":null}\n"},
      {"zeros inside a line", "{\"idem_key\":\"k3\",\"to\":\"" + std::string(99, '\0') + "\",\"event\":null}\n"},
  }));
  CAPTURE(c.name);
  TempDir dir;
  const fs::path file = dir.path() / "messages.jsonl";
  const std::string config = settings(dir.path(), R"(,"rotate":"never")");
  {
    FakeHost host(library());
    REQUIRE(host.begin(config).ok());
    host.deliver({message("k1"), message("k2")});
  }
  const std::string good = slurp(file);
  spill(file, good + c.tail);
  FakeHost host(library());
  REQUIRE(host.begin(config).message == "");
  CHECK(slurp(file) == good);
  CHECK(host.deliver({message("k2"), message("k3")}).verdicts == twice("delivered"));
  CHECK(lines_of(file).size() == 3);
}

TEST_CASE("jsonl: a line that is not ours stops the start instead of being cut", "[file]") {
  TempDir dir;
  const fs::path file = dir.path() / "messages.jsonl";
  const std::string before = "{\"idem_key\":\"k1\",\"event\":null}\nnotes of somebody\n";
  spill(file, before);
  FakeHost host(library());
  const auto outcome = host.begin(settings(dir.path(), R"(,"rotate":"never")"));
  CHECK(outcome.rc == VESTITEL_E_CONFIG);
  CHECK(outcome.message == "messages.jsonl holds a line that is not ours, at byte 31");
  CHECK(slurp(file) == before);
}

TEST_CASE("jsonl: keys are read back across blocks of the file and up to the bound", "[file]") {
  TempDir dir;
  const fs::path file = dir.path() / "messages.jsonl";
  std::string text;
  for (int i = 0; i < 30'000; ++i) {
    text += "{\"idem_key\":\"k" + std::to_string(i) + "\",\"body\":\"" + std::string(400, 'x') + "\"}\n";
  }
  REQUIRE(text.size() > 12'000'000);  // three blocks
  spill(file, text);
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path(), R"(,"rotate":"never","remember":20000)")).message == "");
  host.deliver({message("k29999"), message("k10000")});
  CHECK(fs::file_size(file) == text.size());
  host.deliver({message("k9999")});  // the first beyond the bound
  CHECK(fs::file_size(file) > text.size());
}

TEST_CASE("jsonl: what cannot be text is refused alone", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path())).ok());
  TestMessage title = message("k1"), event = message("k2"), key = message("");
  title.title = "\xD0";
  event.data_json = "{\"a\":";
  const auto answers = host.deliver({title, message("k3"), event, key});
  CHECK(answers.verdicts == std::vector<std::string>{"permanent: title: not UTF-8", "delivered",
                                                     "permanent: data_json: not JSON",
                                                     "permanent: idem_key: empty or not UTF-8"});
  CHECK(lines_of(dir.path() / "messages-20261125.jsonl").size() == 1);
}

TEST_CASE("jsonl: an event of several lines becomes one", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path())).ok());
  TestMessage m = message("k1");
  m.data_json = "{\n\t\"id\": \"a\\n\",\r\n\t\"n\": [1,\n2]\n}\n";
  CHECK(host.deliver({m}).verdicts[0] == "delivered");
  const auto lines = lines_of(dir.path() / "messages-20261125.jsonl");
  REQUIRE(lines.size() == 1);
  CHECK(nlohmann::json::parse(lines[0])["event"] == nlohmann::json::parse(m.data_json));
}

TEST_CASE("asked what became of a message, the sink says whether its key lies there", "[file]") {
  const std::string format = GENERATE("jsonl", "maildir");
  CAPTURE(format);
  const std::string more = ",\"format\":\"" + format + "\"";
  TempDir dir;
  {
    FakeHost host(library());
    REQUIRE(host.begin(settings(dir.path(), more)).ok());
    REQUIRE(host.deliver({message("k\"1")}).verdicts[0] == "delivered");
  }
  FakeHost host(library());  // which may have died before it could say so
  REQUIRE(host.begin(settings(dir.path(), more)).ok());
  const auto answers = host.ask({{"k\"1"}, {"k2"}});
  CHECK(answers.verdicts == std::vector<std::string>{"delivered", "retry(message,0): it has not been written"});
  CHECK(host.deliver({message("k2")}).verdicts[0] == "delivered");
  CHECK(host.ask({{"k2"}}).verdicts[0] == "delivered");
}

TEST_CASE("an expired message is not written", "[file]") {
  TempDir dir;
  FakeHost host(library());
  const std::string format = GENERATE(as<std::string>{}, "jsonl", "maildir");
  REQUIRE(host.begin(settings(dir.path(), ",\"format\":\"" + format + "\"")).ok());
  TestMessage m = message("k1");
  m.expires_us = host.now_us;
  CHECK(host.deliver({m}).verdicts[0] == "permanent: expired before it could be written");
}

TEST_CASE("maildir: a message is a private file in new/, and a repeat makes no second one", "[file]") {
  TempDir dir;
  const std::string config = settings(dir.path() / "box", R"(,"format":"maildir")");
  FakeHost host(library());
  REQUIRE(host.begin(config).message == "");
  CHECK(host.deliver({message("k1"), message("k1")}).verdicts == twice("delivered"));
  host.now_us += kDay;  // another Date header, the same message
  CHECK(host.deliver({message("k1"), message("k2")}).verdicts == twice("delivered"));
  const auto names = names_in(dir.path() / "box/new");
  REQUIRE(names.size() == 2);
  CHECK(names_in(dir.path() / "box/tmp").empty());
  CHECK(names[0].find("k1") == std::string::npos);
  struct stat info {};
  REQUIRE(::stat((dir.path() / "box/new" / names[0]).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const std::string mail = slurp(dir.path() / "box/new" / names[0]);
  CHECK(mail.find("To: ok@example.test\n") != std::string::npos);
  CHECK(mail.find('\r') == std::string::npos);
}

TEST_CASE("maildir: a key that comes again with another content is refused", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path(), R"(,"format":"maildir")")).ok());
  TestMessage other = message("k1");
  other.body = "something else";
  CHECK(host.deliver({message("k1"), other}).verdicts ==
        std::vector<std::string>{"delivered", "permanent: the same key came with another content before"});
  CHECK(names_in(dir.path() / "new").size() == 1);
}

TEST_CASE("maildir: what a mail program moved to cur/ is not delivered again", "[file]") {
  TempDir dir;
  const std::string config = settings(dir.path(), R"(,"format":"maildir")");
  const auto move_all = [&] {
    for (const auto& name : names_in(dir.path() / "new")) {
      fs::rename(dir.path() / "new" / name, dir.path() / "cur" / (name + ":2,S"));
    }
  };
  {
    FakeHost host(library());
    REQUIRE(host.begin(config).ok());
    host.deliver({message("k1")});
    move_all();
    CHECK(host.deliver({message("k1")}).verdicts[0] == "delivered");
  }
  FakeHost host(library());
  REQUIRE(host.begin(config).ok());
  CHECK(host.deliver({message("k1")}).verdicts[0] == "delivered");
  CHECK(names_in(dir.path() / "new").empty());
}

TEST_CASE("a directory that is none of ours is a matter of settings", "[file]") {
  TempDir dir;
  spill(dir.path() / "plain", "");
  fs::create_directory(dir.path() / "real");
  fs::create_directory_symlink(dir.path() / "real", dir.path() / "link");
  struct Case {
    const char* path;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({{"plain/deep", "making the directory PATH: Not a directory"},
                                        {"plain", "opening the directory PATH: Not a directory"},
                                        {"link", "opening the directory PATH: Not a directory"}}));
  FakeHost host(library());
  const auto outcome = host.begin(settings(dir.path() / c.path));
  CHECK(outcome.rc == VESTITEL_E_CONFIG);
  CHECK(outcome.field_path == "/directory");
  std::string message = c.message;
  message.replace(message.find("PATH"), 4, (dir.path() / c.path).string());
  CHECK(outcome.message == message);
}

TEST_CASE("a file that is a link is not followed", "[file]") {
  TempDir dir;
  spill(dir.path() / "victim", "x");
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path())).ok());
  fs::create_symlink(dir.path() / "victim", dir.path() / "messages-20261125.jsonl");
  CHECK(host.deliver({message("k1")}).verdicts[0].substr(0, 12) == "config_error");
  CHECK(slurp(dir.path() / "victim") == "x");
}

TEST_CASE("two instances do not write into one directory", "[file]") {
  TempDir dir;
  FakeHost first(library()), second(library());
  REQUIRE(first.begin(settings(dir.path())).ok());
  CHECK(second.begin(settings(dir.path())).message == "another instance writes there");
  REQUIRE(first.stop().ok());
  CHECK(second.start().ok());
}

TEST_CASE("check says whether the directory can be written, and leaves nothing", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.create().ok());
  REQUIRE(host.configure(settings(dir.path() / "new")).ok());
  CHECK(host.check().message == "");
  CHECK(names_in(dir.path()).empty());
  REQUIRE(host.configure(settings(dir.path() / "not/there")).ok());
  CHECK(host.check().message == "");
  CHECK(names_in(dir.path()).empty());
  spill(dir.path() / "plain", "");
  REQUIRE(host.configure(settings(dir.path() / "plain/x")).ok());
  CHECK(host.check().rc == VESTITEL_E_CONFIG);
  CHECK(host.check().message.find((dir.path() / "plain").string()) != std::string::npos);
}

TEST_CASE("the directory is made with what is missing above it", "[file]") {
  TempDir dir;
  FakeHost host(library());
  REQUIRE(host.begin(settings(dir.path() / "a/b/c/")).ok());
  CHECK(host.deliver({message("k1")}).verdicts[0] == "delivered");
  CHECK_FALSE(names_in(dir.path() / "a/b/c").empty());
}

}  // namespace vestitel::file_sink::test
