// Packages, keys and a store of a test's own. The publisher is acme, under bg.acme.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/pack.hpp"
#include "core/plugin/package/package.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {

inline std::string reason_of(const Error& error) {
  const auto refusal = refusal_of(error);
  return refusal ? std::string(to_text(*refusal)) : "(none) " + error.message;
}
// "" where it went well.
template <class T>
std::string reason(const Result<T>& result) {
  return result ? "" : reason_of(result.error());
}

inline PackagedPlugin sample_plugin(const std::string& id, const std::string& version) {
  PackagedPlugin plugin;
  plugin.id = id;
  plugin.name = "Sample";
  plugin.version = version;
  plugin.config_schema = "{}";
  plugin.capabilities = "{}";
  plugin.reader = true;
  return plugin;
}

// What a sample package says of itself; tests change one thing of it.
struct Sample {
  Sample() {
    const HostFacts host = HostFacts::own();
    manifest.id = "bg.acme.lab";
    manifest.version = "1.0.0";
    manifest.abi_major = host.abi_major;
    manifest.platform = host.platform;
    manifest.glibc = "2.2";
    manifest.library = "lib/plugin.so";
    manifest.kinds = {"reader"};
    manifest.data_read = {"identity", "health"};
    manifest.data_emitted = {"identity", "health"};
    manifest.publisher = "acme";
    manifest.created = Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}};
    files = {{"lib/plugin.so", std::string(5'000, 'x') + "not a library", true}, {"docs/page.md", "# Page\n", false}};
  }
  Sample& version(const std::string& text) {
    manifest.version = text;
    return *this;
  }
  Sample& id(const std::string& text) {
    manifest.id = text;
    return *this;
  }
  [[nodiscard]] std::string bytes(const SecretKey* key) const {
    std::string out;
    PackagedPlugin plugin = sample_plugin(manifest.id, manifest.version);
    plugin.reader = manifest.kinds.front() == "reader";
    plugin.sink = manifest.kinds.front() == "sink";
    const auto done = write_package(manifest, plugins.empty() ? std::vector{plugin} : plugins, files, key,
                                    [&](std::string_view more) { return out += more, Done{}; });
    if (!done) throw std::runtime_error(done.error().message);
    return out;
  }
  Manifest manifest;
  std::vector<PackFile> files;
  std::vector<PackagedPlugin> plugins;
};

inline PublisherStatement sample_statement(const SecretKey& publisher) {
  PublisherStatement s;
  s.publisher = "acme";
  s.key = public_of(publisher);
  s.prefix = "bg.acme";
  s.kinds = {"reader", "feed", "sink"};
  s.level = Level::kPartner;
  s.not_before = Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  s.not_after = Instant{std::chrono::sys_days{std::chrono::year{2027} / 1 / 1}};
  s.serial = 1;
  return s;
}

struct PackageRig {
  explicit PackageRig(bool development = false) {
    TrustPolicy policy;
    policy.local_dev = development;
    auto made = PackageStore::create(folder / "store", {}, random, policy);
    if (!made) throw std::runtime_error(made.error().message);
    store.emplace(std::move(*made));
    must(store->add_root("fund", public_of(root)));
    state(sample_statement(acme));
  }
  static void must(const Result<>& done) {
    if (!done) throw std::runtime_error(done.error().message);
  }
  void state(const PublisherStatement& statement) {
    const auto added = store->add_signed(sign_text(root, to_json(statement)));
    if (!added) throw std::runtime_error(added.error().message);
  }
  // Writes a package file, signed by acme, and returns its path.
  std::string file(const Sample& sample, const std::string& name = "some.vplugin") {
    write_file(folder / name, sample.bytes(&acme));
    return folder / name;
  }
  std::string file_of(const std::string& bytes, const std::string& name = "some.vplugin") {
    write_file(folder / name, bytes);
    return folder / name;
  }
  [[nodiscard]] Instant now() const { return clock.now(); }
  [[nodiscard]] std::string verify(const std::string& path) const { return reason(store->verify(path, now())); }
  void installed(const Sample& sample) {
    const auto done = store->install(file(sample), now());
    if (!done) throw std::runtime_error(done.error().message);
  }

  TempFolder folder;
  ManualClock clock;
  SeededRandom random{7};
  SecretKey root = SecretKey::random(random), acme = SecretKey::random(random), stranger = SecretKey::random(random);
  std::optional<PackageStore> store;
};

}  // namespace vestitel::test
