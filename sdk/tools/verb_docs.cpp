// plugin docs: the manual of a plugin, from its descriptor and the schema of its settings.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "sdk/tools/manual.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct DocsOptions {
  TryOptions trying;
  bool man = false;
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

int docs(ToolOutcome& outcome, const DocsOptions& options) {
  const auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  const auto end = run_in_child(
      limits_of(options.trying),
      [&](ChildProgress& progress, ChildVoice& voice) {
        return work(outcome, options, target->library, progress, voice);
      },
      [&](std::string_view text) { outcome.out << text; });
  if (!end) return tool_fail(outcome, end.error());
  return end->finished ? end->code : tell_end(outcome, "the plugin", *end);
}

}  // namespace

void add_docs_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<DocsOptions>();
  auto* verb = add_tool_verb(group, outcome, "docs", "the plugin's manual, made from the schema of its settings",
                             [&outcome, options] { return docs(outcome, *options); });
  verb->add_option("--plugin", options->trying.plugin,
                   "a built library or program (default: the project here, built first)");
  verb->add_option("--id", options->trying.id, "which plugin, where the library holds several");
  verb->add_flag("--man", options->man, "a man page instead of Markdown");
}

}  // namespace vestitel
