#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "core/plugin/package/store_lock.hpp"
#include "core/plugin/package/store_state.hpp"
#include "core/plugin/package/version.hpp"

namespace vestitel {
namespace {

using Words = std::vector<std::string>;

bool among(const Words& list, const std::string& one) { return std::find(list.begin(), list.end(), one) != list.end(); }

std::string joined(const Words& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// What is granted of `asked`: what was granted before stays, and somebody has to say a word about what is new.
Result<Words> settle_grants(const Words& asked, const Words& asked_before, const Words& before, const Grants& said) {
  Words granted, unanswered;
  for (const auto& ask : asked) {
    if (among(before, ask)) granted.push_back(ask);
    if (!among(asked_before, ask) && !among(before, ask)) unanswered.push_back(ask);
  }
  if (!said) {
    if (unanswered.empty()) return granted;
    return refused(Refusal::kNotGranted, "it asks for " + joined(unanswered));
  }
  if (among(*said, "all")) return asked;
  for (const auto& word : *said) {
    if (word == "none") continue;
    if (!among(asked, word))
      return {Failure::kInvalid, "it does not ask for " + word + "; it asks for " + joined(asked)};
    if (!among(granted, word)) granted.push_back(word);
  }
  return granted;
}

const InstalledPackage* highest_of(const std::vector<InstalledPackage>& all, const std::string& id,
                                   std::string_view version) {
  const InstalledPackage* found = nullptr;
  for (const auto& one : all) {
    if (one.manifest.id != id || (!version.empty() && one.manifest.version != version)) continue;
    if (found == nullptr || parse_version(found->manifest.version) < parse_version(one.manifest.version)) found = &one;
  }
  return found;
}

Error without(const std::string& id, std::string_view version) {
  return refused(Refusal::kNotInstalled,
                 "plugin " + id + (version.empty() ? "" : " " + std::string(version)) + " is not installed");
}

}  // namespace

Result<> PackageStore::write_state(const PluginState& state) {
  VESTITEL_FAULT_POINT("install.before_state");
  const auto done = replace_file(folder("plugins"), state.id + ".json", to_json(state), 0444);
  VESTITEL_FAULT_POINT("install.after_state");
  return done;
}

Result<PluginState> PackageStore::activate(const InstalledPackage& package, PluginState state, const Grants& grants) {
  const auto own = parse_version(package.manifest.version), highest = parse_version(state.highest);
  const bool other = package.digest != state.active;
  if (other && own && highest && *own < *highest)
    return refused(Refusal::kDowngrade, "version " + package.manifest.version + " is older than " + state.highest +
                                            ", which has been active");
  // Words about the package that is active already take the place of what was said of it before.
  const Words before = other || !grants ? state.granted : Words{};
  Words asked_before;
  if (!state.active.empty()) {
    const auto active = this->package(state.active);
    if (active) asked_before = active->manifest.capabilities.asks();
  }
  auto granted = settle_grants(package.manifest.capabilities.asks(), asked_before, before, grants);
  if (!granted) return granted.error();
  if (other) {
    state.previous = state.active;
    state.previous_granted = std::move(state.granted);
    state.active = package.digest;
    state.rolled_back = false;
  }
  state.granted = std::move(*granted);
  if (own && (!highest || *highest < *own)) state.highest = package.manifest.version;
  return state;
}

Result<PluginState> PackageStore::enable(std::string_view name, std::string_view version, const Grants& grants) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto id = id_of(name);
  if (!id) return id.error();
  const std::string action = "enabling plugin " + *id;
  auto known = state(*id);
  if (!known) return known.error().during(action);
  std::string digest = version.empty() ? known->active : "";
  if (digest.empty()) {
    const auto all = installed();
    if (!all) return all.error();
    const auto* found = highest_of(*all, *id, version);
    if (found == nullptr) return without(*id, version).during(action);
    digest = found->digest;
  }
  const auto loaded = package(digest);
  if (!loaded) return loaded.error().during(action);
  auto next = activate(*loaded, *known, grants);
  if (!next) return next.error().during(action);
  next->enabled = true;
  if (auto done = write_state(*next); !done) return done.error();
  return next;
}

Result<PluginState> PackageStore::disable(std::string_view name) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto id = id_of(name);
  if (!id) return id.error();
  auto known = state(*id);
  if (!known) return known.error();
  if (!known->enabled) return refused(Refusal::kNotEnabled, "disabling plugin " + *id + ": it is not enabled");
  known->enabled = false;
  if (auto done = write_state(*known); !done) return done.error();
  return known;
}

Result<PluginState> PackageStore::upgrade(const std::string& path, const Grants& grants, Instant now) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const std::string action = "upgrading to " + path;
  // What it asks for is settled before anything is installed.
  const auto verified = verify(path, now);
  if (!verified) return verified.error();
  const Manifest& manifest = verified->package.manifest;
  const auto known = state(manifest.id);
  if (!known) return known.error().during(action);
  if (known->active.empty())
    return refused(Refusal::kNotEnabled, action + ": no version of " + manifest.id + " was ever enabled");
  InstalledPackage candidate;
  candidate.digest = verified->package.digest;
  candidate.manifest = manifest;
  if (const auto possible = activate(candidate, *known, grants); !possible) return possible.error().during(action);
  const auto loaded = install_locked(path, now);
  if (!loaded) return loaded.error();
  if (loaded->digest != candidate.digest) return {Failure::kConflict, action + ": the file changed meanwhile"};
  auto next = activate(*loaded, *known, grants);
  if (!next) return next.error().during(action);
  if (auto done = write_state(*next); !done) return done.error();
  return next;
}

Result<PluginState> PackageStore::rollback(std::string_view name) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto id = id_of(name);
  if (!id) return id.error();
  const std::string action = "rolling back plugin " + *id;
  auto known = state(*id);
  if (!known) return known.error();
  if (known->previous.empty()) return refused(Refusal::kNoPrevious, action + ": no version is kept to go back to");
  const auto loaded = package(known->previous);
  if (!loaded) return loaded.error().during(action);
  known->active = std::move(known->previous);
  known->granted = std::move(known->previous_granted);
  known->previous.clear();
  known->previous_granted.clear();
  known->rolled_back = true;
  if (auto done = write_state(*known); !done) return done.error();
  return known;
}

Result<std::size_t> PackageStore::remove(std::string_view name, std::string_view version) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto id = id_of(name);
  if (!id) return id.error();
  const std::string action = "removing plugin " + *id;
  auto known = state(*id);
  if (!known) return known.error();
  const auto all = installed();
  if (!all) return all.error();
  std::vector<std::string> going;
  for (const auto& one : *all)
    if (one.manifest.id == *id && (version.empty() || one.manifest.version == version)) going.push_back(one.digest);
  if (going.empty()) return without(*id, version).during(action);
  if (known->enabled && among(going, known->active))
    return refused(Refusal::kStillEnabled, action + ": its active version is enabled");
  const PluginState before = *known;
  if (among(going, known->active)) known->active.clear(), known->granted.clear();
  if (among(going, known->previous)) known->previous.clear(), known->previous_granted.clear();
  // Its highest version is remembered: removing is no way around a downgrade.
  if (before.active != known->active || before.previous != known->previous)
    if (auto done = write_state(*known); !done) return done.error();
  for (const auto& digest : going)
    if (auto gone = discard(digest); !gone) return gone.error().during(action);
  return going.size();
}

}  // namespace vestitel
