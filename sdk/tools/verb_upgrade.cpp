// plugin upgrade: a newer package in the place of the active one, after a shadow run where that was asked for.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "core/base/safe_text.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/shadow.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct UpgradeOptions {
  std::string package, root, settings, partner, plugin;
  std::vector<std::string> grant, shadow;
  bool accept = false, values = false;
};

const char* word(ShadowDifference::Kind kind) {
  switch (kind) {
    case ShadowDifference::Kind::kOnlyOld: return "gone";
    case ShadowDifference::Kind::kOnlyNew: return "new";
    case ShadowDifference::Kind::kChanged: return "changed";
  }
  return "changed";
}

void print_difference(ToolOutcome& outcome, const ShadowDifference& one, bool values) {
  nlohmann::ordered_json line = {
      {"difference", word(one.kind)}, {"what", safe_text(one.what, 300)}, {"place", one.place}, {"fields", one.fields}};
  std::string text = std::string("  ") + word(one.kind) + "  " + safe_text(one.what, 300) +
                     (one.place.empty() ? "" : "  (" + one.place + ")") +
                     (one.fields.empty() ? "" : ": " + joined(one.fields)) + "\n";
  if (values)
    for (const auto& [field, both] : one.values) {
      line["values"][field] = {both.first, both.second};
      text += "      " + field + ": " + one_line(both.first) + " -> " + one_line(both.second) + "\n";
    }
  say(outcome, line, text);
}

void print_document(ToolOutcome& outcome, const ShadowDocument& one, bool values) {
  say(outcome,
      {{"document", one.path},
       {"old_events", one.old_events},
       {"new_events", one.new_events},
       {"same", one.same},
       {"differences", one.differences.size()},
       {"old_failure", one.old_failure},
       {"new_failure", one.new_failure}},
      one.path + ": " + std::to_string(one.old_events) + " before, " + std::to_string(one.new_events) + " now, " +
          std::to_string(one.same) + " the same, " + std::to_string(one.differences.size()) + " different\n" +
          (one.old_failure.empty() ? "" : "  the old version: " + one.old_failure + "\n") +
          (one.new_failure.empty() ? "" : "  the new version: " + one.new_failure + "\n"));
  for (const auto& difference : one.differences) print_difference(outcome, difference, values);
}

Result<ShadowVersion> version_of(const InstalledPackage& package, const std::string& plugin) {
  for (const auto& one : package.plugins) {
    if (!one.reader || (!plugin.empty() && one.id != plugin)) continue;
    const auto* file = package.manifest.find(package.manifest.library);
    return ShadowVersion{package.library(), file->sha256, one.id, one.version};
  }
  return {Failure::kInvalid,
          "version " + package.manifest.version + " holds no such reader: a shadow run reads documents"};
}

// Both versions over each document. True: no difference.
Result<bool> shadow(ToolOutcome& outcome, PackageStore& store, const UpgradeOptions& options) {
  const auto fresh = store.install(options.package, SystemClock().now());
  if (!fresh) return fresh.error();
  const auto state = store.state(fresh->manifest.id);
  if (!state) return state.error();
  if (state->active.empty())
    return refused(Refusal::kNotEnabled, "no version of " + fresh->manifest.id + " was ever enabled");
  const auto active = store.package(state->active);
  if (!active) return active.error();
  const auto old_version = version_of(*active, options.plugin), new_version = version_of(*fresh, options.plugin);
  if (!old_version) return old_version.error();
  if (!new_version) return new_version.error();
  ShadowOptions run;
  run.partner = options.partner;
  run.as_of = SystemClock().now();
  if (!options.settings.empty()) {
    auto settings = read_plain_file(options.settings, 1UL << 20);
    if (!settings) return settings.error();
    run.settings = std::move(*settings);
  }
  SystemRandom random;
  bool equal = true;
  for (const auto& document : options.shadow) {
    const auto one = run_shadow(*old_version, *new_version, document, run, random);
    if (!one) return one.error();
    print_document(outcome, *one, options.values);
    equal = equal && one->equal();
  }
  return equal;
}

int upgrade(ToolOutcome& outcome, const UpgradeOptions& options) {
  auto store = open_store(options.root);
  if (!store) return package_fail(outcome, store.error());
  if (!options.shadow.empty()) {
    const auto equal = shadow(outcome, *store, options);
    if (!equal) return package_fail(outcome, equal.error());
    if (!*equal && !options.accept)
      return package_fail(outcome, {Failure::kConflict,
                                    "the new version makes other events of these documents; it is "
                                    "installed and not active. To use it all the same, repeat with "
                                    "--accept-differences"});
  }
  const Grants grants = options.grant.empty() ? Grants() : Grants(options.grant);
  const auto done = store->upgrade(options.package, grants, SystemClock().now());
  if (!done) return package_fail(outcome, done.error());
  const auto active = store->package(done->active);
  if (!active) return package_fail(outcome, active.error());
  nlohmann::ordered_json line = json_of(*done);
  line["version"] = active->manifest.version;
  return say(outcome, line,
             done->id + " " + active->manifest.version + " is active" +
                 (done->enabled ? "" : " (the plugin is disabled)") + "; the hub uses it from its next start\n" +
                 asks_text(active->manifest, active->judgement) + "  granted    " + joined(done->granted) +
                 "\nback: " + outcome.program + " rollback " + done->id + "\n");
}

}  // namespace

void add_upgrade_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<UpgradeOptions>();
  auto* verb = add_tool_verb(group, outcome, "upgrade", "use a newer package in the place of the active one",
                             [&outcome, options] { return upgrade(outcome, *options); });
  verb->add_option("package", options->package, "the .vplugin file")->required();
  verb->add_option("--grant", options->grant, "all, none, or one thing that it asks for anew; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--shadow", options->shadow, "first read these recorded documents with both versions");
  verb->add_option("--settings", options->settings, "the reader's settings for the shadow run, a JSON file");
  verb->add_option("--partner", options->partner, "the partner of those documents");
  verb->add_option("--plugin", options->plugin, "the id of the reader, where the package holds several");
  verb->add_flag("--values", options->values, "show old and new values too (health data; identifiers stay hidden)");
  verb->add_flag("--accept-differences", options->accept, "upgrade although events differ");
  add_store_option(*verb, options->root);
}

}  // namespace vestitel
