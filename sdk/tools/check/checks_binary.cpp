// A, the binary: what the loader would find, read without running it.
#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/elf_file.hpp"

namespace vestitel::check {
namespace {

constexpr std::string_view kEntry = "vestitel_plugin_entry_v1";

// What every Debian 12 has, beside the C++ runtime.
constexpr std::array<std::string_view, 11> kSystem = {
    "libc.so.6",  "libm.so.6",      "libstdc++.so.6", "libgcc_s.so.1",        "libpthread.so.0",      "libdl.so.2",
    "librt.so.1", "libatomic.so.1", "libresolv.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};

// Null: it was no library; the check has been skipped, for number 1 says so.
std::optional<ElfFile> read_elf(Trial& trial) {
  auto file = ElfFile::read(trial.subject.library);
  if (file) return std::move(*file);
  trial.skip("the library cannot be read as one (check 1)");
  return std::nullopt;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < 12; ++i) out += (i > 0 ? ", " : "") + names[i];
  return names.size() > 12 ? out + " and " + std::to_string(names.size() - 12) + " more" : out;
}

bool is_system(const std::string& library) {
  return std::find(kSystem.begin(), kSystem.end(), library) != kSystem.end();
}

// Declared in the manifest, or in the capabilities that the library itself carries.
std::map<std::string, std::string> declared_libraries(const Subject& subject) {
  std::map<std::string, std::string> all;
  const std::string& text = subject.manifest && !subject.manifest->capabilities_json.empty()
                                ? subject.manifest->capabilities_json
                                : subject.described.capabilities_json;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return all;
  const auto found = json.find("libraries");
  if (found == json.end() || !found->is_array()) return all;
  for (const auto& one : *found) {  // "NAME: reason"
    const std::string words = one.is_string() ? one.get<std::string>() : "";
    const std::size_t colon = words.find(": ");
    all[words.substr(0, colon)] = colon == std::string::npos ? "" : words.substr(colon + 2);
  }
  return all;
}

// Where the loader would find a library by its plain name.
std::string find_system_library(const std::string& name) {
  for (const char* folder :
       {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"}) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return {};
}

// "2.36" as numbers, so that 2.9 is older than 2.10.
std::vector<int> version_numbers(std::string_view text) {
  std::vector<int> all;
  int number = 0;
  bool any = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = std::min(number * 10 + (c - '0'), 1'000'000);
      any = true;
    } else if (any) {
      all.push_back(number);
      number = 0;
      any = false;
    }
  }
  if (any) all.push_back(number);
  return all;
}

}  // namespace

void check_elf_class(Trial& trial) {
  const auto file = ElfFile::read(trial.subject.library);
  if (!file) trial.fail("a shared library of this machine", file.error().message);
}

void check_one_symbol(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  std::vector<std::string> strays;
  bool entry = false;
  for (const ElfSymbol& symbol : file->symbols) {
    if (!symbol.defined || (symbol.bind != STB_GLOBAL && symbol.bind != STB_WEAK)) continue;
    if (symbol.visibility == STV_HIDDEN || symbol.visibility == STV_INTERNAL) continue;
    if (symbol.name == kEntry) {
      entry = true;
    } else {
      strays.push_back(symbol.name);
    }
  }
  trial.expect(strays.empty(), "one exported symbol, vestitel_plugin_entry_v1",
               std::to_string(strays.size()) + " others: " + joined(strays));
  // A library with the entry of another ABI major exports that alone, which was named above.
  if (strays.empty()) trial.expect(entry, "the exported symbol vestitel_plugin_entry_v1", "none");
}

void check_no_unique(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  std::vector<std::string> unique;
  for (const ElfSymbol& symbol : file->symbols)
    if (symbol.defined && symbol.bind == STB_GNU_UNIQUE) unique.push_back(symbol.name);
  trial.expect(unique.empty(), "no symbol of the kind STB_GNU_UNIQUE", joined(unique));
}

void check_resolved(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  std::set<std::string> offered;
  for (const std::string& name : file->needed) {
    const std::string path = find_system_library(name);
    if (path.empty()) {
      trial.fail("every declared dependency to be found", "no " + name + " in the system's folders");
      return;
    }
    const auto library = ElfFile::read(path);
    if (!library) continue;
    for (const ElfSymbol& symbol : library->symbols)
      if (symbol.defined) offered.insert(symbol.name);
  }
  std::vector<std::string> missing;
  for (const ElfSymbol& symbol : file->symbols)
    if (!symbol.defined && symbol.bind == STB_GLOBAL && offered.count(symbol.name) == 0) missing.push_back(symbol.name);
  trial.expect(missing.empty(), "every symbol to come from a library that it names (" + joined(file->needed) + ")",
               "nobody has " + joined(missing));
}

void check_needed(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  const auto declared = declared_libraries(trial.subject);
  for (const std::string& name : file->needed) {
    if (is_system(name)) continue;
    const bool barred = name.rfind("libPoco", 0) == 0 || name.rfind("libboost_", 0) == 0;
    if (!trial.expect(!barred, "no Poco and no Boost in a plugin", name)) return;
    const auto found = declared.find(name);
    if (!trial.expect(found != declared.end(),
                      "system libraries, or those that the manifest declares under `libraries`",
                      name + ", not declared"))
      return;
    trial.advise(found->second.size() >= 3, "a reason for each declared library", name + " without one");
  }
}

void check_paths(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  for (const std::string& paths : file->runpaths) {
    for (std::size_t at = 0; at <= paths.size();) {
      const std::size_t end = std::min(paths.find(':', at), paths.size());
      const std::string path = paths.substr(at, end - at);
      const bool own = path == "$ORIGIN" || path.rfind("$ORIGIN/", 0) == 0;
      const bool climbs = path.find("..") != std::string::npos;
      if (!trial.expect(own && !climbs, "no RPATH or RUNPATH outside of $ORIGIN", path.empty() ? "an empty one" : path))
        return;
      at = end + 1;
    }
  }
  trial.expect(!file->textrel, "code that needs no relocation", "TEXTREL");
  trial.expect(file->stack_note && !file->executable_stack, "a stack that is not executable",
               file->stack_note ? "an executable stack" : "no PT_GNU_STACK: the stack becomes executable");
}

void check_hardening(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  trial.advise(file->relro, "RELRO (-Wl,-z,relro)", "none");
  trial.advise(file->bind_now, "BIND_NOW (-Wl,-z,now)", "lazy binding");
  // A library without buffers needs no guard; one of this size has some.
  constexpr std::uint64_t kSmall = 16 * 1024;
  const bool guarded = std::any_of(file->symbols.begin(), file->symbols.end(), [](const ElfSymbol& symbol) {
    return symbol.name == "__stack_chk_fail" || symbol.name == "__stack_chk_guard";
  });
  trial.advise(guarded || file->code_bytes < kSmall, "a stack protector (-fstack-protector-strong)",
               "none in " + std::to_string(file->code_bytes) + " bytes of code");
}

void check_symbol_versions(Trial& trial) {
  const auto file = read_elf(trial);
  if (!file) return;
  // Debian 12, unless the manifest promises to need less.
  struct Limit {
    std::string prefix, most;
  };
  Limit limits[] = {{"GLIBC_", "2.36"}, {"GLIBCXX_", "3.4.30"}, {"CXXABI_", "1.3.13"}};
  if (trial.subject.manifest) {
    if (!trial.subject.manifest->glibc.empty()) limits[0].most = trial.subject.manifest->glibc;
    if (!trial.subject.manifest->glibcxx.empty()) limits[1].most = trial.subject.manifest->glibcxx;
  }
  for (const ElfVersionNeed& need : file->version_needs) {
    for (const Limit& limit : limits) {
      if (need.version.rfind(limit.prefix, 0) != 0) continue;
      const bool fits = version_numbers(need.version.substr(limit.prefix.size())) <= version_numbers(limit.most);
      if (!trial.expect(fits, "at most " + limit.prefix + limit.most, need.version + " of " + need.library)) return;
    }
  }
}

}  // namespace vestitel::check
