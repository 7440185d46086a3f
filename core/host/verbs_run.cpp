#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "core/api/inbox_check.hpp"
#include "core/base/log.hpp"
#include "core/host/checking.hpp"
#include "core/host/command_line.hpp"
#include "core/host/control.hpp"
#include "core/host/hub.hpp"
#include "core/host/inbox.hpp"
#include "core/host/present.hpp"
#include "core/host/service.hpp"
#include "core/host/setup.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

void configure_log(const LogConfig& config, bool as_json) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const bool json =
      as_json || config.form == LogConfig::Form::kJson || (config.form == LogConfig::Form::kAuto && !terminal);
  log::configure(json ? log::Form::kJson : log::Form::kText, static_cast<log::Level>(config.level));
}

// Verbs that a second process hands over, with the hub's own store.
ControlServer::Handler handler_for(const Context& context, const HubConfig& config, sqlite::Store& store, Hub& hub) {
  return [&clock = context.clock, &random = context.random, config, &store, &hub](const ControlRequest& request,
                                                                                  const std::stop_token& stop) {
    if (request.standings)
      return ControlAnswer{
          kExitDone, dumped(nlohmann::ordered_json{{"sinks", to_json(hub.sinks())}, {"feeds", to_json(hub.feeds())}}),
          ""};
    if (request.metrics) return ControlAnswer{kExitDone, hub.metrics(), ""};
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in(request.input);
    Context inner{out, err, in, clock, random};
    inner.config = config;
    inner.folder = request.folder;
    inner.stop = stop;
    inner.running = &store;
    inner.hub = &hub;
    const int exit = run_words(inner, request.words);
    return ControlAnswer{exit, out.str(), err.str()};
  };
}

// A drop folder of a partner holds five descriptors, and there may be thousands. What may not be raised stays: folders
// beyond it are degraded, and say so.
void use_every_descriptor() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

// The launcher is forked first, before there are threads or secrets; then this process gives up starting programs.
Result<> start_programs_no_more(const HubConfig& config) {
  if (has_children(config))
    if (auto launcher = start_launcher(); !launcher) return launcher.error();
  return give_up_execve();
}

}  // namespace

int verb_run(Context& context) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  const HubConfig& config = *loaded.config;
  configure_log(config.log, context.json);
  hold_signals_to_stop();
  use_every_descriptor();
  if (auto alone = start_programs_no_more(config); !alone) return fail(context, alone.error());
  if (const auto checked = check_hub(config, {}, context.clock, Whom::kEnabled); !checked.errors.empty())
    return fail(context, checked.errors);
  if (auto ours = store_is_ours(config); !ours) return fail(context, ours.error());
  auto keys = keys_of(config, context.random);
  if (!keys) return fail(context, keys.error());
  auto store = sqlite::Store::open({store_folder(config)}, *keys, context.clock, context.random, end_process);
  if (!store) return fail(context, store.error());
  auto hub = Hub::create(config, **store, context.clock, context.random);
  if (!hub) return fail(context, hub.error());
  if (auto started = (*hub)->start(); !started) return fail(context, started.error());
  auto control = ControlServer::open(config, handler_for(context, config, **store, **hub));
  if (!control) return fail(context, control.error());
  const int exit = serve_until_told_to_stop([] { log::info("hub_ready"); });
  log::info("hub_stopping");
  control->reset();
  (*hub)->stop();
  return exit;
}

namespace {

void print_checked(Context& context, const Instance& instance, const std::string& said) {
  if (context.json)
    context.out << nlohmann::ordered_json{{"instance", instance.id},
                                          {"plugin", instance.plugin},
                                          {"enabled", instance.enabled},
                                          {"result", said}}
                       .dump()
                << "\n";
  else
    context.out << fmt::format("{:<16} {:<16} {}{}\n", instance.id, instance.plugin, said,
                               instance.enabled ? "" : " (disabled)");
}

// Reaches what the instance works with. The error is told whole: path or key, and why.
Result<> reach(const Instance& instance, ConfiguredPlugin& made) {
  if (instance.reader && !instance.reader->drop_folder.empty())
    if (auto usable = drop_folder_usable(instance.reader->drop_folder); !usable) return usable;
  const auto reached = made.plugin->check();
  if (reached || reached.error().failure != Failure::kConfig) return reached;
  return {Failure::kConfig, refused_setting(instance, made.settings_json, reached.error().message).text()};
}

// A store that is there has to be ours, whole, and open with this master key.
Result<> reach_store(const HubConfig& config, const Clock& clock) {
  if (auto ours = store_is_ours(config); !ours) return ours.error();
  if (!store_exists(config)) return Done{};
  const auto keys = load_master_keys(config.keys);
  if (!keys) return keys.error();
  const auto store = sqlite::ReadStore::open(store_folder(config), *keys, clock);
  return store ? Result<>(Done{}) : store.error();
}

Result<> reach_inbox(const HubConfig& config) {
  return config.inbox.host.empty() ? Result<>(Done{}) : inbox_reachable(inbox_settings(config, {}));
}

void warn_if_idle(Context& context, const HubConfig& config) {
  const auto enabled = [](const Instance& instance) { return instance.enabled; };
  if (std::any_of(config.instances.begin(), config.instances.end(), enabled)) return;
  static constexpr const char* kIdle = "no instance is enabled: nothing will be read or sent";
  if (context.json)
    context.err << nlohmann::ordered_json{{"warning", kIdle}}.dump() << "\n";
  else
    context.err << "vestitel: warning: " << kIdle << "\n";
}

}  // namespace

int verb_check(Context& context, bool connect) {
  ConfigOutcome read = load_config(context.config_path, SystemEnvironment{});
  const HubConfig& config = read.config;
  CheckedHub checked = check_hub(config, std::move(read.errors), context.clock, Whom::kAll);
  if (!checked.errors.empty()) return fail(context, checked.errors);
  warn_if_idle(context, config);
  if (connect)
    for (const auto& reached : {reach_store(config, context.clock), reach_inbox(config)})
      if (!reached) return fail(context, reached.error());
  int exit = kExitDone;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const Instance& instance = config.instances[i];
    std::string said = "settings are valid";
    if (connect && instance.enabled) {
      const auto reached = reach(instance, checked.plugins[i]);
      said = reached ? "reached" : reached.error().message;
      if (!reached) exit = kExitFailed;
    }
    print_checked(context, instance, said);
  }
  return exit;
}

}  // namespace vestitel
