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

namespace vestitel {

// A library of the folder: what it holds, or why it is not used.
struct CatalogueEntry {
  std::string name;  // "nzok-amblist" for nzok-amblist.so, "acme" for acme.py
  std::string path;
  std::vector<PluginDescription> plugins;
  std::string problem;  // "": none
};

// Which home an instance is given. By default a plugin that came with the hub lives in its process, as a part of it,
// and every other in a process of its own.
enum class Home : std::uint8_t { kDefault, kChild, kInProcess };

struct CatalogueOptions {
  std::string folder;  // absolute, owned by us, closed to others; see open_trusted()
  TrustedOwners owners = TrustedOwners::own();
  bool first_party = true;  // what lies in the folder came with the hub
  // How runners are kept; asked when the first is needed. Without it every plugin lives in this process.
  std::function<Result<const ChildHome*>()> children;
};

class Catalogue {
 public:
  explicit Catalogue(CatalogueOptions options) : options_(std::move(options)) {}

  // Every library of the folder by name. One that cannot be used is listed with its problem; the others load.
  [[nodiscard]] Result<std::vector<CatalogueEntry>> list() const;

  // What `name` means: the plugin of NAME.so, or, where a library holds several, "NAME:ID". kNotFound, kInvalid.
  [[nodiscard]] Result<PluginDescription> describe(std::string_view name, Home home = Home::kDefault) const;

  // A new instance of that plugin, not yet configured.
  [[nodiscard]] Result<std::unique_ptr<PluginInstance>> create(std::string_view name, HostContext context,
                                                               Home home = Home::kDefault) const;

 private:
  struct Found {
    std::string path;
    PluginDescription plugin;
  };
  [[nodiscard]] Result<Found> find(std::string_view name, Home home) const;
  [[nodiscard]] Result<std::vector<PluginDescription>> plugins_in(const std::string& path, Home home) const;
  // How children are kept, or null where the instance lives in this process.
  [[nodiscard]] Result<const ChildHome*> children(Home home, const std::string& path) const;
  // NAME.so, or NAME.py where there is only that: a program, which never lives in this process.
  [[nodiscard]] std::string path_of(const std::string& stem) const;

  const CatalogueOptions options_;
};

}  // namespace vestitel
