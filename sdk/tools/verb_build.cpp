// plugin build: compiles the project here.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "core/base/json_text.hpp"
#include "sdk/tools/project.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

int build(ToolOutcome& outcome) {
  const auto project = find_project(std::filesystem::current_path());
  if (!project) return tool_fail(outcome, project.error());
  if (auto built = build_project(*project, outcome.err, !outcome.json); !built)
    return tool_fail(outcome, built.error());
  const std::string library = project->path_of(project->library);
  if (!std::filesystem::exists(library))
    return tool_fail(outcome, {Failure::kConfig, "building made no " + library + ", which plugin.json names"});
  if (!outcome.json) {
    outcome.out << "built: " << library << "\n";
    return kToolPassed;
  }
  std::string text = R"({"library":)";
  append_json(text, library);
  outcome.out << text << "}\n";
  return kToolPassed;
}

}  // namespace

void add_build_verb(CLI::App& group, ToolOutcome& outcome) {
  add_tool_verb(group, outcome, "build", "compile the project here", [&outcome] { return build(outcome); });
}

}  // namespace vestitel
