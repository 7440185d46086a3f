#include "core/host/setup.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "core/host/checking.hpp"

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;

struct TempFolder {
  std::string path = (fs::temp_directory_path() / "vestitel-host-XXXXXX").string();
  TempFolder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~TempFolder() { fs::remove_all(path); }
};

std::string said_of(const std::string& folder) {
  const auto usable = drop_folder_usable(folder);
  return usable ? "" : usable.error().message;
}

}  // namespace

TEST_CASE("a size is told in a unit in which it differs from the one beside it", "[host]") {
  constexpr std::uint64_t kMiB = 1U << 20;
  struct Case {
    std::uint64_t bytes, beside;
    const char* text;
  };
  const auto c = GENERATE(values<Case>({{250 * kMiB, 256 * kMiB, "250 MiB"},
                                        {3072 * kMiB, 256 * kMiB, "3 GiB"},
                                        {256 * kMiB + 2048, 256 * kMiB, "262146 KiB"},
                                        {0, 1, "0 bytes"},
                                        {700, 4096, "700 bytes"},
                                        {4096, 700, "4 KiB"}}));
  CHECK(size_text(c.bytes, c.beside) == c.text);
}

TEST_CASE("a drop folder is one that is there, or one that can be made", "[host]") {
  const TempFolder folder;
  std::ofstream(folder.path + "/plain") << "";
  CHECK(said_of(folder.path) == "");
  CHECK(said_of(folder.path + "/") == "");
  CHECK(said_of(folder.path + "/a/b/c") == "");
  CHECK(fs::directory_iterator(folder.path)->path().filename() == "plain");
  CHECK(said_of(folder.path + "/plain") == "reader.drop_folder " + folder.path + "/plain: it is not a folder");
  CHECK(said_of(folder.path + "/plain/in") == "reader.drop_folder " + folder.path + "/plain/in: it cannot be made: " +
                                                  folder.path + "/plain is not a folder");
}

}  // namespace vestitel::test
