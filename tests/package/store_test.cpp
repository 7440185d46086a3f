// The store: installing is not enabling, versions go forward, what is in it is checked again each time.
#include "core/plugin/package/store.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "core/plugin/package/version.hpp"
#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;

const Grants kNothingSaid;
const Grants kAll = std::vector<std::string>{"all"};

Sample asking(std::vector<std::string> network, const std::string& version = "1.0.0") {
  Sample sample;
  sample.version(version);
  sample.manifest.capabilities.network = std::move(network);
  return sample;
}

// "1.0.0 enabled, 2.0.0 previous": every package of the store with its part.
std::string shown(const PackageStore& store) {
  std::string out;
  const auto all = store.installed();
  std::map<Version, std::string> rows;
  for (const auto& one : *all) {
    const auto state = store.state(one.manifest.id);
    const std::string part = one.digest == state->active     ? (state->enabled ? "enabled" : "disabled")
                             : one.digest == state->previous ? "previous"
                                                             : "installed";
    rows[*parse_version(one.manifest.version)] =
        one.manifest.version + " " + part + (one.problem.empty() ? "" : " BAD");
  }
  for (const auto& [version, row] : rows) out += (out.empty() ? "" : ", ") + row;
  return out;
}

std::string upgraded(PackageRig& rig, const Sample& sample, const Grants& grants = kNothingSaid) {
  return reason(rig.store->upgrade(rig.file(sample), grants, rig.now()));
}

// The one package of the store.
std::string only_folder(const PackageRig& rig) {
  for (const auto& entry : fs::directory_iterator(rig.folder / "store/sha256")) return entry.path().string();
  return "";
}

}  // namespace

TEST_CASE("installing is not enabling, and enabling is not forever", "[package]") {
  PackageRig rig;
  CHECK(shown(*rig.store) == "");
  CHECK(reason(rig.store->enabled("lab")) == "not-installed");
  rig.installed(Sample());
  CHECK(shown(*rig.store) == "1.0.0 installed");
  CHECK(reason(rig.store->enabled("lab")) == "not-enabled");
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  CHECK(shown(*rig.store) == "1.0.0 enabled");
  const auto enabled = rig.store->enabled("bg.acme.lab");
  REQUIRE(enabled.ok());
  CHECK(enabled->level() == Level::kPartner);
  CHECK(read_file(enabled->package.library()) == Sample().files.front().content);
  REQUIRE(rig.store->disable("lab").ok());
  CHECK(shown(*rig.store) == "1.0.0 disabled");
  CHECK(reason(rig.store->enabled("lab")) == "not-enabled");
  CHECK(reason(rig.store->disable("lab")) == "not-enabled");
}

TEST_CASE("installing the same package again changes nothing", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  const auto again = rig.store->install(rig.file(Sample()), rig.now() + std::chrono::hours{1});
  REQUIRE(again.ok());
  CHECK(again->installed == rig.now());
  CHECK(shown(*rig.store) == "1.0.0 enabled");
}

TEST_CASE("what was refused leaves nothing in the store", "[package]") {
  PackageRig rig;
  CHECK(reason(rig.store->install(rig.file_of(Sample().bytes(&rig.stranger)), rig.now())) == "wrong-signature");
  CHECK(shown(*rig.store) == "");
  CHECK(fs::is_empty(rig.folder / "store/tmp"));
  CHECK(fs::is_empty(rig.folder / "store/sha256"));
}

TEST_CASE("versions go forward, and back by rollback alone", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  CHECK(upgraded(rig, Sample().version("2.0.0")) == "not-enabled");
  CHECK(shown(*rig.store) == "1.0.0 installed");
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  CHECK(upgraded(rig, Sample().version("2.0.0")) == "");
  CHECK(shown(*rig.store) == "1.0.0 previous, 2.0.0 enabled");
  CHECK(upgraded(rig, Sample().version("1.9.9")) == "downgrade");
  CHECK(reason(rig.store->install(rig.file(Sample().version("1.9.9")), rig.now())) == "downgrade");
  CHECK(reason(rig.store->enable("lab", "1.0.0", kNothingSaid)) == "downgrade");
  REQUIRE(rig.store->rollback("lab").ok());
  CHECK(shown(*rig.store) == "1.0.0 enabled, 2.0.0 installed");
  CHECK(reason(rig.store->enabled("lab")) == "");
  CHECK(reason(rig.store->rollback("lab")) == "no-previous");
  // Rolling back opens no way for a third version below the highest.
  CHECK(upgraded(rig, Sample().version("1.5.0")) == "downgrade");
  CHECK(upgraded(rig, Sample().version("2.0.0")) == "");
  CHECK(shown(*rig.store) == "1.0.0 previous, 2.0.0 enabled");
}

