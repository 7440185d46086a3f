#include "core/plugin/catalogue.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/safe_text.hpp"
#include "core/plugin/package/files.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kLibrary = ".so";
constexpr std::array<std::string_view, 2> kPrograms = {".pyz", ".py"};  // in a folder; in a package, what is no .so

bool is_program(const std::string& path) { return !program_of(path).empty(); }

bool library_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

std::string ids_of(const std::vector<PluginDescription>& plugins) {
  std::string out;
  for (const auto& plugin : plugins) out += (out.empty() ? "" : ", ") + plugin.id;
  return out;
}

PluginDescription description_of(const PackagedPlugin& p) {
  return {p.id,           p.name,   p.vendor, p.version, p.license,    p.url,       p.config_schema,
          p.capabilities, p.reader, p.feed,   p.sink,    p.concurrent, p.needs_net, p.idempotent};
}

std::vector<PluginDescription> descriptions_of(const std::vector<PackagedPlugin>& plugins) {
  std::vector<PluginDescription> out;
  for (const auto& one : plugins) out.push_back(description_of(one));
  return out;
}

// The plugin that a name means among those of one library.
Result<PluginDescription> chosen(std::vector<PluginDescription> plugins, std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos && plugins.size() != 1)
    return {Failure::kInvalid, "finding plugin " + std::string(name) + ": its library holds several, name one as " +
                                   std::string(name) + ":ID (" + ids_of(plugins) + ")"};
  for (PluginDescription& plugin : plugins)
    if (colon == std::string_view::npos || plugin.id == name.substr(colon + 1)) return std::move(plugin);
  return {Failure::kNotFound, "finding plugin " + safe_text(name, 200) + ": its library holds " + ids_of(plugins)};
}

constexpr const char* kNameRule =
    "finding plugin: a name has lower case letters, digits, '-' and '_' alone, the id of a package dots as well";

}  // namespace

std::string Catalogue::path_of(const std::string& stem) const {
  const std::string path = options_.folder + '/' + stem;
  const std::string library = path + std::string(kLibrary);
  std::error_code error;
  if (std::filesystem::exists(library, error)) return library;
  for (const std::string_view end : kPrograms)
    if (std::filesystem::exists(path + std::string(end), error)) return path + std::string(end);
  return library;
}

Result<const ChildHome*> Catalogue::children(Home home, const std::string& path) const {
  const bool child = home == Home::kChild || (home == Home::kDefault && !options_.first_party) || is_program(path);
  if (!child) return static_cast<const ChildHome*>(nullptr);
  if (!options_.children) return {Failure::kConfig, "finding plugin: there is nothing here that keeps runners"};
  return options_.children();
}

Result<std::vector<PluginDescription>> Catalogue::plugins_in(const std::string& path, Home home) const {
  const auto children_kept = children(home, path);
  if (!children_kept) return children_kept.error();
  if (*children_kept != nullptr) return describe_in_child(**children_kept, path);
  const auto library = PluginLibrary::load(path, options_.owners);
  if (!library) return library.error();
  return (*library)->plugins();
}

Result<Catalogue::Found> Catalogue::find(std::string_view name, Home home) const {
  const std::string_view stem = name.substr(0, name.find(':'));
  if (!library_name(stem)) return {Failure::kInvalid, kNameRule};
  Found found{path_of(std::string(stem)), {}};
  auto plugins = plugins_in(found.path, home);
  if (!plugins) return plugins.error();
  auto plugin = chosen(std::move(*plugins), name);
  if (!plugin) return plugin.error();
  found.plugin = std::move(*plugin);
  return found;
}

// The folder's own come first: a package cannot take the name of a plugin that is there.
bool Catalogue::in_folder(std::string_view name) const {
  if (options_.packages.store.empty()) return true;
  const std::string_view stem = name.substr(0, name.find(':'));
  std::error_code error;
  return library_name(stem) && std::filesystem::exists(path_of(std::string(stem)), error);
}

// Opened each time: what has been revoked or disabled since then counts at once.
Result<PackageStore> Catalogue::store() const {
  PackageStore::Options options;
  options.owners = options_.owners;
  options.restrict = options_.packages.policy;
  return PackageStore::open(options_.packages.store, std::move(options));
}

Result<CataloguePackage> Catalogue::package(std::string_view name) const {
  const std::string_view stem = name.substr(0, name.find(':'));
  if (!library_name(stem) && !is_plugin_id(stem)) return {Failure::kInvalid, kNameRule};
  const auto opened = store();
  if (!opened && opened.error().failure == Failure::kNotFound)
    return {Failure::kNotFound,
            "finding plugin " + std::string(stem) + ": neither the plugin folder nor a store of packages has it"};
  if (!opened) return opened.error();
  const auto enabled = opened->enabled(stem);
  if (!enabled) return enabled.error();
  auto plugin = chosen(descriptions_of(enabled->package.plugins), name);
  if (!plugin) return plugin.error();
  const auto* library = enabled->package.manifest.find(enabled->package.manifest.library);
  return CataloguePackage{std::move(*plugin),      enabled->package.library(), library->sha256,
                          enabled->package.digest, enabled->level(),           enabled->granted};
}

