#include "sdk/tools/scaffold.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/temp_folder.hpp"

namespace vestitel::test {

TEST_CASE("a name is small letters, digits and single hyphens", "[scaffold]") {
  const auto good = GENERATE(as<std::string>(), "a", "acme", "acme-lab", "lab2", "a1-b2-c3", std::string(40, 'a'));
  CHECK(name_fault(good).empty());
}

TEST_CASE("a name that a folder, a target or a class could not have is refused", "[scaffold]") {
  const auto bad = GENERATE(as<std::string>(), "", "-", "a-", "-a", "a--b", "A", "aB", "1a", "a-1", "a_b", "a b", "a/b",
                            "..", "a.b", "тест", "test", "all", "install", std::string(41, 'a'));
  CAPTURE(bad);
  CHECK_FALSE(name_fault(bad).empty());
}

TEST_CASE("a prefix is a domain backwards", "[scaffold]") {
  CHECK(prefix_fault("com.example").empty());
  CHECK(prefix_fault("bg.my-lab.x2").empty());
  const auto bad = GENERATE(as<std::string>(), "", "com", "com.", ".com", "com..x", "Com.x", "com.x/y", "com.-x",
                            "com.x-", "com x.y");
  CAPTURE(bad);
  CHECK_FALSE(prefix_fault(bad).empty());
}

TEST_CASE("no place of the template is left unfilled", "[scaffold]") {
  const TempFolder folder;
  const auto kind = GENERATE(as<std::string>(), "reader", "feed", "sink");
  const auto language = GENERATE(as<std::string>(), "cpp", "c", "python");
  const auto written = write_project({kind, "acme-" + kind, "bg.acme", language, folder.path()});
  REQUIRE(written.ok());
  CHECK(written->size() >= 8);
  for (const std::string& name : *written) {
    CAPTURE(name);
    std::ifstream file(folder.path() / name);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    CHECK_FALSE(text.empty());
    CHECK((language == "cpp" || name.find(".cpp") == std::string::npos));
    for (const char* place : {"@NAME@", "@FILE@", "@CLASS@", "@TITLE@", "@ID@", "@SOURCE@", "@LIBRARY@"}) {
      CHECK(text.find(place) == std::string::npos);
      CHECK(name.find(place) == std::string::npos);
    }
  }
}

TEST_CASE("what stands at the place of a project is left alone", "[scaffold]") {
  const TempFolder folder;
  const auto here = GENERATE(as<std::string>(), "file", "folder", "dangling link");
  const auto place = folder.path() / "acme-lab";
  if (here == "file") std::ofstream(place) << "mine";
  if (here == "folder") std::filesystem::create_directory(place);
  if (here == "dangling link") std::filesystem::create_symlink("nowhere", place);
  const auto before = std::filesystem::symlink_status(place).type();

  const auto written = write_project({"reader", "acme-lab", "com.example", "cpp", folder.path()});

  REQUIRE_FALSE(written.ok());
  CHECK(written.error().failure == Failure::kConflict);
  CHECK(std::filesystem::symlink_status(place).type() == before);
  const auto entries =
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator());
  CHECK(entries == 1);
}

}  // namespace vestitel::test
