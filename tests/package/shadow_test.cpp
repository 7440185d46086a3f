// The new build beside the old one over recorded documents.
#include "sdk/tools/shadow.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "sdk/tools/answer_of_child.hpp"
#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

// A folder that a nobody may look into, as the shadow of root does.
struct ShadowRig {
  ShadowRig() {
    ::chmod(folder.path().c_str(), 0755);
    for (const char* version : {"1", "2"}) {
      const std::string name = std::string("shadowed-") + version + ".so", path = folder / name;
      std::filesystem::copy_file(std::string(TEST_LIBRARIES) + "/" + name, path);
      ::chmod(path.c_str(), 0555);
      Sha256 hash;
      hash.add(read_file(path));
      versions.push_back({path, to_hex(hash.finish()), "bg.acme.shadowed", std::string(version) + ".0.0"});
    }
    options.partner = "p1";
    options.as_of = clock.now();
  }
  ShadowDocument run(const std::string& text) {
    write_file(folder / "d.csv", text);
    const auto done = run_shadow(versions[0], versions[1], folder / "d.csv", options, random);
    REQUIRE(done.ok());
    return *done;
  }
  TempFolder folder;
  ManualClock clock;
  SeededRandom random;
  std::vector<ShadowVersion> versions;
  ShadowOptions options;
};

// "changed facility", "gone", "new" ..., in order.
std::string shown(const ShadowDocument& document) {
  std::string out = std::to_string(document.old_events) + "/" + std::to_string(document.new_events) + " " +
                    std::to_string(document.same) + " same";
  for (const auto& one : document.differences) {
    out += one.kind == ShadowDifference::Kind::kOnlyOld   ? ", gone"
           : one.kind == ShadowDifference::Kind::kOnlyNew ? ", new"
                                                          : ", changed";
    for (const auto& field : one.fields) out += " " + field;
  }
  return out;
}

}  // namespace

TEST_CASE("a shadow run tells what the new version makes otherwise", "[package]") {
  struct Case {
    const char *name, *document, *shown;
  };
  const auto c = GENERATE(values<Case>({
      {"nothing", "a,9932319981,1899-12-31\nb,9932319981,1899-12-31\n", "2/2 2 same"},
      {"an event that is gone", "a,9932319981,1899-12-31\ndrop,9932319981,1899-12-31\n", "2/1 1 same, gone"},
      {"an event more", "twice,9932319981,1899-12-31\n", "1/2 1 same, new"},
      {"a field more", "rich,9932319981,1899-12-31\n", "1/1 0 same, changed facility"},
      {"another person", "person,9932319981,1899-12-31\n", "1/1 0 same, changed subject"},
      {"a record that neither takes", "bad\n", "1/1 1 same"},
      {"an empty document", "", "0/0 0 same"},
  }));
  CAPTURE(c.name);
  ShadowRig rig;
  CHECK(shown(rig.run(c.document)) == c.shown);
}

TEST_CASE("a shadow run shows no identifier", "[package]") {
  ShadowRig rig;
  const auto document = rig.run("person,9932319981,1899-12-31\nrich,9932319981,1899-12-31\n");
  REQUIRE(document.differences.size() == 2);
  for (const auto& one : document.differences) {
    CHECK(one.what.find("9932319981") == std::string::npos);
    CHECK(one.values.count("subject") == 0);
    for (const auto& [field, values] : one.values) {
      CHECK((values.first + values.second).find("9932319981") == std::string::npos);
      CHECK((values.first + values.second).find("9622299980") == std::string::npos);
    }
  }
}

TEST_CASE("a new version that crashes or hangs is told, and nothing else happens", "[package]") {
  ShadowRig rig;
  const auto crashed = rig.run("crash,9932319981,1899-12-31\n");
  CHECK(crashed.old_failure == "");
  CHECK(crashed.new_failure == "it was ended by signal 6");
  CHECK_FALSE(crashed.equal());
  rig.options.time = std::chrono::milliseconds{300};
  const auto hung = rig.run("hang,9932319981,1899-12-31\n");
  CHECK(hung.old_failure == "");
  CHECK(hung.new_failure == "it did not answer in time and was killed");
}

TEST_CASE("a library that is not the one of the package is not loaded", "[package]") {
  ShadowRig rig;
  rig.versions[1].sha256 = std::string(64, '0');
  CHECK(rig.run("a,9932319981,1899-12-31\n").new_failure.find("not the library that was checked") != std::string::npos);
}

TEST_CASE("a child answers once, within its bounds, and as a nobody", "[package]") {
  CHECK(*answer_of_child([] { return Result<std::string>("yes"); }) == "yes");
  CHECK(*answer_of_child([] { return Result<std::string>(std::string(3'000'000, 'x')); }) ==
        std::string(3'000'000, 'x'));
  CHECK(answer_of_child([]() -> Result<std::string> { return {Failure::kIo, "no"}; }).error().message == "no");
  CHECK(answer_of_child([]() -> Result<std::string> { throw 5; }).error().message == "it threw an exception");
  CHECK(answer_of_child([]() -> Result<std::string> { ::_exit(3); }).error().message ==
        "it ended by itself with status 3");
  AnswerLimits small;
  small.answer = 1'000;
  CHECK_FALSE(answer_of_child([] { return Result<std::string>(std::string(100'000, 'x')); }, small).ok());
  CHECK(*answer_of_child([] { return Result<std::string>(std::to_string(::geteuid())); }) ==
        (::geteuid() == 0 ? "65534" : std::to_string(::geteuid())));
}

TEST_CASE("what a child has started ends with it", "[package]") {
  TempFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  const std::string line = folder / "line";
  REQUIRE(::mkfifo(line.c_str(), 0600) == 0);
  REQUIRE(::chmod(line.c_str(), 0666) == 0);
  const OwnedFd end(::open(line.c_str(), O_RDONLY | O_NONBLOCK));
  const auto said = answer_of_child([&]() -> Result<std::string> {
    const OwnedFd held(::open(line.c_str(), O_WRONLY));
    if (!held) return {Failure::kIo, "no line"};
    if (::fork() == 0)
      for (;;) ::pause();
    return std::string("left one behind");
  });
  REQUIRE(said.ok());
  // The line is cut when nobody holds its other end any more.
  pollfd cut{end.get(), 0, 0};
  CHECK(::poll(&cut, 1, 10'000) == 1);
  CHECK((cut.revents & POLLHUP) != 0);
}

}  // namespace vestitel::test