// The package speaks for its library, so the library has to say the same when it is loaded.
Result<std::unique_ptr<PluginInstance>> Catalogue::create_packaged(std::string_view name, HostContext context,
                                                                   Home home) const {
  auto found = package(name);
  if (!found) return found.error();
  const std::string action = "creating plugin " + found->plugin.id;
  const bool core = found->level == Level::kCore;
  context = lent(std::move(context), found->granted, options_.http);
  if (!core && home == Home::kInProcess)
    return {Failure::kDenied, action + ": its level is " + std::string(to_text(found->level)) +
                                  ", only level core lives in the hub's process"};
  if (is_program(found->library) && home == Home::kInProcess)
    return {Failure::kDenied, action + ": it is a program, which lives in a process of its own whatever its level"};
  const bool child = home == Home::kChild || !core || is_program(found->library);
  auto file = open_checked(found->library, found->sha256, options_.owners);
  if (!file) return file.error().during(action);
  const auto same = [&](const std::vector<PluginDescription>& plugins) {
    return std::find(plugins.begin(), plugins.end(), found->plugin) != plugins.end();
  };
  const Error other{Failure::kDenied, action + ": the library describes itself in another way than its package does"};
  if (!child) {
    const auto library = PluginLibrary::adopt_opened(std::move(*file), found->library);
    if (!library) return library.error();
    if (!same((*library)->plugins())) return other;
    return create_in_process(**library, found->plugin.id, std::move(context));
  }
  const auto kept = children(Home::kChild, found->library);
  if (!kept) return kept.error();
  const auto described = describe_in_child(**kept, found->library, found->sha256);
  if (!described) return described.error();
  if (!same(*described)) return other;
  return create_in_child(**kept, found->library, std::move(found->plugin), std::move(context), found->sha256);
}

Result<PluginDescription> Catalogue::describe(std::string_view name, Home home) const {
  if (!in_folder(name)) {
    auto found = package(name);
    if (!found) return found.error();
    return std::move(found->plugin);
  }
  auto found = find(name, home);
  if (!found) return found.error();
  return std::move(found->plugin);
}

Result<std::unique_ptr<PluginInstance>> Catalogue::create(std::string_view name, HostContext context, Home home) const {
  if (!in_folder(name)) return create_packaged(name, std::move(context), home);
  auto found = find(name, home);
  if (!found) return found.error();
  const auto children_kept = children(home, found->path);
  if (!children_kept) return children_kept.error();
  // Whoever put it into the folder and configured it has granted what it asks for.
  const auto asked = asked_by(found->plugin);
  if (!asked) return asked.error();
  context = lent(std::move(context), *asked, options_.http);
  if (*children_kept != nullptr)
    return create_in_child(**children_kept, found->path, std::move(found->plugin), std::move(context));
  const auto library = PluginLibrary::load(found->path, options_.owners);
  if (!library) return library.error();
  return create_in_process(**library, found->plugin.id, std::move(context));
}

Result<std::vector<CatalogueEntry>> Catalogue::list() const {
  std::error_code error;
  std::vector<CatalogueEntry> out;
  for (auto it = std::filesystem::directory_iterator(options_.folder, error); !error && it != std::filesystem::end(it);
       it.increment(error)) {
    const std::filesystem::path file = it->path().filename();
    const std::string end = file.extension().string();
    const bool plugin = end == kLibrary || std::find(kPrograms.begin(), kPrograms.end(), end) != kPrograms.end();
    if (!plugin || !library_name(file.stem().string())) continue;
    out.push_back({file.stem().string(), options_.folder + '/' + file.string(), {}, ""});
  }
  if (error) return {Failure::kIo, "reading plugin folder " + options_.folder + ": " + error.message()};
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& entry : out) {
    auto plugins = plugins_in(entry.path, Home::kDefault);
    if (plugins)
      entry.plugins = std::move(*plugins);
    else
      entry.problem = plugins.error().message;
  }
  if (auto listed = list_packages(out); !listed) return listed.error();
  return out;
}

Result<> Catalogue::list_packages(std::vector<CatalogueEntry>& into) const {
  if (options_.packages.store.empty()) return Done{};
  const auto opened = store();
  if (!opened && opened.error().failure == Failure::kNotFound) return Done{};
  if (!opened) return opened.error();
  const auto states = opened->states();
  if (!states) return states.error();
  for (const auto& state : *states) {
    if (!state.enabled) continue;
    const auto enabled = opened->enabled(state.id);
    if (enabled)
      into.push_back({state.id, enabled->package.library(), descriptions_of(enabled->package.plugins), ""});
    else
      into.push_back({state.id, "", {}, enabled.error().message});
  }
  return Done{};
}

}  // namespace vestitel
