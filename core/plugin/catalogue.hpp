// Finds plugins by name and makes instances of them. Where an instance lives is decided here and nowhere else: above
// it there are only ports.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"

namespace vestitel {

// A library of the folder: what it holds, or why it is not used.
struct CatalogueEntry {
  std::string name;  // "nzok-amblist" for nzok-amblist.so
  std::string path;
  std::vector<PluginDescription> plugins;
  std::string problem;  // "": none
};

class Catalogue {
 public:
  // `folder`: absolute, owned by us, closed to others; see open_trusted().
  explicit Catalogue(std::string folder, TrustedOwners owners = TrustedOwners::own())
      : folder_(std::move(folder)), owners_(std::move(owners)) {}

  // Every library of the folder by name. One that cannot be used is listed with its problem; the others load.
  [[nodiscard]] Result<std::vector<CatalogueEntry>> list() const;

  // What `name` means: the plugin of NAME.so, or, where a library holds several, "NAME:ID". kNotFound, kInvalid.
  [[nodiscard]] Result<PluginDescription> describe(std::string_view name) const;

  // A new instance of that plugin, not yet configured.
  [[nodiscard]] Result<std::unique_ptr<PluginInstance>> create(std::string_view name, HostContext context) const;

 private:
  struct Found {
    const PluginLibrary* library = nullptr;
    const PluginDescription* plugin = nullptr;
  };
  [[nodiscard]] Result<Found> find(std::string_view name) const;

  const std::string folder_;
  const TrustedOwners owners_;
};

}  // namespace vestitel
