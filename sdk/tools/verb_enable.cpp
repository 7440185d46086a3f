// plugin enable, disable, rollback, remove: which version of an installed plugin is used.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct NameOptions {
  std::string name, version, root;
  std::vector<std::string> grant;
};
using Named = std::shared_ptr<NameOptions>;

CLI::App* named_verb(CLI::App& group, ToolOutcome& outcome, const char* name, const char* help, const Named& options,
                     int (*run)(ToolOutcome&, const NameOptions&)) {
  auto* verb = add_tool_verb(group, outcome, name, help, [&outcome, options, run] { return run(outcome, *options); });
  verb->add_option("plugin", options->name, "its id, or the last part of it")->required();
  add_store_option(*verb, options->root);
  return verb;
}

int told(ToolOutcome& outcome, const PackageStore& store, const PluginState& state, const std::string& done) {
  const auto active = store.package(state.active);
  std::string version, asks;
  nlohmann::ordered_json line = json_of(state);
  if (active) {
    version = " " + active->manifest.version;
    asks = asks_text(active->manifest, active->judgement);
    line["version"] = active->manifest.version;
    line["asks"] = active->manifest.capabilities.asks();
    line["trust"] = json_of(active->judgement);
  }
  return say(outcome, line,
             state.id + version + " " + done + "\n" + asks + "  granted    " + joined(state.granted) + "\n");
}

// What it asks for is shown before anybody grants it.
int show_asks(ToolOutcome& outcome, const PackageStore& store, const NameOptions& options, const Error& error) {
  if (outcome.json) return package_fail(outcome, error);
  const auto id = store.id_of(options.name);
  const auto all = store.installed();
  if (id && all)
    for (const auto& one : *all)
      if (one.manifest.id == *id && (options.version.empty() || one.manifest.version == options.version))
        say(outcome, {}, one.manifest.id + " " + one.manifest.version + "\n" + asks_text(one.manifest, one.judgement));
  return package_fail(outcome, error);
}

int enable(ToolOutcome& outcome, const NameOptions& options) {
  auto store = open_store(options.root);
  if (!store) return package_fail(outcome, store.error());
  const Grants grants = options.grant.empty() ? Grants() : Grants(options.grant);
  const auto done = store->enable(options.name, options.version, grants);
  if (!done && refusal_of(done.error()) == Refusal::kNotGranted)
    return show_asks(outcome, *store, options, done.error());
  if (!done) return package_fail(outcome, done.error());
  return told(outcome, *store, *done, "is enabled; the hub uses it from its next start");
}

int disable(ToolOutcome& outcome, const NameOptions& options) {
  auto store = open_store(options.root);
  if (!store) return package_fail(outcome, store.error());
  const auto done = store->disable(options.name);
  if (!done) return package_fail(outcome, done.error());
  return told(outcome, *store, *done, "is disabled; the hub does without it from its next start");
}

int rollback(ToolOutcome& outcome, const NameOptions& options) {
  auto store = open_store(options.root);
  if (!store) return package_fail(outcome, store.error());
  const auto done = store->rollback(options.name);
  if (!done) return package_fail(outcome, done.error());
  return told(outcome, *store, *done, "is active again; the hub uses it from its next start");
}

int remove(ToolOutcome& outcome, const NameOptions& options) {
  auto store = open_store(options.root);
  if (!store) return package_fail(outcome, store.error());
  const auto done = store->remove(options.name, options.version);
  if (!done) return package_fail(outcome, done.error());
  return say(outcome, {{"removed", *done}},
             std::to_string(*done) + (*done == 1 ? " package" : " packages") + " removed\n");
}

}  // namespace

void add_enable_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<NameOptions>();
  auto* verb = named_verb(group, outcome, "enable", "show what a plugin asks for, grant it, and let the hub use it",
                          options, enable);
  verb->add_option("--version", options->version, "which installed version (default: the active, else the highest)");
  verb->add_option("--grant", options->grant, "all, none, or one thing that it asks for; may be repeated")
      ->allow_extra_args(false);
}

void add_disable_verb(CLI::App& group, ToolOutcome& outcome) {
  named_verb(group, outcome, "disable", "stop using a plugin; it stays installed", std::make_shared<NameOptions>(),
             disable);
}

void add_rollback_verb(CLI::App& group, ToolOutcome& outcome) {
  named_verb(group, outcome, "rollback", "go back to the version that was active before",
             std::make_shared<NameOptions>(), rollback);
}

void add_remove_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<NameOptions>();
  auto* verb = named_verb(group, outcome, "remove", "take a disabled plugin out of the store", options, remove);
  verb->add_option("--version", options->version, "this version alone (default: all)");
}

}  // namespace vestitel