TEST_CASE("removing is no way around a downgrade", "[package]") {
  PackageRig rig;
  rig.installed(Sample().version("2.0.0"));
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  CHECK(reason(rig.store->remove("lab", "")) == "still-enabled");
  REQUIRE(rig.store->disable("lab").ok());
  REQUIRE(rig.store->remove("lab", "").ok());
  CHECK(shown(*rig.store) == "");
  CHECK(reason(rig.store->install(rig.file(Sample()), rig.now())) == "downgrade");
  CHECK(reason(rig.store->install(rig.file(Sample().version("2.0.0")), rig.now())) == "");
}

TEST_CASE("one version of many is removed by its number", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  REQUIRE(upgraded(rig, Sample().version("2.0.0")) == "");
  CHECK(reason(rig.store->remove("lab", "2.0.0")) == "still-enabled");
  CHECK(reason(rig.store->remove("lab", "3.0.0")) == "not-installed");
  CHECK(*rig.store->remove("lab", "1.0.0") == 1);
  CHECK(shown(*rig.store) == "2.0.0 enabled");
  CHECK(reason(rig.store->rollback("lab")) == "no-previous");
}

TEST_CASE("two packages of one version are not one", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  Sample other;
  other.files.back().content = "# Another page\n";
  CHECK(reason(rig.store->install(rig.file(other), rig.now())) == "version-reused");
}

TEST_CASE("what a plugin asks for is granted by somebody, thing by thing", "[package]") {
  PackageRig rig;
  rig.installed(asking({"a:1", "b:2"}));
  const auto granted = [&] { return rig.store->enabled("lab")->granted.network; };
  CHECK(reason(rig.store->enable("lab", "", kNothingSaid)) == "not-granted");
  CHECK(shown(*rig.store) == "1.0.0 installed");
  CHECK(rig.store->enable("lab", "", Grants({"network:c:3"})).error().failure == Failure::kInvalid);
  REQUIRE(rig.store->enable("lab", "", Grants({"network:a:1"})).ok());
  CHECK(granted() == std::vector<std::string>{"a:1"});
  // Said once, it need not be said again; said anew, the new word holds.
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  CHECK(granted() == std::vector<std::string>{"a:1"});
  REQUIRE(rig.store->enable("lab", "", Grants({"none"})).ok());
  CHECK(granted().empty());
  REQUIRE(rig.store->enable("lab", "", kAll).ok());
  CHECK(granted() == std::vector<std::string>{"a:1", "b:2"});
}

TEST_CASE("an upgrade keeps what was granted, and asks about what is new alone", "[package]") {
  PackageRig rig;
  rig.installed(asking({"a:1", "b:2"}));
  REQUIRE(rig.store->enable("lab", "", Grants({"network:a:1"})).ok());
  const auto granted = [&] { return rig.store->enabled("lab")->granted.network; };
  CHECK(upgraded(rig, asking({"a:1", "b:2"}, "1.1.0")) == "");
  CHECK(granted() == std::vector<std::string>{"a:1"});  // b:2 stays refused
  CHECK(upgraded(rig, asking({"a:1", "b:2", "c:3"}, "1.2.0")) == "not-granted");
  CHECK(shown(*rig.store) == "1.0.0 previous, 1.1.0 enabled");  // nothing of it was installed
  CHECK(upgraded(rig, asking({"a:1", "b:2", "c:3"}, "1.2.0"), Grants({"network:c:3"})) == "");
  CHECK(granted() == std::vector<std::string>{"a:1", "c:3"});
  CHECK(upgraded(rig, asking({"c:3"}, "1.3.0")) == "");
  CHECK(granted() == std::vector<std::string>{"c:3"});
  REQUIRE(rig.store->rollback("lab").ok());
  CHECK(granted() == std::vector<std::string>{"a:1", "c:3"});
}

