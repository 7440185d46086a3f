#include "core/base/lasting_folder.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/support/temp_folder.hpp"

// That what it makes outlives a power cut is the word of tests/fault: store_powerloss_test and hub_powerloss_test.
namespace vestitel::test {

TEST_CASE("every missing folder is made, the last one for its owner alone", "[folder]") {
  const TempFolder top;
  REQUIRE(make_lasting_folder(top.file("a/b/c/")));
  struct stat about {};
  REQUIRE(::stat(top.file("a/b/c").c_str(), &about) == 0);
  CHECK((about.st_mode & 07777U) == 0700);
  CHECK(make_lasting_folder(top.file("a/b/c")));
}

TEST_CASE("what cannot be made is named", "[folder]") {
  const TempFolder top;
  write_file(top.path() / "file", "");
  const auto made = make_lasting_folder(top.file("file/below"));
  REQUIRE_FALSE(made);
  CHECK(made.error().failure == Failure::kIo);
  CHECK(made.error().message.find(top.file("file/below")) != std::string::npos);
}

}  // namespace vestitel::test
