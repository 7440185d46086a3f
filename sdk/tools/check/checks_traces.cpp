// B, what an instance leaves behind, and whom it disturbs: numbers 23 to 25.
#include <dirent.h>
#include <dlfcn.h>
#include <fenv.h>
#include <link.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/peer.hpp"
#include "sdk/tools/check/stage.hpp"
#include "sdk/tools/program/program.hpp"

extern char** environ;

namespace vestitel::check {
namespace {

std::set<std::string> entries(const char* folder, bool follow) {
  std::set<std::string> all;
  DIR* dir = ::opendir(folder);
  if (dir == nullptr) return all;
  for (const dirent* entry = nullptr; (entry = ::readdir(dir)) != nullptr;) {
    std::string name = entry->d_name;
    if (name[0] == '.') continue;
    if (follow) {
      if (name == std::to_string(::dirfd(dir))) continue;
      char target[512] = {};
      const auto n = ::readlink((std::string(folder) + "/" + name).c_str(), target, sizeof target - 1);
      name += n > 0 ? " (" + std::string(target, static_cast<std::size_t>(n)) + ")" : "";
    }
    all.insert(name);
  }
  ::closedir(dir);
  return all;
}

// Everything of a process that belongs to all of it.
struct Process {
  std::set<std::string> threads, descriptors, environment;
  std::vector<void (*)(int)> handlers;
  std::string folder, locale;
  mode_t mask = 0;
  int rounding = 0;
  unsigned traps = 0;

  static Process now() {
    Process p;
    p.threads = entries("/proc/self/task", false);
    p.descriptors = entries("/proc/self/fd", true);
    for (char** one = environ; one != nullptr && *one != nullptr; ++one) p.environment.insert(*one);
    for (int signal = 1; signal < 32; ++signal) {
      struct sigaction action {};
      ::sigaction(signal, nullptr, &action);
      p.handlers.push_back(action.sa_handler);
    }
    char folder[4096] = {};
    if (::getcwd(folder, sizeof folder) != nullptr) p.folder = folder;
    p.locale = ::setlocale(LC_ALL, nullptr);
    p.mask = ::umask(0);
    ::umask(p.mask);
    p.rounding = ::fegetround();
    p.traps = static_cast<unsigned>(::fegetexcept());
    return p;
  }
};

std::string more(const std::set<std::string>& before, const std::set<std::string>& after) {
  for (const std::string& one : after)
    if (before.count(one) == 0) return one;
  return {};
}

std::string changed_handler(const Process& before, const Process& after) {
  for (std::size_t i = 0; i < before.handlers.size(); ++i)
    if (before.handlers[i] != after.handlers[i]) return ::strsignal(static_cast<int>(i) + 1);
  return {};
}

// The first thing that is not as it was, or empty.
std::string left_behind(const Process& before, const Process& after) {
  if (const auto thread = more(before.threads, after.threads); !thread.empty()) return "a thread";
  if (const auto fd = more(before.descriptors, after.descriptors); !fd.empty()) return "descriptor " + fd;
  if (const auto signal = changed_handler(before, after); !signal.empty())
    return "another handler of the signal " + signal;
  if (before.environment != after.environment) {
    const std::string added = more(before.environment, after.environment);
    return "another environment: " + (added.empty() ? "something is gone" : added.substr(0, added.find('=')));
  }
  if (before.folder != after.folder) return "another working folder: " + after.folder;
  if (before.locale != after.locale) return "another locale: " + after.locale;
  if (before.mask != after.mask) return "another umask";
  if (before.rounding != after.rounding || before.traps != after.traps) return "another floating point mode";
  return {};
}

// The addresses of a library by its path.
struct Range {
  std::uintptr_t from = UINTPTR_MAX, to = 0;
  [[nodiscard]] bool holds(const void* at) const {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    return address >= from && address < to;
  }
};

Range range_of(const std::string& path) {
  struct Search {
    const std::string& path;
    Range range;
  } search{path, {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& s = *static_cast<Search*>(data);
        if (s.path != info->dlpi_name) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          s.range.from = std::min<std::uintptr_t>(s.range.from, info->dlpi_addr + segment.p_vaddr);
          s.range.to = std::max<std::uintptr_t>(s.range.to, info->dlpi_addr + segment.p_vaddr + segment.p_memsz);
        }
        return 1;
      },
      &search);
  return search.range;
}

// Everything that can be reached from the entry and from an instance without a call that works.
std::vector<std::pair<const char*, const void*>> reachable(const vestitel_entry& entry, vestitel_plugin* plugin) {
  const auto code = [](auto* function) { return reinterpret_cast<const void*>(function); };
  std::vector<std::pair<const char*, const void*>> all = {
      {"init", code(entry.init)},         {"deinit", code(entry.deinit)}, {"count", code(entry.count)},
      {"describe", code(entry.describe)}, {"create", code(entry.create)}, {"a descriptor", entry.describe(0)}};
  const vestitel_descriptor* d = entry.describe(0);
  if (d != nullptr) {
    all.emplace_back("an id", d->id.p);
    all.emplace_back("a schema", d->config_schema_json.p);
  }
  if (plugin == nullptr) return all;
  all.emplace_back("configure", code(plugin->configure));
  all.emplace_back("start", code(plugin->start));
  all.emplace_back("stop", code(plugin->stop));
  all.emplace_back("destroy", code(plugin->destroy));
  all.emplace_back("get_extension", code(plugin->get_extension));
  for (const char* id : {"vestitel.parse/1", "vestitel.poll/1", "vestitel.deliver/1"})
    all.emplace_back(id, plugin->get_extension(plugin, id));
  return all;
}

}  // namespace

