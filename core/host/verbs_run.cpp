#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <sstream>
#include <thread>

#include "core/base/log.hpp"
#include "core/host/command_line.hpp"
#include "core/host/control.hpp"
#include "core/host/hub.hpp"
#include "core/host/present.hpp"
#include "core/host/service.hpp"
#include "core/host/setup.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

void configure_log(const LogConfig& config) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const bool json = config.form == LogConfig::Form::kJson || (config.form == LogConfig::Form::kAuto && !terminal);
  log::configure(json ? log::Form::kJson : log::Form::kText, static_cast<log::Level>(config.level));
}

// A failed COMMIT is unknown, not no: only a new process may find out. Nothing is flushed, nothing is undone.
void end_process(const std::string&) { std::_Exit(kExitStorage); }

// Verbs that a second process hands over, with the hub's own store.
ControlServer::Handler handler_for(const Context& context, const HubConfig& config, sqlite::Store& store) {
  return [&clock = context.clock, &random = context.random, config, &store](const ControlRequest& request) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in(request.input);
    Context inner{out, err, in, clock, random};
    inner.config = config;
    inner.running = &store;
    const int exit = run_words(inner, request.words);
    return ControlAnswer{exit, out.str(), err.str()};
  };
}

}  // namespace

int verb_run(Context& context) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  const HubConfig& config = *loaded.config;
  configure_log(config.log);
  auto keys = keys_of(config, context.random);
  if (!keys) return fail(context, keys.error());
  auto store = sqlite::Store::open({store_folder(config)}, *keys, context.clock, context.random, end_process);
  if (!store) return fail(context, store.error());
  auto hub = Hub::create(config, **store, context.clock, context.random);
  if (!hub) return fail(context, hub.error());
  if (auto started = (*hub)->start(); !started) return fail(context, started.error());
  auto control = ControlServer::open(config, handler_for(context, config, **store));
  if (!control) return fail(context, control.error());
  const int exit = serve_until_told_to_stop([] { log::info("hub_ready"); });
  log::info("hub_stopping");
  control->reset();
  (*hub)->stop();
  return exit;
}

int verb_check(Context& context, bool connect) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  const HubConfig& config = *loaded.config;
  auto pipeline = build_pipeline(config);
  if (!pipeline.ok()) {
    context.err << to_text(pipeline.errors) << "\n";
    return kExitConfig;
  }
  const Catalogue catalogue(config.plugins.empty() ? shipped_plugins() : config.plugins);
  int exit = kExitDone;
  for (const Instance& instance : config.instances) {
    auto plugin = configured(instance, catalogue, context.clock);
    if (!plugin) {
      exit = fail(context, plugin.error());
      continue;
    }
    std::string said = "settings are valid";
    if (connect && instance.enabled) {
      auto reached = (*plugin)->check();
      said = reached ? "reached" : reached.error().message;
      if (!reached) exit = std::max(exit, static_cast<int>(kExitFailed));
    }
    context.out << fmt::format("{:<16} {:<16} {}{}\n", instance.id, instance.plugin, said,
                               instance.enabled ? "" : " (disabled)");
  }
  return exit;
}

namespace {

// Puts every sample report into the demo's drop folder, ready to be taken at once.
Result<int> drop_samples(const std::string& samples, const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  int dropped = 0;
  for (const auto& entry : fs::directory_iterator(samples, failed)) {
    if (entry.path().extension() != ".xml") continue;
    const fs::path to = fs::path(folder) / entry.path().filename();
    if (fs::exists(fs::path(folder) / "done" / entry.path().filename(), failed)) fs::remove(to, failed);
    fs::copy_file(entry.path(), to, fs::copy_options::overwrite_existing, failed);
    if (failed) return {Failure::kIo, "copying " + entry.path().string() + ": " + failed.message()};
    std::FILE* ready = std::fopen((to.string() + ".ready").c_str(), "w");
    if (ready != nullptr) std::fclose(ready);
    ++dropped;
  }
  if (dropped == 0) return {Failure::kNotFound, "running the demo: no sample reports in " + samples};
  return dropped;
}

template <class Rows>
void section(Context& context, const char* title, const Result<Rows>& rows, const char* none) {
  context.out << "\n" << title << "\n";
  if (!rows || rows->empty()) context.out << "  " << none << "\n";
  if (rows)
    for (const auto& row : *rows) context.out << "  " << line_of(row) << "\n";
}

void print_demo(Context& context, sqlite::Store& store, const HubConfig& config) {
  LookStore& look = store.look();
  section(context, "What came in", look.documents({0, 100}), "nothing");
  section(context, "What was reported, and about whom (numbers of ours, never an identifier)", look.events({0, 100}), "nothing");
  section(context, "What was told to whom", look.deliveries("", {0, 100}), "nothing");
  context.out << "\nWhat was told to nobody, and why\n";
  if (const auto events = look.events({0, 100})) {
    for (const Event& event : *events) {
      const auto told = look.explain(event.id);
      if (!told || !*told) continue;
      for (const NotOwedRow& row : (*told)->not_owed)
        context.out << "  " << to_text(event.id) << ": " << row.reason << "\n";
    }
  }
  section(context, "What was quarantined, and why", look.quarantine(0, {0, 100}), "nothing");
  context.out << "\nThe books\n";
  if (const auto books = look.books()) context.out << text_of(*books);
  context.out << "\nWhere to look\n"
              << "  messages   " << config.store << "/outbox\n"
              << "  receipts   " << config.store << "/inbox/nzok-amblist/done and rejected\n"
              << "  store      " << store_folder(config) << "\n";
}

bool drained(const Hub& hub, Context& context) {
  const Micros deadline = context.clock.monotonic() + std::chrono::minutes(2);
  int quiet = 0;
  while (quiet < 3) {
    if (context.clock.monotonic() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    quiet = hub.idle() ? quiet + 1 : 0;
  }
  return true;
}

}  // namespace

int verb_demo(Context& context, const DemoOptions& options) {
  const auto defaults = embedded_defaults(fs::absolute(options.state).string());
  if (!defaults.ok()) return fail(context, {Failure::kInternal, to_text(defaults.errors)});
  const HubConfig& config = defaults.config;
  configure_log(config.log);
  log::configure(log::Form::kText, log::Level::kWarning);
  std::error_code failed;
  fs::create_directories(config.store, failed);
  auto keys = keys_of(config, context.random);
  if (!keys) return fail(context, keys.error());
  auto store = sqlite::Store::open({store_folder(config)}, *keys, context.clock, context.random, end_process);
  if (!store) return fail(context, store.error());
  const auto people = import_people(context, **store, options.samples + "/subscriptions.csv");
  if (!people) return fail(context, people.error());
  auto hub = Hub::create(config, **store, context.clock, context.random);
  if (!hub) return fail(context, hub.error());
  const Instance* reader = config.find("nzok-amblist");
  if (reader == nullptr || !reader->reader) return fail(context, {Failure::kInternal, "running the demo: no reader"});
  const auto dropped = drop_samples(options.samples, reader->reader->drop_folder);
  if (!dropped) return fail(context, dropped.error());
  if (auto started = (*hub)->start(); !started) return fail(context, started.error());
  const bool done = drained(**hub, context);
  (*hub)->stop();
  context.out << fmt::format("Vestitel demo: {} sample reports, {} people subscribed\n", *dropped,
                             people->added + people->renewed + people->unchanged);
  print_demo(context, **store, config);
  if (!done) return fail(context, {Failure::kInternal, "running the demo: it did not come to rest in two minutes"});
  return kExitDone;
}

}  // namespace vestitel
