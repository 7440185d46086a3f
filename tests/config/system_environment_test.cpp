#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/config/environment.hpp"

namespace vestitel::test {
namespace {

struct TempFolder {
  std::string path = (std::filesystem::temp_directory_path() / "vestitel-config-XXXXXX").string();
  TempFolder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("the machine tells bytes, mode and owner of one and the same file", "[config]") {
  const TempFolder folder;
  const SystemEnvironment env;
  std::ofstream(folder.path + "/b") << "text";
  std::ofstream(folder.path + "/a") << "";
  chmod((folder.path + "/b").c_str(), 0640);

  const auto file = env.read(folder.path + "/b", 4);
  REQUIRE(file.ok());
  CHECK(file->bytes == "text");
  CHECK(file->facts.mode == 0640);
  CHECK(file->facts.owner == geteuid());
  CHECK(*env.list(folder.path) == std::vector<std::string>{"a", "b"});
  CHECK(env.read(folder.path + "/b", 3).error().failure == Failure::kInvalid);
  CHECK(env.read(folder.path + "/c", 3).error().failure == Failure::kNotFound);
  CHECK(env.list(folder.path + "/c").error().failure == Failure::kNotFound);
  CHECK(env.read(folder.path, 3).error().failure == Failure::kInvalid);
}

TEST_CASE("a path is told apart from another only where it leads elsewhere", "[config]") {
  const TempFolder folder;
  const SystemEnvironment env;
  const std::string root = std::filesystem::canonical(folder.path).string();
  REQUIRE(mkdir((root + "/real").c_str(), 0700) == 0);
  REQUIRE(symlink("real", (root + "/link").c_str()) == 0);
  CHECK(env.real_path(root + "/link/new/") == root + "/real/new");
  CHECK(env.real_path(root + "/none/../real/.") == root + "/real");
  CHECK(env.real_path("/") == "/");
}

TEST_CASE("a user has a name, or else the number", "[config]") {
  CHECK(SystemEnvironment().user_name(0) == "root");
  CHECK(SystemEnvironment().user_name(3'999'999'999) == "3999999999");
}

TEST_CASE("a pipe in the place of a file is refused, not waited for", "[config]") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder.path + "/pipe").c_str(), 0600) == 0);
  CHECK(SystemEnvironment().read(folder.path + "/pipe", 10).error().failure == Failure::kInvalid);
}

}  // namespace vestitel::test
