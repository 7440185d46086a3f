#include "sdk/tools/check/package.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>

#include "core/base/os_error.hpp"
#include "core/plugin/package/package.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/check/checks.hpp"

namespace vestitel::check {
namespace {

namespace fs = std::filesystem;

Result<> unpack(const ZipFile& zip, const ZipEntry& entry, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::ofstream file(to, std::ios::binary);
  auto done = zip.unpack(entry, [&](std::string_view bytes) -> Result<> {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return Done{};
  });
  if (done && !file.flush()) return {Failure::kIo, "unpacking " + entry.name + ": " + os_error()};
  return done;
}

Manifest manifest_of(const OpenedPackage& package, const PackagedPlugin& plugin) {
  Manifest manifest;
  manifest.id = plugin.id;
  manifest.name = plugin.name;
  manifest.version = plugin.version;
  manifest.glibc = package.manifest.glibc;
  manifest.schema_json = plugin.config_schema;
  manifest.capabilities_json = plugin.capabilities;
  for (const auto& [is, kind] : {std::pair{plugin.reader, "reader"}, {plugin.feed, "feed"}, {plugin.sink, "sink"}})
    if (is) manifest.kinds.emplace_back(kind);
  return manifest;
}

// Nothing is unpacked of a package whose files are not those of its manifest.
Result<Subject> unpacked(const Options& options, const OpenedPackage& package, const Scratch& into) {
  if (auto whole = check_files(package); !whole) return whole.error();
  const auto plugins = read_description(package);
  if (!plugins) return plugins.error();
  Options inside = options;
  inside.target = into.path() + "/" + fs::path(package.manifest.library).filename().string();
  for (const ZipEntry& entry : package.zip.entries()) {
    const bool library = entry.name == package.manifest.library;
    if (!library && entry.name.rfind("samples/", 0) != 0) continue;
    if (auto done = unpack(package.zip, entry, library ? inside.target : into.path() + "/" + entry.name); !done)
      return done.error();
    if (library) fs::permissions(inside.target, fs::perms::owner_all);
  }
  auto subject = read_subject(inside);
  if (!subject) return subject;
  for (const PackagedPlugin& plugin : *plugins)
    if (options.plugin_id.empty() || plugin.id == options.plugin_id) {
      subject->manifest = manifest_of(package, plugin);
      break;
    }
  return subject;
}

Result<OwnedFd> open_file(const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {Failure::kNotFound, "reading " + path + ": " + os_error()};
  return fd;
}

bool is_about_trust(Refusal refusal) { return refusal >= Refusal::kUnsigned && refusal <= Refusal::kLevelTooLow; }

}  // namespace

bool is_package(const std::string& path) { return fs::path(path).extension() == ".vplugin"; }

Result<Subject> read_package(const Options& options, const Scratch& into) try {
  const std::string path = fs::absolute(options.target);
  const auto fd = open_file(path);
  if (!fd) return fd.error();
  const auto package = open_package(fd->get());
  auto subject = package ? unpacked(options, *package, into) : Result<Subject>(package.error());
  if (!subject) {
    const std::string why = subject.error().message;
    subject = Subject();
    subject->library = path;
    subject->package_problem = why;
    const auto hash = hash_file(path);
    if (!hash) return hash.error();
    subject->sha256 = *hash;
  }
  subject->package = path;
  return subject;
} catch (const std::exception& e) {  // border: the filesystem library answers by exception
  return {Failure::kIo, "unpacking " + options.target + ": " + e.what()};
}

void check_package(Trial& trial) {
  if (trial.subject.package.empty()) return static_cast<void>(trial.skip("a library is given, no package (.vplugin)"));
  const std::string& problem = trial.subject.package_problem;
  if (!trial.expect(problem.empty(), "exactly the files of the manifest, each as it says", problem)) return;
  const auto fd = open_file(trial.subject.package);
  const auto package = fd ? open_package(fd->get()) : Result<OpenedPackage>(fd.error());
  if (!trial.expect(package.ok(), "a package", package.ok() ? "" : package.error().message)) return;
  const auto fits = check_fit(package->manifest, HostFacts::own());
  trial.expect(fits.ok(), "a package that fits this machine", fits.ok() ? "" : fits.error().message);
}

void check_signature(Trial& trial) {
  if (trial.subject.package.empty()) return static_cast<void>(trial.skip("a library is given, no package (.vplugin)"));
  if (trial.options.store.empty())
    return static_cast<void>(trial.skip("nobody says whose keys are believed: give a store of plugins (--store)"));
  const auto store = PackageStore::open(trial.options.store, {});
  if (!store) return static_cast<void>(trial.skip(store.error().message));
  const auto verified = store->verify(trial.subject.package, SystemClock().now());
  if (verified) return;
  const auto refusal = refusal_of(verified.error());
  if (!refusal || !is_about_trust(*refusal)) return static_cast<void>(trial.skip("the package is not whole (check 9)"));
  trial.fail("a signature that this installation believes", verified.error().message);
}

}  // namespace vestitel::check
