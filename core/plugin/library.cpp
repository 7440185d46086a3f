#include "core/plugin/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>
#include <sys/stat.h>
#include <vestitel/abi.h>

#include <boost/dll/shared_library.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/json_text.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/elf_check.hpp"

namespace vestitel {
namespace {

using FileId = std::pair<dev_t, ino_t>;

constexpr std::uint32_t kMaxPlugins = 64;
constexpr std::uint64_t kMaxText = 1024, kMaxJson = 1024UL * 1024;
constexpr const char* kEntry = "vestitel_plugin_entry_v1";

// Neither is ever destroyed: what is loaded stays, and with it its descriptor. The dynamic linker knows a library by
// the name it was opened with, here /proc/self/fd/N, so that number must never be used for another file.
struct Loaded {
  std::mutex mutex;
  std::map<FileId, Result<const PluginLibrary*>> libraries;         // under mutex; with those refused after mapping
  std::vector<std::unique_ptr<boost::dll::shared_library>> mapped;  // under mutex
};
Loaded& loaded() {
  static auto& one = *new Loaded;
  return one;
}

Error invalid(std::string why) { return {Failure::kInvalid, std::move(why)}; }

// Boost's text ends in "Bad file descriptor" whatever the cause: only the linker's own words inside it are told.
std::string linker_words(std::string text, const std::string& fd_path, const std::string& path) {
  constexpr std::string_view kBegin = "dlerror system message: ";
  if (const auto begin = text.find(kBegin); begin != std::string::npos) {
    text.erase(0, begin + kBegin.size());
    text.erase(std::min(text.rfind(')'), text.size()));
  }
  if (const auto at = text.find(fd_path); at != std::string::npos) text.replace(at, fd_path.size(), path);
  return text;
}

Result<std::unique_ptr<boost::dll::shared_library>> map_library(int fd, const std::string& path) {
  using boost::dll::load_mode::rtld_local, boost::dll::load_mode::rtld_now;
  const std::string fd_path = "/proc/self/fd/" + std::to_string(fd);
  try {
    return std::make_unique<boost::dll::shared_library>(fd_path, rtld_now | rtld_local);
  } catch (const std::system_error& e) {
    return invalid(linker_words(e.what(), fd_path, path));
  } catch (...) {
    return invalid("a static initializer of the library threw an exception");
  }
}

Error no_entry(const boost::dll::shared_library& library) {
  for (int major = 0; major <= 9; ++major) {
    if (!library.has("vestitel_plugin_entry_v" + std::to_string(major))) continue;
    return invalid("too " + std::string(major < 1 ? "old" : "new") + ": built for plugin ABI " + std::to_string(major) +
                   ", this host loads ABI " + std::to_string(VESTITEL_ABI_MAJOR));
  }
  return invalid("not a Vestitel plugin (it exports no " + std::string(kEntry) + ")");
}

// How many bytes the symbol has in the library: the object may be smaller than it says of itself.
std::size_t symbol_size(const void* symbol) {
  Dl_info info{};
  const ElfW(Sym)* found = nullptr;
  const int ok = ::dladdr1(symbol, &info, reinterpret_cast<void**>(const_cast<ElfW(Sym)**>(&found)), RTLD_DL_SYMENT);
  return ok != 0 && found != nullptr ? found->st_size : 0;
}

Result<> check_version(const vestitel_entry& entry) {
  const std::string built = std::to_string(entry.abi_major) + "." + std::to_string(entry.abi_minor);
  const std::string ours = std::to_string(VESTITEL_ABI_MAJOR) + "." + std::to_string(VESTITEL_ABI_MINOR);
  if (entry.abi_major < VESTITEL_ABI_MAJOR)
    return invalid("too old: built for plugin ABI " + built + ", this host loads ABI " + ours);
  if (entry.abi_major > VESTITEL_ABI_MAJOR)
    return invalid("too new: built for plugin ABI " + built + ", this host loads ABI " + ours);
  if (entry.min_host_minor > VESTITEL_ABI_MINOR)
    return invalid("too new: needs host ABI " + std::to_string(VESTITEL_ABI_MAJOR) + "." +
                   std::to_string(entry.min_host_minor) + ", this host has " + ours);
  return Done{};
}

Result<const vestitel_entry*> find_entry(const boost::dll::shared_library& library) {
  if (!library.has(kEntry)) return no_entry(library);
  const auto* entry = &library.get<const vestitel_entry>(kEntry);
  const std::size_t object = symbol_size(entry);
  if (object < sizeof(std::uint32_t) * 4 || reinterpret_cast<std::uintptr_t>(entry) % alignof(vestitel_entry) != 0)
    return invalid("its entry object makes no sense");
  if (entry->magic != VESTITEL_MAGIC) return invalid("not a Vestitel plugin (wrong magic number)");
  if (auto fits = check_version(*entry); !fits) return fits.error();
  if (entry->size < sizeof(vestitel_entry) || object < sizeof(vestitel_entry))
    return invalid("its entry object is smaller than that of ABI 1.0");
  if (entry->init == nullptr || entry->count == nullptr || entry->describe == nullptr || entry->create == nullptr)
    return invalid("a function of its entry object is null");
  return entry;
}

bool read_text(vestitel_str text, std::uint64_t max, std::string& into) {
  if (text.n > max || (text.n > 0 && text.p == nullptr)) return false;
  into.assign(text.n > 0 ? text.p : "", static_cast<std::size_t>(text.n));
  return true;
}

bool plain(std::string_view text, std::uint64_t max) {
  return text.size() <= max && is_utf8(text) && text.find('\0') == std::string_view::npos;
}

bool plausible_id(std::string_view id) {
  if (id.empty() || id.size() > 128 || id.front() == '.' || id.back() == '.') return false;
  for (const char c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_')) return false;
  return true;
}

Result<PluginDescription> describe(const vestitel_descriptor& d) {
  if (d.size < sizeof(vestitel_descriptor)) return invalid("a descriptor is smaller than that of ABI 1.0");
  if ((d.flags & 0xFFFF0000U) != 0) return invalid("a descriptor carries a flag that this host must understand");
  PluginDescription out;
  const bool texts = read_text(d.id, kMaxText, out.id) && read_text(d.name, kMaxText, out.name) &&
                     read_text(d.vendor, kMaxText, out.vendor) && read_text(d.version, kMaxText, out.version) &&
                     read_text(d.license, kMaxText, out.license) && read_text(d.url, kMaxText, out.url) &&
                     read_text(d.config_schema_json, kMaxJson, out.config_schema) &&
                     read_text(d.capabilities_json, kMaxJson, out.capabilities);
  if (!texts) return invalid("a text of a descriptor is too long");
  set_kind(out, d.kind, d.flags);
  if (auto sound = check_description(out); !sound) return sound.error();
  return out;
}

Result<> initialize(const vestitel_entry& entry, const std::string& folder) {
  const auto rc = guarded([&] { return entry.init(to_str(folder)); });
  if (!rc) return rc.error();
  if (*rc < 0) return invalid("its init answered " + std::to_string(*rc));
  return Done{};
}

Result<std::vector<PluginDescription>> describe_all(const vestitel_entry& entry) {
  const auto count = guarded([&] { return entry.count(); });
  if (!count) return count.error();
  if (*count == 0 || *count > kMaxPlugins)
    return invalid("it says that it holds " + std::to_string(*count) + " plugins");
  std::vector<PluginDescription> all;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto descriptor = guarded([&] { return entry.describe(i); });
    if (!descriptor) return descriptor.error();
    if (*descriptor == nullptr) return invalid("it does not describe plugin " + std::to_string(i));
    auto one = describe(**descriptor);
    if (!one) return one.error();
    for (const auto& other : all)
      if (other.id == one->id) return invalid("two of its plugins have the id " + one->id);
    all.push_back(std::move(*one));
  }
  return all;
}

}  // namespace

void set_kind(PluginDescription& out, std::uint32_t kind, std::uint32_t flags) {
  out.reader = (kind & VESTITEL_KIND_READER) != 0;
  out.feed = (kind & VESTITEL_KIND_FEED) != 0;
  out.sink = (kind & VESTITEL_KIND_SINK) != 0;
  out.concurrent = (flags & VESTITEL_FLAG_CONCURRENT) != 0;
  out.needs_net = (flags & VESTITEL_FLAG_NEEDS_NET) != 0;
  out.idempotent = (flags & VESTITEL_FLAG_IDEMPOTENT) != 0;
}

Result<> check_description(const PluginDescription& d) {
  bool texts = plain(d.config_schema, kMaxJson) && plain(d.capabilities, kMaxJson);
  for (const std::string* text : {&d.id, &d.name, &d.vendor, &d.version, &d.license, &d.url})
    texts = texts && plain(*text, kMaxText);
  if (!texts) return invalid("a text of a descriptor is too long or not UTF-8");
  if (!plausible_id(d.id)) return invalid("a plugin id is not reverse-DNS");
  if (!d.reader && !d.feed && !d.sink) return invalid("plugin " + d.id + " is no reader, feed or sink");
  return Done{};
}

// What has been mapped stays mapped even if it is refused: unloading strange code is no safer than keeping it.
Result<const PluginLibrary*> PluginLibrary::adopt(const std::string& path, const void* mapped) {
  const auto entry = find_entry(*static_cast<const boost::dll::shared_library*>(mapped));
  if (!entry) return entry.error();
  return adopt_entry(**entry, path);
}

Result<const PluginLibrary*> PluginLibrary::adopt_entry(const vestitel_entry& entry, const std::string& path) {
  if (auto ready = initialize(entry, path.substr(0, path.rfind('/'))); !ready) return ready.error();
  auto plugins = describe_all(entry);
  if (!plugins) return plugins.error();
  return new PluginLibrary(path, &entry, std::move(*plugins));
}

Result<const PluginLibrary*> PluginLibrary::load(const std::string& path, const TrustedOwners& owners) {
  auto file = open_trusted(path, owners);
  if (!file) return file.error();
  return adopt_opened(std::move(*file), path);
}

Result<const PluginLibrary*> PluginLibrary::adopt_opened(OwnedFd file, const std::string& path) {
  const std::string action = "loading plugin " + path;
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return {Failure::kIo, action + ": fstat failed"};
  const FileId id{status.st_dev, status.st_ino};
  auto& all = loaded();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.libraries.find(id); found != all.libraries.end()) return found->second;
  if (auto sound = check_elf(file.get()); !sound) return sound.error().during(action);
  auto mapped = map_library(file.get(), path);
  if (!mapped) return mapped.error().during(action);
  static_cast<void>(file.release());
  all.mapped.push_back(std::move(*mapped));
  auto library = adopt(path, all.mapped.back().get());
  if (!library) library = library.error().during(action);
  return all.libraries.emplace(id, std::move(library)).first->second;
}

}  // namespace vestitel
