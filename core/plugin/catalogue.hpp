// Finds plugins by name and makes instances of them. Where an instance lives is decided here and nowhere else: above
// it there are only ports.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/child/child_home.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/outside/lend.hpp"
#include "core/plugin/package/store.hpp"

namespace vestitel {

// A library of the folder, or an enabled package of the store: what it holds, or why it is not used.
struct CatalogueEntry {
  std::string name;  // "nzok-amblist" for nzok-amblist.so, "acme" for acme.py or acme.pyz; the id of a package
  std::string path;
  std::vector<PluginDescription> plugins;
  std::string problem;  // "": none
};

// An enabled package, and on what terms it runs.
struct CataloguePackage {
  PluginDescription plugin;  // as its signed files have it: the library has not been loaded
  std::string library;       // absolute path; of a program, where it does not end in .so
  std::string sha256;        // of the library, in hex
  std::string digest;        // of the package
  Level level = Level::kLocalDev;
  Capabilities granted;  // by whoever enabled it
};

// Where enabled packages are found. What the store's own policy allows is tightened by this one.
struct PackageSource {
  std::string store;  // absolute; "": none
  TrustPolicy policy;
};

// Which home an instance is given. By default a plugin that came with the hub lives in its process, as a part of it,
// and every other in a process of its own. A package below level core never lives in the hub's process, a program
// never at all.
enum class Home : std::uint8_t { kDefault, kChild, kInProcess };

struct CatalogueOptions {
  std::string folder;  // absolute, owned by us, closed to others; see open_trusted()
  TrustedOwners owners = TrustedOwners::own();
  bool first_party = true;  // what lies in the folder came with the hub
  // How runners are kept; asked when the first is needed. Without it every plugin lives in this process.
  std::function<Result<const ChildHome*>()> children;
  PackageSource packages;
  HttpOptions http;
};

class Catalogue {
 public:
  explicit Catalogue(CatalogueOptions options) : options_(std::move(options)) {}

  // Every library of the folder by name, then every enabled package by its id. One that cannot be used is listed with
  // its problem; the others load, those of packages do not.
  [[nodiscard]] Result<std::vector<CatalogueEntry>> list() const;

  // What `name` means: the plugin of NAME.so in the folder; else the enabled package with this id ("bg.acme.lab") or
  // short name ("lab"), verified again. Where a library holds several, "NAME:ID". kNotFound, kInvalid, kDenied.
  [[nodiscard]] Result<PluginDescription> describe(std::string_view name, Home home = Home::kDefault) const;

  // A new instance of that plugin, not yet configured.
  [[nodiscard]] Result<std::unique_ptr<PluginInstance>> create(std::string_view name, HostContext context,
                                                               Home home = Home::kDefault) const;

  // The enabled package that `name` means, if it means none of the folder. Thread: any.
  [[nodiscard]] Result<CataloguePackage> package(std::string_view name) const;

 private:
  struct Found {
    std::string path;
    PluginDescription plugin;
  };
  [[nodiscard]] Result<Found> find(std::string_view name, Home home) const;
  [[nodiscard]] Result<std::vector<PluginDescription>> plugins_in(const std::string& path, Home home) const;
  [[nodiscard]] bool in_folder(std::string_view name) const;
  [[nodiscard]] Result<PackageStore> store() const;
  [[nodiscard]] Result<std::unique_ptr<PluginInstance>> create_packaged(std::string_view name, HostContext context,
                                                                        Home home) const;
  [[nodiscard]] Result<> list_packages(std::vector<CatalogueEntry>& into) const;
  // How children are kept, or null where the instance lives in this process.
  [[nodiscard]] Result<const ChildHome*> children(Home home, const std::string& path) const;
  // NAME.so, or NAME.pyz or NAME.py where there is only that: a program, which never lives in this process.
  [[nodiscard]] std::string path_of(const std::string& stem) const;

  const CatalogueOptions options_;
};

}  // namespace vestitel
