// A built plugin library, loaded as a host loads it: every symbol at once, nothing shared. Never unloaded.
#pragma once
#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include <vestitel/abi.h>

namespace vestitel::testing {

// The entry of the library at `path`; throws std::runtime_error with the loader's words.
inline const vestitel_entry& load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const void* entry = dlsym(library, "vestitel_plugin_entry_v1");
  if (entry == nullptr) throw std::runtime_error("no vestitel_plugin_entry_v1 in " + path);
  return *static_cast<const vestitel_entry*>(entry);
}

}  // namespace vestitel::testing
