#include "sdk/tools/program/program.hpp"

namespace vestitel {

Result<const PluginLibrary*> load_plugin(const std::string& path, const TrustedOwners& owners) {
  if (!is_program(path)) return PluginLibrary::load(path, owners);
  static const PluginLibrary* loaded = nullptr;  // as with a library, the second time is the first
  if (loaded != nullptr && loaded->path() == path) return loaded;
  const auto entry = program_entry(path);
  if (!entry) return entry.error();
  auto library = PluginLibrary::adopt_entry(**entry, path);
  if (library) loaded = *library;
  return library;
}

}  // namespace vestitel
