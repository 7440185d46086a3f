#include "core/plugin/library.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/plugin/catalogue.hpp"
#include "tests/plugin/rig.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;

std::string built(const std::string& name) { return std::string(TEST_LIBRARIES) + "/" + name + ".so"; }

Error refused(const std::string& path) {
  const auto library = PluginLibrary::load(path, tree_owners());
  REQUIRE_FALSE(library.ok());
  return library.error();
}

}  // namespace

TEST_CASE("a good library tells what it holds, and is loaded once", "[plugin]") {
  const auto first = PluginLibrary::load(built("steered"), tree_owners());
  REQUIRE(first.ok());
  const auto& plugins = (*first)->plugins();
  REQUIRE(plugins.size() == 3);
  CHECK(plugins[0].id == "org.test.reader");
  CHECK(plugins[0].version == "1.2.3");
  CHECK(plugins[0].reader);
  CHECK_FALSE(plugins[0].sink);
  CHECK(plugins[2].idempotent);
  CHECK(*PluginLibrary::load(built("steered"), tree_owners()) == *first);
}

TEST_CASE("a library with a flaw is refused with the reason", "[plugin]") {
  struct Case {
    const char* library;
    const char* says;
  };
  const auto c = GENERATE(values<Case>({
      {"wrong-magic", "wrong magic number"},
      {"major-0", "too old: built for plugin ABI 0.0"},
      {"major-2", "too new: built for plugin ABI 2.0"},
      {"entry-v2", "too new: built for plugin ABI 2, this host loads ABI 1"},
      {"needs-minor-7", "too new: needs host ABI 1.7, this host has 1.1"},
      {"small-entry", "smaller than that of ABI 1.0"},
      {"null-create", "is null"},
      {"must-understand", "must understand"},
      {"bad-id", "not reverse-DNS"},
      {"no-plugins", "holds 0 plugins"},
      {"twice-the-same", "two of its plugins have the id"},
      {"other-library", "not a Vestitel plugin"},
      {"unresolved", "vestitel_test_symbol_nobody_has"},
  }));
  CAPTURE(c.library);
  const Error error = refused(built(c.library));
  CHECK(error.failure == Failure::kInvalid);
  CHECK_THAT(error.message, Catch::Contains(c.says));
  CHECK_THAT(error.message, Catch::Contains(built(c.library)));
  CHECK_THAT(error.message, !Catch::Contains("Bad file descriptor"));
  CHECK(refused(built(c.library)).message == error.message);
}

TEST_CASE("a library that is cut off at any length is refused and never mapped", "[plugin]") {
  const std::string whole = read_file(built("steered"));
  REQUIRE(whole.size() > 4096);
  const TempFolder folder;
  for (const std::size_t length : {std::size_t{0}, std::size_t{3}, std::size_t{63}, std::size_t{64}, std::size_t{200},
                                   std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    CAPTURE(length);
    write_file(folder / "cut.so", whole.substr(0, length));
    CHECK(refused(folder / "cut.so").failure == Failure::kInvalid);
    fs::remove(folder / "cut.so");
  }
  write_file(folder / "text.so", std::string(5000, 'x'));
  CHECK_THAT(refused(folder / "text.so").message, Catch::Contains("not a shared library"));
}

TEST_CASE("a library is loaded only from a path that nobody else can change", "[plugin]") {
  const TempFolder folder;
  const std::string good = folder / "steered.so";
  fs::copy_file(built("steered"), good);
  fs::permissions(good, fs::perms::owner_all);

  SECTION("a relative path") { CHECK(refused("steered.so").failure == Failure::kDenied); }
  SECTION("dots in the path") { CHECK(refused(folder / "../x/steered.so").failure == Failure::kDenied); }
  SECTION("a doubled slash") { CHECK(refused(folder.path().string() + "//steered.so").failure == Failure::kDenied); }
  SECTION("a symlink as the file") {
    fs::create_symlink(good, folder / "link.so");
    CHECK(refused(folder / "link.so").failure == Failure::kDenied);
  }
  SECTION("a symlink as a folder") {
    fs::create_directory_symlink(folder.path(), folder / "linked");
    CHECK(refused(folder / "linked/steered.so").failure == Failure::kDenied);
  }
  SECTION("a folder that everybody may write, sticky or not") {
    const auto mode = GENERATE(static_cast<mode_t>(0777), static_cast<mode_t>(01777), static_cast<mode_t>(0770));
    REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
    CHECK(refused(good).failure == Failure::kDenied);
  }
  SECTION("a file that others may write") {
    REQUIRE(::chmod(good.c_str(), 0666) == 0);
    CHECK(refused(good).failure == Failure::kDenied);
  }
  SECTION("a folder as the file") { CHECK(refused(folder.path().string()).failure == Failure::kDenied); }
  SECTION("a pipe as the file") {
    REQUIRE(::mkfifo((folder / "pipe.so").c_str(), 0600) == 0);
    CHECK(refused(folder / "pipe.so").failure == Failure::kDenied);
  }
  SECTION("nothing there") { CHECK(refused(folder / "none.so").failure == Failure::kNotFound); }
  SECTION("another owner") {
    if (::geteuid() == 0) {
      REQUIRE(::chown(good.c_str(), 65534, 65534) == 0);
      CHECK(refused(good).failure == Failure::kDenied);
    }
  }
  SECTION("the good one") { CHECK(PluginLibrary::load(good, tree_owners()).ok()); }
}

TEST_CASE("the catalogue lists each library, and one with a flaw does not hide the others", "[plugin]") {
  CatalogueOptions options;
  options.folder = TEST_LIBRARIES;
  options.owners = tree_owners();
  const Catalogue catalogue(std::move(options));
  const auto all = catalogue.list();
  REQUIRE(all.ok());
  std::size_t good = 0, flawed = 0;
  for (const auto& entry : *all) ++(entry.problem.empty() ? good : flawed);
  CHECK(good == 3);  // steered, and the two that ask for services
  CHECK(flawed == 13);
  CHECK(catalogue.describe("steered:org.test.feed")->feed);
  CHECK_THAT(catalogue.describe("steered").error().message, Catch::Contains("org.test.reader, org.test.feed"));
  CHECK(catalogue.describe("steered:org.test.none").error().failure == Failure::kNotFound);
  CHECK(catalogue.describe("nothing-like-it").error().failure == Failure::kNotFound);
  for (const char* name : {"", "../steered", "/etc/x", "Steered", "a/b"})
    CHECK(catalogue.describe(name).error().failure == Failure::kInvalid);
}

}  // namespace vestitel::test