TEST_CASE("what is in the store is checked again whenever it is used", "[package]") {
  struct Case {
    const char* name;
    std::function<void(const PackageRig&, const std::string&)> harm;
    const char* why;
  };
  const auto overwrite = [](const std::string& path, const std::string& content) {
    fs::remove(path);
    write_file(path, content);
  };
  const std::vector<Case> cases = {
      {"nothing", [](auto&, auto&) {}, ""},
      {"another library", [&](auto&, auto& at) { overwrite(at + "/files/lib/plugin.so", "evil"); }, "damaged-store"},
      {"a file more", [&](auto&, auto& at) { write_file(at + "/files/lib/more.so", "evil"); }, "damaged-store"},
      {"a file less", [&](auto&, auto& at) { fs::remove(at + "/files/docs/page.md"); }, "damaged-store"},
      {"a symlink in place of a file",
       [&](auto&, auto& at) {
         fs::rename(at + "/files/lib/plugin.so", at + "/real.so");
         fs::create_symlink(at + "/real.so", at + "/files/lib/plugin.so");
       },
       "damaged-store"},
      {"a symlink in place of a folder",
       [&](auto&, auto& at) {
         fs::rename(at + "/files/lib", at + "/lib");
         fs::create_directory_symlink(at + "/lib", at + "/files/lib");
       },
       "damaged-store"},
      {"a library that others may write", [](auto&, auto& at) { ::chmod((at + "/files/lib/plugin.so").c_str(), 0666); },
       "damaged-store"},
      {"a package file that others may write",
       [](auto&, auto& at) { ::chmod((at + "/package.vplugin").c_str(), 0666); }, "unsafe-store"},
      {"another package of the same publisher",
       [&](auto& rig, auto& at) { overwrite(at + "/package.vplugin", Sample().version("9.0.0").bytes(&rig.acme)); },
       "damaged-store"},
      {"a package by a stranger",
       [&](auto& rig, auto& at) { overwrite(at + "/package.vplugin", Sample().bytes(&rig.stranger)); },
       "wrong-signature"},
      {"an older version as active",
       [&](auto& rig, auto&) {
         auto state = read_file(rig.folder / "store/plugins/bg.acme.lab.json");
         state.replace(state.find("\"highest\": \"1.0.0\""), 18, "\"highest\": \"1.0.1\"");
         overwrite(rig.folder / "store/plugins/bg.acme.lab.json", state);
       },
       "downgrade"},
      {"a state of another plugin",
       [&](auto& rig, auto&) {
         auto state = read_file(rig.folder / "store/plugins/bg.acme.lab.json");
         state.replace(state.find("bg.acme.lab"), 11, "bg.acme.lib");
         overwrite(rig.folder / "store/plugins/bg.acme.lab.json", state);
       },
       "damaged-store"},
      {"a state that is cut off",
       [&](auto& rig, auto&) { overwrite(rig.folder / "store/plugins/bg.acme.lab.json", "{"); }, "damaged-store"},
      {"a state that others may write",
       [&](auto& rig, auto&) { ::chmod((rig.folder / "store/plugins/bg.acme.lab.json").c_str(), 0666); },
       "unsafe-store"},
      {"a store that others may write",
       [&](auto& rig, auto&) { ::chmod((rig.folder / "store/plugins").c_str(), 0777); }, "unsafe-store"},
  };
  for (const auto& c : cases) {
    PackageRig rig;
    rig.installed(Sample());
    REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
    c.harm(rig, only_folder(rig));
    CAPTURE(c.name);
    CHECK(reason(rig.store->enabled("bg.acme.lab")) == c.why);
  }
}

TEST_CASE("a revocation reaches what is installed, an end of a statement does not", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  PublisherStatement shorter = sample_statement(rig.acme);
  shorter.serial = 2;
  shorter.not_after = rig.now() + std::chrono::hours{1};
  rig.state(shorter);
  rig.clock.advance(std::chrono::hours{2});
  CHECK(reason(rig.store->enabled("lab")) == "");
  CHECK(rig.verify(rig.file(Sample().version("2.0.0"))) == "publisher-expired");
  Revocations list;
  list.publishers = {{"acme", 2}};
  REQUIRE(rig.store->revoke(list).ok());
  CHECK(reason(rig.store->enabled("lab")) == "publisher-revoked");
  CHECK(shown(*rig.store) == "1.0.0 enabled BAD");
  CHECK(reason(rig.store->enable("lab", "", kNothingSaid)) == "publisher-revoked");
}

