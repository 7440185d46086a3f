// B, load and identity: what happens between dlopen and the first call of an instance.
#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/loaded.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

using Json = nlohmann::json;

vestitel_str str(std::string_view s) { return {s.data(), s.size()}; }

bool is_reverse_dns(const std::string& id) {
  if (id.empty() || id.size() > 128 || id.find('.') == std::string::npos) return false;
  bool fresh = true;  // a label begins
  for (const char c : id) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (c == '.' ? fresh : !letter && (fresh || (c != '-' && c != '_'))) return false;
    fresh = c == '.';
  }
  return !fresh;
}

const char* ability_of(unsigned kind) {
  return kind == kReader ? "vestitel.parse/1" : kind == kFeed ? "vestitel.poll/1" : "vestitel.deliver/1";
}

bool same_json(const std::string& a, const std::string& b) {
  return Json::parse(a, nullptr, false) == Json::parse(b, nullptr, false);
}

void compare_with_manifest(Trial& trial) {
  const Described& d = trial.subject.described;
  const Manifest& m = *trial.subject.manifest;
  const auto same = [&](const char* what, const std::string& manifest, const std::string& library) {
    return manifest.empty() ||
           trial.expect(manifest == library, std::string(what) + " " + manifest + " of plugin.json", library);
  };
  if (!same("id", m.id, d.id) || !same("version", m.version, d.version) || !same("name", m.name, d.name)) return;
  for (const unsigned kind : {kReader, kFeed, kSink}) {
    const char* name = kind == kReader ? "reader" : kind == kFeed ? "feed" : "sink";
    const bool promised = std::find(m.kinds.begin(), m.kinds.end(), name) != m.kinds.end();
    if (m.kinds.empty()) break;
    if (!trial.expect(promised == ((d.kind & kind) != 0),
                      std::string(promised ? "a " : "no ") + name + " as plugin.json says", promised ? "none" : "one"))
      return;
  }
  if (!m.schema_json.empty())
    trial.expect(m.schema_json == d.schema_json, "the schema of schema.json, byte for byte", "another");
  if (!m.capabilities_json.empty())
    trial.expect(same_json(m.capabilities_json, d.capabilities_json), "the capabilities of plugin.json",
                 d.capabilities_json);
}

double load_time_ms(const std::string& library) {
  const auto begun = std::chrono::steady_clock::now();
  std::string why;
  const vestitel_entry* entry = Loaded::open(library, why);
  if (entry == nullptr || entry->init(str(".")) < 0) return -1;
  for (std::uint32_t i = 0; i < entry->count(); ++i) entry->describe(i);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

struct LoadTime {
  double passed_ms = -1, worked_ms = 0;  // on the clock; of the processor, by the program alone
};
LoadTime load_apart(Trial& trial) {
  std::string text;
  const auto body = [&] {
    const double passed = load_time_ms(trial.subject.library);
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    const auto ms = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
    };
    return std::to_string(passed) + " " + std::to_string(ms(used.ru_utime) + ms(used.ru_stime));
  };
  LoadTime took;
  if (apart(trial, body, text)) std::istringstream(text) >> took.passed_ms >> took.worked_ms;
  return took;
}

// The hub waits 10 s for a program. How much it works until it is ready does not hang on what else the machine does.
void check_start_time(Trial& trial) {
  constexpr double kMostPassed = 10'000, kMostWorked = 500;
  const LoadTime took = load_apart(trial);
  if (took.passed_ms < 0) return static_cast<void>(trial.skip("the program does not start (check 15)"));
  const auto ms = [](double time) { return std::to_string(static_cast<int>(time)) + " ms"; };
  if (trial.expect(took.passed_ms <= kMostPassed, "it to be ready within 10 s", ms(took.passed_ms)))
    trial.advise(took.worked_ms <= kMostWorked, "500 ms of processor time until it is ready", ms(took.worked_ms));
}

// Whether a strange id is turned away, and nothing of it remains.
bool turned_away(Trial& trial, const vestitel_entry& entry, const std::string& id, const char* what) {
  trial.at(std::string("creating an instance with ") + what);
  Rig rig(trial, entry);
  const Called called = rig.create(id);
  if (!trial.expect(called.rc == VESTITEL_NOT_FOUND || called.rc == VESTITEL_E_INVALID, "NOT_FOUND or E_INVALID",
                    called.text()))
    return false;
  return trial.expect(!rig.alive(), "no instance to come of it", "one");
}

struct Memory {
  long rss_kib = 0;
  int descriptors = 0;
  static Memory now() {
    long pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    Memory memory{resident * (::sysconf(_SC_PAGESIZE) / 1024), 0};
    for (int fd = 0; fd < 512; ++fd) memory.descriptors += ::lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF ? 1 : 0;
    return memory;
  }
};

// One load, one look, one unload. False: the check has failed.
bool reload(Trial& trial) {
  std::string why;
  void* handle = nullptr;
  const vestitel_entry* entry = Loaded::open(trial.subject.library, why, &handle);
  if (!trial.expect(entry != nullptr, "it to load again", why)) return false;
  if (!trial.expect(entry->init(str(".")) >= 0, "init to answer OK again", "an error")) return false;
  entry->describe(0);
  {
    Rig rig(trial, *entry);
    rig.create();
  }
  entry->deinit();
  ::dlclose(handle);
  void* still = ::dlopen(trial.subject.library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  return trial.expect(still == nullptr, "it to be unmapped after dlclose", "it is still mapped");
}

}  // namespace

void check_loads(Trial& trial) {
  trial.at("loading the library");
  std::string why;
  const vestitel_entry* entry = Loaded::open(trial.subject.library, why);
  trial.expect(entry != nullptr,
               trial.subject.program ? "it to start, and to answer hello with what it is"
                                     : "it to load with RTLD_NOW and RTLD_LOCAL",
               why);
}

