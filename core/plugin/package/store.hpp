// The store of installed packages: owned by root (or the hub's user), closed to others, addressed by content.
//
//   STORE/store.json               the installation's id and policy
//   STORE/trust/                   root keys, publishers' statements, what is revoked
//   STORE/sha256/DIGEST/           one installed package: its file, its unpacked files, when it was installed
//   STORE/plugins/ID.json          which version of a plugin is active, which one was before, what was granted
//   STORE/tmp/                     work that is not done; swept by the next change
//
// Every change holds the lock, and is made by one rename of something that is durable already: whoever is killed leaves
// the old state or the new one. What is read is verified again, whole, from the descriptor that is read.
// Installing is not enabling. Thread: any, but one change at a time (others wait for the lock).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/plugin/package/package.hpp"
#include "core/plugin/trusted_file.hpp"

namespace vestitel {

// A package in the store.
struct InstalledPackage {
  std::string digest;  // of its file: its name in the store
  Manifest manifest;
  std::vector<PackagedPlugin> plugins;
  Judgement judgement;
  Instant installed;
  std::string folder;   // absolute, of its unpacked files
  std::string problem;  // "": sound. Else manifest and the rest may be empty
  [[nodiscard]] std::string library() const { return folder + '/' + manifest.library; }
};

// What the store knows of a plugin beyond its packages.
struct PluginState {
  std::string id;
  bool enabled = false;
  bool rolled_back = false;                            // the active version is older than `highest` on purpose
  std::string active, previous;                        // digests; "": none
  std::string highest;                                 // the highest version that was ever active
  std::vector<std::string> granted, previous_granted;  // as Capabilities::asks() says them
};

// A plugin that may run: verified a moment ago.
struct EnabledPackage {
  InstalledPackage package;
  Capabilities granted;
  [[nodiscard]] Level level() const { return package.judgement.level; }
};

// What was granted: nothing said; or these words, "all" standing for everything that is asked for.
using Grants = std::optional<std::vector<std::string>>;

class PackageStore {
 public:
  struct Options {
    TrustedOwners owners = TrustedOwners::own();
    HostFacts host = HostFacts::own();
    TrustPolicy restrict {Level::kPrivate, true, std::nullopt};  // tightens the store's own policy; this: not at all
  };

  // kNotFound: there is none.
  static Result<PackageStore> open(std::string root, Options options);
  // Opens it, or makes an empty one.
  static Result<PackageStore> create(std::string root, Options options, Random& random, const TrustPolicy& policy = {});

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] const std::string& installation() const { return installation_; }

  // ---- reading
  [[nodiscard]] Result<Trust> trust() const;
  [[nodiscard]] Result<std::vector<InstalledPackage>> installed() const;
  [[nodiscard]] Result<std::vector<PluginState>> states() const;
  [[nodiscard]] Result<PluginState> state(std::string_view id) const;  // an empty one where there is none
  // The installed package of this digest, verified now.
  [[nodiscard]] Result<InstalledPackage> package(const std::string& digest) const;
  // The plugin of this id, or of this short name: the last part of an id, where it is the only one that is enabled.
  // kNotFound, kInvalid (several), or the refusal for which it must not run.
  [[nodiscard]] Result<EnabledPackage> enabled(std::string_view name) const;
  [[nodiscard]] Result<std::string> id_of(std::string_view name) const;  // of what is installed or was

  // What this file would be; changes nothing.
  [[nodiscard]] Result<VerifiedPackage> verify(const std::string& path, Instant now) const;

  // ---- changing
  Result<InstalledPackage> install(const std::string& path, Instant now);
  // `version` "": the active one, else the highest that is installed. kNotGranted: it asks for something and nothing
  // was said, or for more than it was granted before.
  Result<PluginState> enable(std::string_view name, std::string_view version, const Grants& grants);
  Result<PluginState> disable(std::string_view name);
  // Installs it and makes it active in place of the version that is.
  Result<PluginState> upgrade(const std::string& path, const Grants& grants, Instant now);
  Result<PluginState> rollback(std::string_view name);
  // `version` "": every one. Returns how many packages went.
  Result<std::size_t> remove(std::string_view name, std::string_view version);

  // ---- trust
  Result<> add_root(const std::string& name, const PublicKey& key);
  // A statement or a list that a root of this store signed. kStaleList: a newer one is there.
  Result<SignedByRoot> add_signed(std::string_view text);
  Result<> revoke(const Revocations& more);            // adds to the installation's own list
  Result<> remove_root(std::string_view fingerprint);  // kNotFound
  Result<> tighten(const TrustPolicy& by);

 private:
  PackageStore(std::string root, Options options) : root_(std::move(root)), options_(std::move(options)) {}
  [[nodiscard]] std::string folder(std::string_view name) const { return root_ + '/' + std::string(name); }
  [[nodiscard]] std::string package_folder(const std::string& digest) const { return root_ + "/sha256/" + digest; }
  [[nodiscard]] Result<std::vector<std::string>> names(const std::string& folder, std::string_view suffix) const;
  [[nodiscard]] Result<> read_store();
  [[nodiscard]] Result<std::string> enabled_id(std::string_view name) const;
  [[nodiscard]] Result<std::vector<RootKey>> roots() const;
  [[nodiscard]] Result<InstalledPackage> load(const std::string& digest, const Trust& trust) const;
  [[nodiscard]] Result<> check_unpacked(const InstalledPackage& package) const;

  Result<InstalledPackage> install_locked(const std::string& path, Instant now);
  Result<std::string> unpack(int fd, const VerifiedPackage& verified, Instant now);
  Result<> check_version(const Manifest& manifest, const std::string& digest) const;
  Result<PluginState> activate(const InstalledPackage& package, PluginState state, const Grants& grants);
  Result<> write_state(const PluginState& state);
  Result<> discard(const std::string& digest);
  Result<> write_store(const TrustPolicy& policy);

  std::string root_;
  Options options_;
  std::string installation_;
  TrustPolicy policy_;  // of the store alone
};

}  // namespace vestitel
