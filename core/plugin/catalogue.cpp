#include "core/plugin/catalogue.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kSuffix = ".so";

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

Result<Catalogue::Found> Catalogue::find(std::string_view name) const {
  const std::size_t colon = name.find(':');
  const std::string_view stem = name.substr(0, colon);
  if (!library_name(stem))
    return {Failure::kInvalid, "finding plugin: a name has lower case letters, digits, '-' and '_' alone"};
  const auto library = PluginLibrary::load(folder_ + '/' + std::string(stem) + std::string(kSuffix), owners_);
  if (!library) return library.error();
  const auto& plugins = (*library)->plugins();
  if (colon == std::string_view::npos) {
    if (plugins.size() == 1) return Found{*library, &plugins.front()};
    return {Failure::kInvalid, "finding plugin " + std::string(name) + ": its library holds several, name one as " +
                                   std::string(stem) + ":ID (" + ids_of(plugins) + ")"};
  }
  for (const auto& plugin : plugins)
    if (plugin.id == name.substr(colon + 1)) return Found{*library, &plugin};
  return {Failure::kNotFound, "finding plugin " + safe_text(name, 200) + ": its library holds " + ids_of(plugins)};
}

Result<PluginDescription> Catalogue::describe(std::string_view name) const {
  const auto found = find(name);
  if (!found) return found.error();
  return *found->plugin;
}

Result<std::unique_ptr<PluginInstance>> Catalogue::create(std::string_view name, HostContext context) const {
  const auto found = find(name);
  if (!found) return found.error();
  return create_in_process(*found->library, found->plugin->id, std::move(context));
}

Result<std::vector<CatalogueEntry>> Catalogue::list() const {
  std::error_code error;
  std::vector<CatalogueEntry> out;
  for (auto it = std::filesystem::directory_iterator(folder_, error); !error && it != std::filesystem::end(it);
       it.increment(error)) {
    const std::filesystem::path file = it->path().filename();
    if (file.extension() != kSuffix || !library_name(file.stem().string())) continue;
    out.push_back({file.stem().string(), folder_ + '/' + file.string(), {}, ""});
  }
  if (error) return {Failure::kIo, "reading plugin folder " + folder_ + ": " + error.message()};
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& entry : out) {
    const auto library = PluginLibrary::load(entry.path, owners_);
    if (library)
      entry.plugins = (*library)->plugins();
    else
      entry.problem = library.error().message;
  }
  return out;
}

}  // namespace vestitel
