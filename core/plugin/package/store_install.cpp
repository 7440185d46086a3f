#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "core/base/fault_point.hpp"
#include "core/base/lasting_folder.hpp"
#include "core/base/os_error.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "core/plugin/package/store_lock.hpp"
#include "core/plugin/package/store_state.hpp"
#include "core/plugin/package/version.hpp"

namespace vestitel {

namespace fs = std::filesystem;

namespace {

Error failed(const std::string& action, const std::string& path) {
  return {errno == EACCES ? Failure::kDenied : Failure::kIo, action + " " + path + ": " + os_error()};
}

// Copies at most the largest package, so that a file that grows meanwhile ends.
Result<> copy_file(int from, const std::string& to) {
  const OwnedFd file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed("writing", to);
  std::string piece(256UL * 1024, '\0');
  const std::uint64_t max = ZipLimits{}.file;
  for (std::uint64_t at = 0;;) {
    const ssize_t n = ::pread(from, piece.data(), piece.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("reading", "the package");
    if (n == 0) break;
    at += static_cast<std::uint64_t>(n);
    if (at > max) return refused(Refusal::kTooLarge, "the file has more than " + std::to_string(max) + " bytes");
    if (auto done = write_fully(file.get(), {piece.data(), static_cast<std::size_t>(n)}, to); !done) return done;
  }
  if (::fchmod(file.get(), 0444) != 0 || ::fsync(file.get()) != 0) return failed("writing", to);
  return Done{};
}

// One file of the package, with its hash taken while it is written.
Result<> unpack_file(const ZipFile& zip, const FileRecord& record, const std::string& path) {
  const ZipEntry* entry = zip.find(record.path);
  if (entry == nullptr) return refused(Refusal::kMissingFile, record.path + " is gone from the package");
  const OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed("writing", path);
  Sha256 hash;
  const auto written = zip.unpack(*entry, [&](std::string_view bytes) {
    hash.add(bytes);
    return write_fully(file.get(), bytes, path);
  });
  if (!written) return written;
  if (to_hex(hash.finish()) != record.sha256)
    return refused(Refusal::kChangedFile, record.path + " changed while it was unpacked");
  const mode_t mode = (record.mode & 0111) != 0 ? 0555 : 0444;
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) return failed("writing", path);
  return Done{};
}

// A folder that need not last by itself: what is in it is synced before it takes its place, or is thrown away.
Result<> make_desk(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) != 0 || ::chmod(path.c_str(), mode) != 0) return failed("making folder", path);
  return Done{};
}

// The folders of `path` below `root`, made where they are missing.
Result<> make_folders(const std::string& root, std::string_view path, std::set<std::string>& made) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const std::string one = root + '/' + std::string(path.substr(0, slash));
    if (!made.insert(one).second) continue;
    if (auto done = make_desk(one, 0755); !done) return done;
  }
  return Done{};
}

}  // namespace

Result<> make_folder(const std::string& path, mode_t mode) {
  if (auto made = make_lasting_folder(path, mode); !made) return made;
  if (::chmod(path.c_str(), mode) != 0) return failed("making folder", path);
  return Done{};
}

Result<StoreChange> StoreChange::begin(const std::string& root) {
  const std::string path = root + "/lock";
  OwnedFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return failed("locking plugin store", root);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) return failed("locking plugin store", root);
  std::error_code error;
  fs::remove_all(root + "/tmp", error);
  if (error) return {Failure::kIo, "sweeping " + root + "/tmp: " + error.message()};
  if (auto made = make_desk(root + "/tmp", 0700); !made) return made.error();
  return StoreChange(std::move(lock), root);
}

// What cannot be swept now is swept by the next change.
StoreChange::~StoreChange() {
  std::error_code ignored;
  if (!root_.empty()) fs::remove_all(root_ + "/tmp/install", ignored);
}

Result<InstalledPackage> PackageStore::install(const std::string& path, Instant now) {
  // What is refused as it lies there costs the store nothing. Believed is only the copy.
  if (const auto sound = verify(path, now); !sound) return sound.error().during("installing");
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  return install_locked(path, now);
}