void check_leaves_nothing(Trial& trial) {
  standing_peer(trial);  // its thread is ours
  const Process before = Process::now();
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  {
    Rig rig(trial, *entry);
    if (!begin(trial, rig)) return;
    work(trial, rig);
    end(rig);
  }
  entry->deinit();
  if (const std::string left = program_left(); !left.empty()) trial.fail("the program to end with its instance", left);
  std::string left;
  for (int attempt = 0; attempt < 25; ++attempt) {  // the peer closes its ends when it sees ours closed
    left = left_behind(before, Process::now());
    if (left.empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  trial.fail("nothing to be left after destroy", left);
}

void check_independent(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  std::string alone;
  {
    Rig rig(trial, *entry);
    if (!begin(trial, rig)) return;
    alone = work(trial, rig).text;
    end(rig);
  }
  Rig first(trial, *entry), second(trial, *entry);
  // Each in a place of its own, where the settings name one.
  std::filesystem::create_directory(trial.scratch + "/second");
  std::string other = settings_for(trial);
  for (std::size_t at = 0; (at = other.find(trial.scratch, at)) != std::string::npos; at += trial.scratch.size() + 7)
    other.insert(at + trial.scratch.size(), "/second");
  if (!begin(trial, first) || !begin(trial, second, other)) return;
  trial.at("working with two instances in turn");
  if (!trial.expect(work(trial, first).text == alone, "an instance to work as if it were alone",
                    "the first of two works differently"))
    return;
  if (!trial.expect(work(trial, second).text == alone, "an instance to work as if it were alone",
                    "the second of two works differently"))
    return;
  trial.at("working with two instances at once");
  auto beside = std::async(std::launch::async, [&] { return work(trial, first).text; });
  const std::string here = work(trial, second).text, there = beside.get();
  if (!trial.expect(here == alone && there == alone, "an instance to work as if it were alone",
                    "one of two works differently"))
    return;
  trial.at("working on after the other instance was destroyed");
  end(first);
  trial.expect(work(trial, second).text == alone, "an instance to outlive another", "it works differently");
}

void check_neighbour(Trial& trial) {
  const std::string copy = trial.scratch + "/neighbour.so";
  std::filesystem::copy_file(trial.subject.library, copy);
  trial.at("loading a second plugin with the same names beside it");
  // As careless as a host can be: every name of the neighbour is offered to whoever comes after.
  void* neighbour = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (neighbour == nullptr) return static_cast<void>(trial.skip("the library does not load twice"));
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const Range theirs = range_of(copy);
  Rig rig(trial, *entry);
  rig.create();
  for (const auto& [name, at] : reachable(*entry, rig.plugin()))
    if (!trial.expect(!theirs.holds(at), "everything of the plugin to be its own",
                      std::string(name) + " lies in its neighbour"))
      return;
}

}  // namespace vestitel::check