void check_load_time(Trial& trial) {
  if (trial.subject.program) return check_start_time(trial);
  constexpr double kTarget = 50, kMost = 500;
  double best = 1e9;
  for (int attempt = 0; attempt < 3 && best > kTarget; ++attempt) {
    const LoadTime took = load_apart(trial);
    if (took.passed_ms < 0) return static_cast<void>(trial.skip("the library does not load (check 15)"));
    best = std::min(best, took.passed_ms);
  }
  const std::string seen = std::to_string(static_cast<int>(best)) + " ms";
  if (trial.expect(best <= kMost, "load, init and describe within 500 ms", seen))
    trial.advise(best <= kTarget, "load, init and describe within 50 ms", seen);
}

void check_entry(Trial& trial) {
  std::string why;
  const vestitel_entry* entry = Loaded::open(trial.subject.library, why);
  if (entry == nullptr) return static_cast<void>(trial.skip("the library does not load (check 15)"));
  const std::string problem = entry_problem(*entry);
  trial.expect(problem.empty(), "an entry of ABI 1", problem);
}

void check_descriptor(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const Described& d = trial.subject.described;
  for (std::size_t i = 0; i < d.ids.size(); ++i) {
    trial.expect(is_reverse_dns(d.ids[i]), "an id in reverse-DNS form", d.ids[i]);
    const auto again = std::count(d.ids.begin(), d.ids.end(), d.ids[i]);
    trial.expect(again == 1, "each id once", d.ids[i] + " " + std::to_string(again) + " times");
  }
  trial.expect(!d.name.empty(), "a name", "none");
  trial.expect((d.kind & kAny) != 0 && (d.kind & ~kAny) == 0, "the kind reader, feed or sink", std::to_string(d.kind));
  trial.expect((d.flags & 0xFFFF0000U) == 0, "no flag that a host must understand", std::to_string(d.flags));
  trial.expect(Json::parse(d.capabilities_json, nullptr, false).is_object(), "capabilities as a JSON object",
               "something else");
  if (trial.subject.manifest) compare_with_manifest(trial);
  Rig rig(trial, *entry);
  if (trial.failed() || !rig.create().ok() || !rig.alive()) return;
  for (const unsigned kind : {kReader, kFeed, kSink})
    if ((d.kind & kind) != 0)
      trial.expect(rig.extension(ability_of(kind)) != nullptr,
                   std::string("the ability ") + ability_of(kind) + ", which its kind promises", "none");
}

void check_strange_ids(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const std::string& id = trial.subject.described.id;
  const std::pair<std::string, const char*> strange[] = {
      {id + "x", "its id and a letter"},
      {id + std::string(1, '\0'), "its id and a zero byte"},
      {"", "an empty id"},
      {"\xC3\x28\xFF", "an id that is not UTF-8"},
      {std::string(1 << 20, 'a'), "an id of 1 MiB"},
      {id.substr(0, id.size() - 1), "its id without its last letter"}};
  for (const auto& [text, what] : strange)
    if (!turned_away(trial, *entry, text, what)) return;
}

void check_unknown_extension(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Rig rig(trial, *entry);
  if (!rig.create().ok() || !rig.alive()) return static_cast<void>(trial.skip("no instance of it is created here"));
  for (const char* id : {"", "vestitel", "vestitel.parse", "vestitel.parse/", "vestitel.parse/2", "vestitel.parse/10",
                         "vestitel.poll/10", "vestitel.deliver/10", "vestitel.deliver/2", "com.example.unknown/1",
                         "vestitel.emit/1", "VESTITEL.PARSE/1"}) {
    trial.at(std::string("asking for the extension ") + id);
    if (!trial.expect(rig.extension(id) == nullptr, "NULL for an unknown extension", "a table")) return;
  }
}

void check_counted_init(Trial& trial) {
  const vestitel_entry* entry = load(trial);  // the first init
  if (entry == nullptr) return;
  const auto lives = [&](const char* when) {
    trial.at(when);
    Rig rig(trial, *entry);
    const vestitel_descriptor* d = entry->describe(0);
    if (!trial.expect(d != nullptr && d->id.n > 0, "describe to answer", "nothing")) return false;
    const Called called = rig.create();
    return trial.expect(called.ok() && rig.alive(), "an instance to be created", called.text());
  };
  if (!trial.expect(entry->init(str(".")) >= 0, "the second init to answer OK", "an error")) return;
  entry->deinit();
  if (!lives("living on after init, init, deinit")) return;
  entry->deinit();
  if (!trial.expect(entry->init(str(".")) >= 0, "init to answer OK after the last deinit", "an error")) return;
  if (lives("living again after the last deinit and an init")) entry->deinit();
}

void check_reload(Trial& trial) {
  if ((trial.subject.described.flags & VESTITEL_FLAG_NODELETE) != 0)
    return static_cast<void>(trial.skip("it says that it must never be unmapped (NODELETE)"));
  const int rounds = trial.long_form() ? 50 : 12;
  Memory warm;
  for (int i = 0; i < rounds; ++i) {
    trial.at("load and unload number " + std::to_string(i + 1));
    if (!reload(trial)) return;
    if (i == 3) warm = Memory::now();
  }
  const Memory last = Memory::now();
  trial.expect(
      last.descriptors <= warm.descriptors, "no descriptor to stay open",
      std::to_string(last.descriptors - warm.descriptors) + " more after " + std::to_string(rounds - 4) + " loads");
  const long grown = last.rss_kib - warm.rss_kib;
  trial.expect(grown < 64L * (rounds - 4) + 512, "memory that does not grow with each load",
               std::to_string(grown) + " KiB more");
}

}  // namespace vestitel::check