// The copy is what is checked, and what is kept: whoever may write the file that was given cannot reach it.
Result<InstalledPackage> PackageStore::install_locked(const std::string& path, Instant now) {
  const std::string action = "installing " + path, desk = folder("tmp/install");
  const auto source = open_plain_file(path);
  if (!source) return source.error().during(action);
  if (auto made = make_desk(desk, 0755); !made) return made.error();
  const std::string copy = desk + "/package.vplugin";
  if (auto copied = copy_file(source->get(), copy); !copied) return copied.error().during(action);
  VESTITEL_FAULT_POINT("install.copied");
  const OwnedFd own(::open(copy.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!own) return failed("reading", copy);
  const auto believed = trust();
  if (!believed) return believed.error();
  const auto verified = verify_package(own.get(), *believed, options_.host, now);
  if (!verified) return verified.error().during(action);
  if (auto fine = check_version(verified->package.manifest, verified->package.digest); !fine)
    return fine.error().during(action);
  const auto digest = unpack(own.get(), *verified, now);
  if (!digest) return digest.error().during(action);
  auto loaded = load(*digest, *believed);
  return loaded ? std::move(loaded) : loaded.error().during(action);
}

// No version below the highest that was ever active, and no second package of one version.
Result<> PackageStore::check_version(const Manifest& manifest, const std::string& digest) const {
  const auto known = state(manifest.id);
  if (!known) return known.error();
  const auto highest = parse_version(known->highest), own = parse_version(manifest.version);
  if (highest && own && *own < *highest)
    return refused(Refusal::kDowngrade,
                   "version " + manifest.version + " is older than " + known->highest + ", which has been active");
  const auto all = installed();
  if (!all) return all.error();
  for (const auto& one : *all)
    if (one.manifest.id == manifest.id && one.manifest.version == manifest.version && one.digest != digest)
      return refused(Refusal::kVersionReused, "another package with version " + manifest.version + " is installed");
  return Done{};
}

// Puts what lies on the desk into the store, whole, by one rename. Returns its digest.
Result<std::string> PackageStore::unpack(int fd, const VerifiedPackage& verified, Instant now) {
  const std::string desk = folder("tmp/install"), files = desk + "/files";
  const std::string& digest = verified.package.digest;
  const auto zip = ZipFile::read(fd);
  if (!zip) return zip.error();
  if (auto made = make_desk(files, 0755); !made) return made.error();
  std::set<std::string> folders{files};
  for (const auto& record : verified.package.manifest.files) {
    if (auto made = make_folders(files, record.path, folders); !made) return made.error();
    if (auto done = unpack_file(*zip, record, files + '/' + record.path); !done) return done.error();
  }
  for (const auto& one : folders)
    if (auto done = sync_folder(one); !done) return done.error();
  if (auto done = write_new_file(desk + "/installed.json", installed_json(now), 0444); !done) return done.error();
  VESTITEL_FAULT_POINT("install.unpacked");
  const std::string target = package_folder(digest);
  std::error_code error;
  if (fs::exists(target, error)) {
    const auto believed = trust();
    if (believed && load(digest, *believed)) return digest;
    if (auto gone = discard(digest); !gone) return gone.error();
  }
  if (std::rename(desk.c_str(), target.c_str()) != 0) return failed("installing into", target);
  VESTITEL_FAULT_POINT("install.renamed");
  if (auto done = sync_folder(folder("sha256")); !done) return done.error();
  return digest;
}

// Out of sight by one rename, then away.
Result<> PackageStore::discard(const std::string& digest) {
  const std::string away = folder("tmp/" + digest);
  if (std::rename(package_folder(digest).c_str(), away.c_str()) != 0) return failed("removing", package_folder(digest));
  if (auto done = sync_folder(folder("sha256")); !done) return done;
  VESTITEL_FAULT_POINT("remove.renamed");
  std::error_code error;
  fs::remove_all(away, error);
  if (error) return {Failure::kIo, "removing " + away + ": " + error.message()};
  return Done{};
}

}  // namespace vestitel
