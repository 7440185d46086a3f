#include "core/plugin/catalogue.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kLibrary = ".so", kProgram = ".py";

bool is_program(const std::string& path) { return path.ends_with(kProgram); }

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

}  // namespace

std::string Catalogue::path_of(const std::string& stem) const {
  const std::string path = options_.folder + '/' + stem;
  std::error_code error;
  const bool program = !std::filesystem::exists(path + std::string(kLibrary), error) &&
                       std::filesystem::exists(path + std::string(kProgram), error);
  return path + std::string(program ? kProgram : kLibrary);
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
  const std::size_t colon = name.find(':');
  const std::string_view stem = name.substr(0, colon);
  if (!library_name(stem))
    return {Failure::kInvalid, "finding plugin: a name has lower case letters, digits, '-' and '_' alone"};
  Found found{path_of(std::string(stem)), {}};
  auto plugins = plugins_in(found.path, home);
  if (!plugins) return plugins.error();
  if (colon == std::string_view::npos && plugins->size() != 1)
    return {Failure::kInvalid, "finding plugin " + std::string(name) + ": its library holds several, name one as " +
                                   std::string(stem) + ":ID (" + ids_of(*plugins) + ")"};
  for (PluginDescription& plugin : *plugins) {
    if (colon != std::string_view::npos && plugin.id != name.substr(colon + 1)) continue;
    found.plugin = std::move(plugin);
    return found;
  }
  return {Failure::kNotFound, "finding plugin " + safe_text(name, 200) + ": its library holds " + ids_of(*plugins)};
}

Result<PluginDescription> Catalogue::describe(std::string_view name, Home home) const {
  auto found = find(name, home);
  if (!found) return found.error();
  return std::move(found->plugin);
}

Result<std::unique_ptr<PluginInstance>> Catalogue::create(std::string_view name, HostContext context, Home home) const {
  auto found = find(name, home);
  if (!found) return found.error();
  const auto children_kept = children(home, found->path);
  if (!children_kept) return children_kept.error();
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
    if ((file.extension() != kLibrary && file.extension() != kProgram) || !library_name(file.stem().string())) continue;
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
  return out;
}

}  // namespace vestitel
