// How the hub finds a plugin: its own folder first, then the enabled packages, and on what terms.
#include "core/plugin/catalogue.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "sdk/tools/describe_library.hpp"
#include "tests/package/package_rig.hpp"
#include "tests/plugin/receivers.hpp"

namespace vestitel::test {
namespace {

Sample shadowed(const std::string& library, const std::string& version) {
  Sample sample;
  sample.id("bg.acme.shadowed").version(version);
  const std::string path = std::string(TEST_LIBRARIES) + "/" + library;
  sample.plugins = describe_library(path)->plugins;
  sample.files.front().content = read_file(path);
  return sample;
}

// The same of a program, with its own name.
Sample program() {
  Sample sample;
  sample.id("bg.acme.program");
  sample.plugins = describe_library(TEST_PROGRAM)->plugins;
  sample.manifest.library = "lib/linux-any/program.pyz";
  sample.manifest.platform = kAnyPlatform;
  sample.files.front() = {sample.manifest.library, read_file(TEST_PROGRAM), true};
  return sample;
}

struct CatalogueRig : PackageRig {
  explicit CatalogueRig(Level level = Level::kCore) {
    std::filesystem::create_directory(folder / "own");
    PublisherStatement statement = sample_statement(acme);
    statement.serial = 2;
    statement.level = level;
    state(statement);
  }
  void put_in_folder(const std::string& library, const std::string& as) {
    const std::string path = folder / ("own/" + as + ".so");
    std::filesystem::copy_file(std::string(TEST_LIBRARIES) + "/" + library, path);
    ::chmod(path.c_str(), 0555);
  }
  void enabled(const Sample& sample, const Grants& grants = Grants()) {
    installed(sample);
    const auto done = store->enable(sample.manifest.id, "", grants);
    if (!done) throw std::runtime_error(done.error().message);
  }
  // With it the catalogue has somebody who keeps runners.
  void keep_runners() {
    auto started = Launcher::start(TEST_RUNNERS);
    if (!started) throw std::runtime_error(started.error().message);
    launcher = std::move(*started);
    children.launcher = launcher.get();
  }
  [[nodiscard]] Catalogue catalogue(const TrustPolicy& policy = {}) const {
    CatalogueOptions options;
    if (launcher != nullptr) options.children = [this]() -> Result<const ChildHome*> { return &children; };
    options.folder = folder / "own";
    options.packages = {folder / "store", policy};
    return Catalogue(std::move(options));
  }
  [[nodiscard]] HostContext context() const {
    HostContext out;
    out.instance = "i";
    out.clock = &clock;
    return out;
  }
  std::unique_ptr<Launcher> launcher;
  ChildHome children;
};

}  // namespace

TEST_CASE("a package is found by its id and its short name once it is enabled", "[package]") {
  CatalogueRig rig;
  CHECK(rig.catalogue().package("shadowed").error().failure == Failure::kNotFound);
  rig.installed(shadowed("shadowed-1.so", "1.0.0"));
  CHECK(reason(rig.catalogue().package("shadowed")) == "not-enabled");
  REQUIRE(rig.store->enable("shadowed", "", Grants()).ok());
  for (const char* name : {"shadowed", "bg.acme.shadowed", "shadowed:bg.acme.shadowed"}) {
    CAPTURE(name);
    const auto found = rig.catalogue().package(name);
    REQUIRE(found.ok());
    CHECK(found->plugin.id == "bg.acme.shadowed");
    CHECK(found->level == Level::kCore);
    CHECK(found->digest.size() == 64);
    CHECK(found->sha256.size() == 64);
    CHECK(read_file(found->library) == read_file(std::string(TEST_LIBRARIES) + "/shadowed-1.so"));
  }
  CHECK(rig.catalogue().package("shadowed:bg.acme.other").error().failure == Failure::kNotFound);
  for (const char* odd : {"", ".", "..", "../x", "/etc/passwd", "a/b", "Shadowed"}) {
    CAPTURE(odd);
    CHECK_FALSE(rig.catalogue().package(odd).ok());
  }
}

TEST_CASE("the terms on which a package was enabled come with it", "[package]") {
  CatalogueRig rig(Level::kPartner);
  Sample sample = shadowed("shadowed-1.so", "1.0.0");
  sample.manifest.capabilities.network = {"a:1", "b:2"};
  rig.enabled(sample, Grants({"network:a:1"}));
  const auto found = rig.catalogue().package("shadowed");
  REQUIRE(found.ok());
  CHECK(found->level == Level::kPartner);
  CHECK(found->granted.asks() == std::vector<std::string>{"network:a:1"});
}

TEST_CASE("a plugin reads the secrets that it was granted, and no others", "[package]") {
  HostContext context;
  context.secret = [](std::string_view name) { return std::optional(std::string(name) + "!"); };
  Capabilities granted;
  CHECK_FALSE(lent(context, granted).secret);
  granted.secrets = {"password"};
  const HostContext some = lent(context, granted);
  CHECK(some.secret("password") == "password!");
  CHECK(some.secret("token") == std::nullopt);
  CHECK_FALSE(lent(HostContext{}, granted).secret);
}

TEST_CASE("a service is lent to whom it was granted, with the settings in its hosts", "[package]") {
  HostContext context;
  context.settings = R"({"folder":"/srv/out"})";
  context.lent.kv = reinterpret_cast<KvStore*>(&context);              // never called
  context.lent.subjects = reinterpret_cast<SubjectSource*>(&context);  // never called
  const Lent none = lent(context, {}).lent;
  CHECK_FALSE(none.http);
  CHECK_FALSE(none.connector);
  CHECK(none.kv == nullptr);
  CHECK(none.subjects == nullptr);
  CHECK(none.folders.empty());
  Capabilities granted;
  granted.services = {"vestitel.http/1", "vestitel.connect/1", "vestitel.subjects/1"};
  granted.kv_bytes = 10;
  granted.write = {"{folder}"};
  granted.files = {"{folder}/ca.pem", "{missing}"};
  const Lent all = lent(context, granted).lent;
  CHECK(all.http);
  CHECK(all.connector);
  CHECK(all.kv != nullptr);
  CHECK(all.kv_bytes == 10);
  CHECK(all.subjects != nullptr);
  CHECK(all.folders == std::vector<std::string>{"/srv/out"});
  CHECK(all.files == std::vector<std::string>{"/srv/out/ca.pem"});
}

TEST_CASE("a package of level core runs inside the hub, any other does not", "[package]") {
  CatalogueRig core;
  core.enabled(shadowed("shadowed-1.so", "1.0.0"));
  const auto created = core.catalogue().create("shadowed", core.context());
  CAPTURE((created ? "" : created.error().message));
  CHECK(created.ok());
  CatalogueRig partner(Level::kPartner);
  partner.enabled(shadowed("shadowed-1.so", "1.0.0"));
  CHECK(partner.catalogue().create("shadowed", partner.context(), Home::kInProcess).error().failure ==
        Failure::kDenied);
  // Nothing here keeps runners, so there is no other home for it.
  CHECK(partner.catalogue().create("shadowed", partner.context()).error().failure == Failure::kConfig);
}

TEST_CASE("a packaged program lives in a process of its own, whatever its level", "[package]") {
  CatalogueRig rig;  // of level core
  rig.enabled(program());
  const auto here = rig.catalogue().create("program", rig.context(), Home::kInProcess);
  REQUIRE_FALSE(here.ok());
  CHECK(here.error().failure == Failure::kDenied);
  CHECK(here.error().message.find("it is a program") != std::string::npos);
  CHECK(rig.catalogue().create("program", rig.context()).error().failure == Failure::kConfig);  // nobody keeps runners
  rig.keep_runners();
  const auto created = rig.catalogue().create("program", rig.context());
  CAPTURE((created ? "" : created.error().message));
  REQUIRE(created.ok());
  REQUIRE((*created)->configure("{}").ok());
  REQUIRE((*created)->start().ok());
  TextStream bytes("one\ntwo\n");
  Notes notes;
  DocumentArrival document = arrival();
  document.partner = "acme";
  CHECK_FALSE((*created)->reader()->parse(document, bytes, notes));
  CHECK(notes.lines == std::vector<std::string>{"event 1:1 one", "event 2:1 two"});
}

TEST_CASE("a program of the hub's own folder is found by its name, and lives in a process too", "[package]") {
  CatalogueRig rig;
  for (const std::string& at : {std::string(rig.folder.path()), rig.folder / "own"}) ::chmod(at.c_str(), 0755);
  const std::string path = rig.folder / "own/lab.pyz";
  std::filesystem::copy_file(TEST_PROGRAM, path);
  ::chmod(path.c_str(), 0555);
  rig.keep_runners();
  const Catalogue catalogue = rig.catalogue();
  const auto list = catalogue.list();
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CAPTURE(list->front().problem);
  CHECK(list->front().name == "lab");
  CHECK(catalogue.describe("lab", Home::kInProcess)->id == "bg.acme.program");
  CHECK(catalogue.create("lab", rig.context(), Home::kInProcess).ok());  // a wish that a program cannot be granted
}

TEST_CASE("a program that was changed in the store is not started", "[package]") {
  CatalogueRig rig;
  rig.enabled(program());
  rig.keep_runners();
  const Catalogue catalogue = rig.catalogue();
  const auto found = catalogue.package("program");
  REQUIRE(found.ok());
  const ChildHome& home = rig.children;
  const auto described = describe_in_child(home, found->library, found->sha256);
  REQUIRE(described.ok());
  const std::string other = read_file(found->library) + "more";
  ::chmod(found->library.c_str(), 0755);
  write_file(found->library, other);
  CHECK(reason(describe_in_child(home, found->library, found->sha256)) == "damaged-store");
  CHECK(reason(create_in_child(home, found->library, found->plugin, rig.context(), found->sha256)) == "damaged-store");
  CHECK(reason(catalogue.create("program", rig.context())) == "damaged-store");
}

TEST_CASE("a library that says something else of itself than its package does not run", "[package]") {
  CatalogueRig rig;
  Sample sample = shadowed("shadowed-2.so", "2.0.0");
  sample.plugins.front().config_schema = R"({"type":"object"})";
  rig.enabled(sample);
  const auto created = rig.catalogue().create("shadowed", rig.context());
  REQUIRE_FALSE(created.ok());
  CHECK(created.error().message.find("describes itself in another way") != std::string::npos);
}

TEST_CASE("the hub's own folder comes first, and works without a store", "[package]") {
  CatalogueRig rig;
  rig.put_in_folder("marker.so", "shadowed");
  rig.enabled(shadowed("shadowed-1.so", "1.0.0"));
  CHECK(rig.catalogue().describe("shadowed")->id == "bg.acme.marker");
  CHECK(rig.catalogue().describe("bg.acme.shadowed")->id == "bg.acme.shadowed");
  CatalogueOptions without;
  without.folder = rig.folder / "own";
  const Catalogue alone(without);
  CHECK(alone.describe("shadowed")->id == "bg.acme.marker");
  CHECK(alone.describe("bg.acme.shadowed").error().failure == Failure::kInvalid);
  without.packages.store = rig.folder / "nowhere";
  const Catalogue no_store(without);
  CHECK(no_store.describe("other").error().failure == Failure::kNotFound);
  CHECK(no_store.list()->size() == 1);
}

TEST_CASE("what the hub's configuration leaves out is not found, and said to be so", "[package]") {
  CatalogueRig rig(Level::kPartner);
  rig.enabled(shadowed("shadowed-1.so", "1.0.0"));
  TrustPolicy strict;
  strict.least = Level::kCore;
  CHECK(reason(rig.catalogue(strict).package("shadowed")) == "level-too-low");
  const auto list = rig.catalogue(strict).list();
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK(list->front().name == "bg.acme.shadowed");
  CHECK(list->front().problem.find("level-too-low") != std::string::npos);
  CHECK(rig.catalogue().list()->front().problem == "");
}

TEST_CASE("a disabled or revoked plugin is gone from the next look-up on", "[package]") {
  CatalogueRig rig;
  const Catalogue catalogue = rig.catalogue();
  rig.enabled(shadowed("shadowed-1.so", "1.0.0"));
  REQUIRE(catalogue.package("shadowed").ok());
  Revocations list;
  list.keys = {public_of(rig.acme).fingerprint()};
  REQUIRE(rig.store->revoke(list).ok());
  CHECK(reason(catalogue.package("shadowed")) == "publisher-revoked");
  REQUIRE(rig.store->disable("shadowed").ok());
  CHECK(reason(catalogue.package("shadowed")) == "not-enabled");
}

}  // namespace vestitel::test
