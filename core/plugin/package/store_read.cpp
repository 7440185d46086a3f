#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "core/plugin/package/store_state.hpp"
#include "core/plugin/package/version.hpp"

namespace vestitel {

namespace fs = std::filesystem;

namespace {

bool is_digest(std::string_view text) {
  const auto bytes = from_hex(text);
  return bytes && bytes->size() == std::tuple_size_v<Digest>;
}

Error damaged(const std::string& why) { return refused(Refusal::kDamagedStore, why); }

// Which of these ids a name means: an id itself, or the last part of only one.
Result<std::string> the_one(const std::vector<std::string>& ids, std::string_view name) {
  const std::string action = "finding plugin " + safe_text(name, 130);
  std::set<std::string> found;
  for (const auto& id : ids) {
    if (!id.empty() && id == name) return id;
    if (!id.empty() && short_name(id) == name) found.insert(id);
  }
  if (found.size() == 1) return *found.begin();
  if (found.empty())
    return {Failure::kNotFound, refused(Refusal::kNotInstalled, action + ": no package of it is installed").message};
  std::string list;
  for (const auto& id : found) list += (list.empty() ? "" : ", ") + id;
  return {Failure::kInvalid, action + ": several have this name, say one in full: " + list};
}

}  // namespace

Result<PackageStore> PackageStore::open(std::string root, Options options) {
  PackageStore store(std::move(root), std::move(options));
  if (auto read = store.read_store(); !read) return read.error().during("opening plugin store " + store.root_);
  return store;
}

Result<> PackageStore::read_store() {
  const auto text = read_trusted_file(folder("store.json"), kMaxStateFile, options_.owners);
  if (!text) return text.error();
  return parse_store(*text, installation_, policy_);
}

Result<std::vector<std::string>> PackageStore::names(const std::string& folder, std::string_view suffix) const {
  std::vector<std::string> out;
  std::error_code failed;
  for (auto it = fs::directory_iterator(folder, failed); !failed && it != fs::end(it); it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with('.') && name.ends_with(suffix)) out.push_back(name.substr(0, name.size() - suffix.size()));
  }
  if (failed) return {Failure::kIo, "reading " + folder + ": " + failed.message()};
  std::sort(out.begin(), out.end());
  return out;
}

// The unpacked files are those of the manifest, byte for byte, and no others.
Result<> PackageStore::check_unpacked(const InstalledPackage& package) const {
  std::size_t found = 0;
  std::error_code failed;
  for (auto it = fs::recursive_directory_iterator(package.folder, failed); !failed && it != fs::end(it);
       it.increment(failed))
    if (!it->is_directory() || it->is_symlink()) ++found;
  if (failed) return damaged("reading " + package.folder + ": " + failed.message());
  if (found != package.manifest.files.size()) return damaged("a file was added to or taken from its unpacked files");
  for (const auto& file : package.manifest.files) {
    const auto opened = open_trusted(package.folder + '/' + file.path, options_.owners);
    if (!opened) return damaged(opened.error().message);
    const auto digest = file_digest(opened->get());
    if (!digest) return digest.error();
    if (*digest != file.sha256) return damaged(file.path + " was changed in the store");
  }
  return Done{};
}

// Checked with the clock of the day on which it was installed: a statement that has ended since then ends nothing, one
// that was revoked does.
Result<InstalledPackage> PackageStore::load(const std::string& digest, const Trust& trust) const {
  InstalledPackage out;
  out.digest = digest;
  const std::string at = package_folder(digest);
  out.folder = at + "/files";
  const auto file = open_trusted(at + "/package.vplugin", options_.owners);
  if (!file && file.error().failure == Failure::kDenied) return refused(Refusal::kUnsafeStore, file.error().message);
  if (!file) return file.error();
  const auto text = read_trusted_file(at + "/installed.json", kMaxStateFile, options_.owners);
  if (!text) return text.error();
  const auto when = parse_installed(*text);
  if (!when) return when.error();
  auto verified = verify_package(file->get(), trust, options_.host, *when);
  if (!verified) return verified.error();
  if (verified->package.digest != digest) return damaged("the package is another than its name says");
  out.manifest = std::move(verified->package.manifest);
  out.plugins = std::move(verified->plugins);
  out.judgement = std::move(verified->judgement);
  out.installed = *when;
  if (auto same = check_unpacked(out); !same) return same.error();
  return out;
}

