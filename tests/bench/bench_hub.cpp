// Measures the hub from a document to the `file` sink, in one process that bench.py starts anew for each figure.
//
//   bench_hub preload STATE PEOPLE           a store that knows so many people, all of whom have subscribed
//   bench_hub run STATE REPORT [HOME BATCH]  reads the report (T1), then routes and delivers (T2 to T4); prints JSON.
//   HOME:
//                                            child or in-process, of reader and sink; BATCH: messages handed over at
//                                            once
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/random.hpp"
#include "core/config/config.hpp"
#include "core/host/hub.hpp"
#include "core/host/setup.hpp"
#include "core/intake/import.hpp"
#include "core/store/sqlite/store.hpp"
#include "tests/support/amblist_generator.hpp"

namespace {

using namespace vestitel;

constexpr std::size_t kPeopleAtOnce = 50'000;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

struct State {
  explicit State(const std::string& state) : defaults(embedded_defaults(state)), config(defaults.config) {
    if (!defaults.ok()) throw std::runtime_error(to_text(defaults.errors));
    std::filesystem::create_directories(state);
    keys = std::make_unique<MasterKeys>(must(keys_of(config, random)));
    store = must(sqlite::Store::open({store_folder(config)}, *keys, clock, random, [](const std::string& why) {
      std::fprintf(stderr, "%s\n", why.c_str());
      std::_Exit(75);
    }));
  }
  ConfigOutcome defaults;
  HubConfig& config;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<MasterKeys> keys;
  std::unique_ptr<sqlite::Store> store;
};

void preload(const std::string& state, std::uint64_t people) {
  State home(state);
  std::vector<Enrolment> batch;
  const double start = seconds();
  for (std::uint64_t i = 0; i < people; ++i) {
    batch.push_back({{IdentifierType::kEgn, PersonalText(testing::person_egn(i))},
                     Channel::kEmail,
                     PersonalText(fmt::format("p{}@example.test", i)),
                     Cadence::kImmediate,
                     "bg"});
    if (batch.size() < kPeopleAtOnce && i + 1 < people) continue;
    (void)must(home.store->directory().enrol(batch));
    batch.clear();
  }
  std::fprintf(stderr, "%llu people in %.0f s\n", static_cast<unsigned long long>(people), seconds() - start);
}

// Where we are root a plugin's process is another user; the sink's folder is opened to it.
void open_to_children(const std::string& state) {
  const std::filesystem::path out = std::filesystem::path(state) / "outbox";
  std::filesystem::create_directories(out);
  std::filesystem::permissions(out, std::filesystem::perms::all);
  std::filesystem::permissions(state, std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
}

void run(const std::string& state, const std::string& report, PluginHome where, std::uint32_t batch) {
  State home(state);
  for (Instance& instance : home.config.instances) {
    if (instance.reader) instance.reader->drop_folder.clear();
    if (instance.sink && batch > 0) instance.sink->batch = batch;
    instance.home = where;
  }
  if (where == PluginHome::kChild) open_to_children(state);
  auto hub = must(Hub::create(home.config, *home.store, home.clock, home.random));
  const Instance* reader = home.config.find("nzok-amblist");
  const Catalogue catalogue = catalogue_of(home.config);
  auto plugin = must(configured(*reader, catalogue, home.clock));
  (void)must(plugin->start());
  DocumentIntake intake(home.store->intake(), *plugin->reader(), rules_with(home.clock, home.store->partners()));

  const double start = seconds();
  const auto outcome = must(import_file({report, "nzok-amblist", "", "", std::nullopt, false}, intake, home.clock, {},
                                        [](const ImportProgress&) {}));
  const double staged = seconds();
  (void)must(hub->start());
  int quiet = 0;
  while (quiet < 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    quiet = hub->idle() ? quiet + 1 : 0;
  }
  const double told = seconds();
  hub->stop();
  const auto books = must(home.store->look().books());
  fmt::print(R"({{"events":{},"quarantined":{},"t1_s":{:.3f},"whole_s":{:.3f},"told":{},"balanced":{},"peak_kib":{}}})"
             "\n",
             outcome.row.counts.accepted, outcome.row.counts.quarantined, staged - start, told - start, books.told,
             books.balanced(), peak_kib());
}

PluginHome home_named(const std::string& name) {
  if (name != "child" && name != "in-process") throw std::runtime_error("a home is child or in-process");
  return name == "child" ? PluginHome::kChild : PluginHome::kInProcess;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "preload" && argc == 4)
    preload(argv[2], std::stoull(argv[3]));
  else if (verb == "run" && argc == 4)
    run(argv[2], argv[3], PluginHome::kDefault, 0);
  else if (verb == "run" && argc == 6)
    run(argv[2], argv[3], home_named(argv[4]), static_cast<std::uint32_t>(std::stoul(argv[5])));
  else
    throw std::runtime_error("usage: bench_hub preload STATE PEOPLE | bench_hub run STATE REPORT [HOME BATCH]");
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_hub: %s\n", e.what());
  return 1;
}
