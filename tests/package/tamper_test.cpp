// Changes of single bytes of a signed package: each is refused, and no code of any is run. That code would have been
// run is shown by the package as it was.
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "core/plugin/catalogue.hpp"
#include "sdk/tools/describe_library.hpp"
#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

Sample marker_package() {
  Sample sample;
  sample.id("bg.acme.marker");
  const std::string library = std::string(TEST_LIBRARIES) + "/marker.so";
  sample.plugins = describe_library(library)->plugins;
  sample.files.front().content = read_file(library);
  return sample;
}

// The whole way of a package, as far as it gets: into the store, enabled, an instance inside this process.
std::string use(PackageRig& rig, const std::string& path) {
  const auto installed = rig.store->install(path, rig.now());
  if (!installed) return reason_of(installed.error());
  const auto enabled = rig.store->enable("bg.acme.marker", "", Grants());
  if (!enabled) return reason_of(enabled.error());
  CatalogueOptions options;
  options.folder = "/nowhere";
  options.packages.store = rig.folder / "store";
  const Catalogue catalogue(options);
  HostContext context;
  context.instance = "i";
  context.clock = &rig.clock;
  const auto created = catalogue.create("bg.acme.marker", context);
  return created ? "" : created.error().message;
}

// Runs it in a child, since what has been loaded once stays.
int use_in_child(PackageRig& rig, const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(use(rig, path).empty() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

struct MarkedRig : PackageRig {
  MarkedRig() {
    PublisherStatement statement = sample_statement(acme);
    statement.serial = 2;
    statement.level = Level::kCore;  // so that a package that is let in runs inside this process
    state(statement);
    ::setenv("VESTITEL_TEST_MARK", mark.c_str(), 1);
  }
  ~MarkedRig() { ::unsetenv("VESTITEL_TEST_MARK"); }
  MarkedRig(const MarkedRig&) = delete;
  MarkedRig& operator=(const MarkedRig&) = delete;
  [[nodiscard]] bool marked() const { return std::filesystem::exists(mark); }
  const std::string mark = folder / "mark";
  const Sample package = marker_package();  // made before a load leaves its mark
};

}  // namespace

TEST_CASE("1,000 changes of one byte of a signed package: 1,000 refusals, none loaded", "[package]") {
  MarkedRig rig;
  const std::string good = rig.package.bytes(&rig.acme);
  SeededRandom random(20'261'122);
  std::map<std::string, int> reasons;
  for (int round = 0; round < 1'000; ++round) {
    std::string bad = good;
    // The library is most of the file: every second change falls where form, manifest and signature lie.
    const std::size_t among = round % 2 == 0 ? bad.size() : std::min<std::size_t>(bad.size(), 4'096);
    const std::size_t at = bad.size() - 1 - random.number() % among;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<int>(1 + random.number() % 255));
    const std::string why = use(rig, rig.file_of(bad));
    CAPTURE(round, at, why);
    REQUIRE(why != "");
    REQUIRE(why.find("(none)") == std::string::npos);
    REQUIRE_FALSE(rig.marked());
    ++reasons[why];
  }
  for (const auto& [why, count] : reasons) UNSCOPED_INFO(why << ": " << count);
  CHECK(rig.store->installed()->empty());
  CHECK(reasons.size() >= 3);
  // The package as it was is let in, loaded, and leaves its mark.
  CHECK(use_in_child(rig, rig.file_of(good)) == 0);
  CHECK(rig.marked());
}

TEST_CASE("every byte around the library's own is covered", "[package]") {
  PackageRig rig;
  Sample sample;
  sample.files.front().content.resize(100);
  const std::string good = sample.bytes(&rig.acme);
  REQUIRE(rig.verify(rig.file_of(good)) == "");
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const int change : {0x01, 0x20, 0x80}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      CAPTURE(at, change);
      CHECK(rig.verify(rig.file_of(bad)) != "");
    }
}

TEST_CASE("verifying, installing and enabling run no code of a plugin", "[package]") {
  MarkedRig rig;
  const std::string path = rig.file(rig.package);
  REQUIRE(rig.verify(path) == "");
  REQUIRE(rig.store->install(path, rig.now()).ok());
  REQUIRE(rig.store->enable("marker", "", Grants()).ok());
  REQUIRE(rig.store->enabled("marker").ok());
  std::filesystem::create_directory(rig.folder / "own");
  CatalogueOptions options;
  options.folder = rig.folder / "own";
  options.packages.store = rig.folder / "store";
  const Catalogue catalogue(options);
  REQUIRE(catalogue.describe("marker").ok());
  REQUIRE(catalogue.list().ok());
  CHECK_FALSE(rig.marked());
}

}  // namespace vestitel::test