Result<InstalledPackage> PackageStore::package(const std::string& digest) const {
  const auto believed = trust();
  if (!believed) return believed.error();
  return load(digest, *believed);
}

Result<std::vector<InstalledPackage>> PackageStore::installed() const {
  const auto believed = trust();
  if (!believed) return believed.error();
  const auto digests = names(folder("sha256"), "");
  if (!digests) return digests.error();
  std::vector<InstalledPackage> out;
  for (const auto& digest : *digests) {
    auto one = is_digest(digest) ? load(digest, *believed) : damaged("its name is no digest");
    if (one) {
      out.push_back(std::move(*one));
      continue;
    }
    InstalledPackage broken;
    broken.digest = digest;
    broken.problem = one.error().message;
    // What it calls itself, for the list alone.
    if (const auto file = open_trusted(package_folder(digest) + "/package.vplugin", options_.owners))
      if (auto opened = open_package(file->get())) broken.manifest = std::move(opened->manifest);
    out.push_back(std::move(broken));
  }
  return out;
}

Result<PluginState> PackageStore::state(std::string_view id) const {
  PluginState empty;
  empty.id = id;
  if (!is_plugin_id(id)) return {Failure::kInvalid, "a plugin's id is like bg.acme.lab"};
  const auto text = read_trusted_file(folder("plugins/") + std::string(id) + ".json", kMaxStateFile, options_.owners);
  if (!text && text.error().failure == Failure::kNotFound) return empty;
  if (!text) return text.error();
  auto read = parse_state(*text);
  if (read && read->id != id) return damaged("the state of " + std::string(id) + " is that of another plugin");
  return read;
}

Result<std::vector<PluginState>> PackageStore::states() const {
  const auto ids = names(folder("plugins"), ".json");
  if (!ids) return ids.error();
  std::vector<PluginState> out;
  for (const auto& id : *ids) {
    auto one = state(id);
    if (!one) return one.error();
    out.push_back(std::move(*one));
  }
  return out;
}

Result<std::string> PackageStore::id_of(std::string_view name) const {
  const auto all = installed();
  if (!all) return all.error();
  std::vector<std::string> ids;
  for (const auto& one : *all) ids.push_back(one.manifest.id);
  return the_one(ids, name);
}

// Only what is enabled counts here: a package that was merely installed cannot take a name away from one in use. No
// other plugin's state is read, so that a damaged one hurts itself alone.
Result<std::string> PackageStore::enabled_id(std::string_view name) const {
  const auto known = names(folder("plugins"), ".json");
  if (!known) return known.error();
  std::vector<std::string> ids;
  for (const auto& id : *known) {
    if (id == name) return id;
    if (!is_plugin_id(id) || short_name(id) != name) continue;
    const auto one = state(id);
    if (!one) return one.error();
    if (one->enabled) ids.push_back(id);
  }
  return ids.empty() ? id_of(name) : the_one(ids, name);
}

Result<EnabledPackage> PackageStore::enabled(std::string_view name) const {
  const auto id = enabled_id(name);
  if (!id) return id.error();
  const std::string action = "using plugin " + *id;
  const auto known = state(*id);
  if (!known) return known.error().during(action);
  if (!known->enabled || known->active.empty()) return refused(Refusal::kNotEnabled, action + ": it is not enabled");
  auto loaded = package(known->active);
  if (!loaded) return loaded.error().during(action);
  if (loaded->manifest.id != *id) return damaged(action + ": its active package is that of another plugin");
  const auto highest = parse_version(known->highest), own = parse_version(loaded->manifest.version);
  if (!highest || !own || (*own < *highest && !known->rolled_back))
    return refused(Refusal::kDowngrade, action + ": version " + loaded->manifest.version + " is active, although " +
                                            known->highest + " was before");
  Capabilities granted = granted_of(loaded->manifest.capabilities, known->granted);
  return EnabledPackage{std::move(*loaded), std::move(granted)};
}

Result<VerifiedPackage> PackageStore::verify(const std::string& path, Instant now) const {
  const auto believed = trust();
  if (!believed) return believed.error();
  const auto file = open_plain_file(path);
  if (!file) return file.error();
  auto verified = verify_package(file->get(), *believed, options_.host, now);
  return verified ? std::move(verified) : verified.error().during("verifying " + path);
}

}  // namespace vestitel
