// A plugin library, loaded once and never unloaded. The only part of the program that knows Boost.DLL.
//
// Loading runs the library's static initializers, so a library is believed before it is loaded: its path, its owner
// and its ELF segments (a truncated file would end the process with SIGBUS) are checked first, on the descriptor that
// is then loaded. Whatever else a plugin can do to the process it lives in, this cannot prevent: for that there is
// the runner.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/trusted_file.hpp"

struct vestitel_entry;

namespace vestitel {

// What a plugin says of itself; texts are checked UTF-8.
struct PluginDescription {
  std::string id, name, vendor, version, license, url;
  std::string config_schema;  // JSON Schema of its settings
  std::string capabilities;   // JSON: what it asks to be granted
  bool reader = false, feed = false, sink = false;
  bool concurrent = false;  // work calls may overlap on one instance
  bool needs_net = false;
  bool idempotent = false;  // sink: the same idem_key takes effect once
  friend bool operator==(const PluginDescription&, const PluginDescription&) = default;
};

// The bits of a descriptor of vestitel/abi.h as fields.
void set_kind(PluginDescription& description, std::uint32_t kind, std::uint32_t flags);

// Whether such a description may be believed as far as its form goes: UTF-8 texts within bounds, an id in reverse-DNS,
// a kind.
Result<> check_description(const PluginDescription& description);

class PluginLibrary {
 public:
  // Loads the library, or returns the one already loaded from the same file (device and inode). kDenied: the path is
  // not to be trusted; kInvalid: not a plugin, or one for another ABI ("too old" and "too new" are told apart).
  // What is returned lives as long as the process. Thread: any.
  static Result<const PluginLibrary*> load(const std::string& path, const TrustedOwners& owners = TrustedOwners::own());

  // The same of a file that has been opened, by somebody who believes it. `path` is for words.
  static Result<const PluginLibrary*> adopt_opened(OwnedFd file, const std::string& path);

  // The same of an entry that came in another way than by a library: it lives as long as the process.
  static Result<const PluginLibrary*> adopt_entry(const vestitel_entry& entry, const std::string& path);

  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<PluginDescription>& plugins() const { return plugins_; }
  [[nodiscard]] const vestitel_entry& entry() const { return *entry_; }

 private:
  PluginLibrary(std::string path, const vestitel_entry* entry, std::vector<PluginDescription> plugins)
      : path_(std::move(path)), entry_(entry), plugins_(std::move(plugins)) {}
  static Result<const PluginLibrary*> adopt(const std::string& path, const void* mapped);

  const std::string path_;
  const vestitel_entry* const entry_;
  const std::vector<PluginDescription> plugins_;
};

}  // namespace vestitel
