// plugin docs: the manual of a plugin, from its descriptor and the schema of its settings; and the mapping of its
// fields, from what it makes of samples.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "sdk/tools/lab.hpp"
#include "sdk/tools/manual.hpp"
#include "sdk/tools/mapping_text.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct DocsOptions {
  TryOptions trying;
  bool man = false;
  std::vector<std::string> samples;
};

int work(ToolOutcome& outcome, const DocsOptions& options, const std::string& library, ChildProgress& progress,
         ChildVoice& voice) {
  progress.doing = Doing::kLoading;
  const auto plugins = plugins_of_library(library);
  if (!plugins) return tool_fail(outcome, plugins.error());
  bool found = false;
  for (const PluginDescription& plugin : *plugins) {
    if (!options.trying.id.empty() && plugin.id != options.trying.id) continue;
    found = true;
    const std::string manual = options.man ? manual_man(plugin) : manual_markdown(plugin);
    voice.say(outcome.json ? nlohmann::json{{"id", plugin.id}, {"manual", manual}}.dump() + "\n" : manual);
  }
  return found ? kToolPassed : tool_fail(outcome, {Failure::kNotFound, "no plugin of this id is in " + library});
}

// The plugin that was named, or the only one.
Result<PluginDescription> description_of(const TryTarget& target) {
  const auto plugins = plugins_of_library(target.library);
  if (!plugins) return plugins.error();
  for (const PluginDescription& plugin : *plugins) {
    if (target.id.empty() || plugin.id == target.id) return plugin;
  }
  return {Failure::kNotFound, "no plugin of this id is in " + target.library};
}

int map_fields(ToolOutcome& outcome, const DocsOptions& options, const TryTarget& target,
               const std::vector<MappingSample>& samples, ChildProgress& progress, ChildVoice& voice) {
  const auto now = instant_of(options.trying);
  if (!now) return tool_fail(outcome, now.error());
  const StoppedClock clock(*now);
  const auto instance = start_instance(in_process_home(), target, clock, progress);
  if (!instance) return tool_fail(outcome, instance.error());
  Reader* reader = (*instance)->reader();
  if (reader == nullptr) return tool_fail(outcome, {Failure::kInvalid, "only a reader maps documents"});
  const auto plugin = description_of(target);
  if (!plugin) return tool_fail(outcome, plugin.error());
  progress.doing = Doing::kParsing;
  const auto mapping = map_samples(*reader, arrival_of("", options.trying, *now), samples, progress);
  if (!mapping) return tool_fail(outcome, mapping.error());
  voice.say(outcome.json ? mapping_json(*mapping, *plugin).dump() + "\n" : mapping_markdown(*mapping, *plugin));
  return kToolPassed;
}

int finished(ToolOutcome& outcome, const Result<ChildEnd>& end) {
  if (!end) return tool_fail(outcome, end.error());
  return end->finished ? end->code : tell_end(outcome, "the plugin", *end);
}

int docs_of_mapping(ToolOutcome& outcome, const DocsOptions& options, const TryTarget& target) {
  std::vector<MappedFile> files;
  std::vector<MappingSample> samples;
  for (const std::string& path : options.samples) {
    auto file = MappedFile::open(path);
    if (!file) return tool_fail(outcome, file.error());
    if (file->bytes().size() > kLabLargest)
      return tool_fail(outcome, {Failure::kInvalid, path + ": a sample has at most 1 MiB: cut one out of it"});
    files.push_back(std::move(*file));
    samples.push_back({path.substr(path.rfind('/') + 1), files.back().bytes()});
  }
  return finished(outcome, run_in_child(
                               limits_of(options.trying),
                               [&](ChildProgress& progress, ChildVoice& voice) {
                                 return map_fields(outcome, options, target, samples, progress, voice);
                               },
                               [&](std::string_view text) { outcome.out << text; }));
}

int docs(ToolOutcome& outcome, const DocsOptions& options) {
  const auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  if (!options.samples.empty()) return docs_of_mapping(outcome, options, *target);
  return finished(outcome, run_in_child(
                               limits_of(options.trying),
                               [&](ChildProgress& progress, ChildVoice& voice) {
                                 return work(outcome, options, target->library, progress, voice);
                               },
                               [&](std::string_view text) { outcome.out << text; }));
}

}  // namespace

void add_docs_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<DocsOptions>();
  auto* verb = add_tool_verb(group, outcome, "docs",
                             "the plugin's manual from the schema of its settings, or its field mapping from samples",
                             [&outcome, options] { return docs(outcome, *options); });
  auto* mapping = verb->add_option(
      "--mapping", options->samples,
      "samples, each at most 1 MiB: instead of the manual, which place of them gives which field of an event");
  verb->add_flag("--man", options->man, "a man page instead of Markdown")->excludes(mapping);
  add_try_options(*verb, options->trying);
}

}  // namespace vestitel