TEST_CASE("going back to a version that was revoked since is refused", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  const std::string old = rig.store->installed()->front().digest;
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  REQUIRE(upgraded(rig, Sample().version("2.0.0")) == "");
  Revocations list;
  list.packages = {old};
  REQUIRE(rig.store->revoke(list).ok());
  CHECK(reason(rig.store->rollback("lab")) == "package-revoked");
  CHECK(rig.store->enabled("lab")->package.manifest.version == "2.0.0");
}

TEST_CASE("a damaged package is mended by installing it again", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  REQUIRE(rig.store->enable("lab", "", kNothingSaid).ok());
  fs::remove(only_folder(rig) + "/files/lib/plugin.so");
  REQUIRE(reason(rig.store->enabled("lab")) == "damaged-store");
  rig.installed(Sample());
  CHECK(reason(rig.store->enabled("lab")) == "");
}

TEST_CASE("a short name means the one plugin that has it", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  Sample other;
  other.id("bg.acme.other.lab");
  CHECK(*rig.store->id_of("lab") == "bg.acme.lab");
  rig.installed(other);
  CHECK(rig.store->id_of("lab").error().failure == Failure::kInvalid);
  // For what is in use, what is merely installed does not count.
  REQUIRE(rig.store->enable("bg.acme.lab", "", kNothingSaid).ok());
  CHECK(rig.store->enabled("lab")->package.manifest.id == "bg.acme.lab");
  REQUIRE(rig.store->enable("bg.acme.other.lab", "", kNothingSaid).ok());
  CHECK(rig.store->enabled("lab").error().failure == Failure::kInvalid);
  CHECK(rig.store->enabled("bg.acme.lab")->package.manifest.id == "bg.acme.lab");
  CHECK(*rig.store->id_of("bg.acme.lab") == "bg.acme.lab");
  CHECK(*rig.store->id_of("bg.acme.other.lab") == "bg.acme.other.lab");
  CHECK(reason(rig.store->id_of("la")) == "not-installed");
  CHECK(reason(rig.store->id_of("")) == "not-installed");
  CHECK(reason(rig.store->id_of("../lab")) == "not-installed");
}

TEST_CASE("two who install at once both succeed", "[package]") {
  PackageRig rig;
  constexpr int kEach = 8;
  std::vector<std::string> paths[2];
  for (int who = 0; who < 2; ++who)
    for (int i = 0; i < kEach; ++i)
      paths[who].push_back(rig.file(Sample().version(std::to_string(who + 1) + "." + std::to_string(i) + ".0"),
                                    std::to_string(who) + std::to_string(i)));
  std::vector<std::string> failures[2];
  const auto work = [&](int who) {
    auto store = PackageStore::open(rig.folder / "store", {});
    for (const auto& path : paths[who])
      if (const auto done = store->install(path, rig.now()); !done) failures[who].push_back(done.error().message);
  };
  std::thread one(work, 0), two(work, 1);
  one.join();
  two.join();
  CHECK(failures[0].empty());
  CHECK(failures[1].empty());
  const auto all = rig.store->installed();
  CHECK(all->size() == 2 * kEach);
  for (const auto& package : *all) CHECK(package.problem == "");
}

TEST_CASE("a store is made once, and is what it was made", "[package]") {
  TempFolder folder;
  SeededRandom random(9);
  CHECK(PackageStore::open(folder / "s", {}).error().failure == Failure::kNotFound);
  const auto first = PackageStore::create(folder / "s", {}, random);
  REQUIRE(first.ok());
  TrustPolicy loose;
  loose.local_dev = true;
  const auto second = PackageStore::create(folder / "s", {}, random, loose);
  REQUIRE(second.ok());
  CHECK(second->installation() == first->installation());
  CHECK_FALSE(second->trust()->policy.local_dev);
  struct stat status {};
  REQUIRE(::stat((folder / "s/sha256").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
}

}  // namespace vestitel::test
