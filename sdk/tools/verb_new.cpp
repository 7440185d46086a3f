// plugin new: a project that builds, runs and passes its tests as it is written.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "core/base/json_text.hpp"
#include "sdk/tools/scaffold.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

const char* first_run(const std::string& kind) {
  if (kind == "reader") return "run samples/first.csv";
  return kind == "sink" ? "run samples/first.messages" : "run";
}

int write_new(ToolOutcome& outcome, ScaffoldRequest request) {
  request.into = std::filesystem::current_path();
  const auto written = write_project(request);
  if (!written) return tool_fail(outcome, written.error());
  if (outcome.json) {
    std::string text = R"({"files":[)";
    for (const std::string& file : *written) {
      text += text.back() == '[' ? "" : ",";
      append_json(text, file);
    }
    outcome.out << text << "]}\n";
    return kToolPassed;
  }
  for (const std::string& file : *written) outcome.out << file << "\n";
  outcome.out << "\nnext:  cd " << request.name << " && " << outcome.program << " " << first_run(request.kind) << "\n";
  return kToolPassed;
}

CLI::Validator checked(std::string (*fault)(std::string_view), const char* name) {
  return CLI::Validator([fault](std::string& text) { return fault(text); }, "", name);
}

}  // namespace

void add_new_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto request = std::make_shared<ScaffoldRequest>();

  auto* verb = add_tool_verb(group, outcome, "new", "write a project: builds, runs and passes its tests as it is",
                             [&outcome, request] { return write_new(outcome, *request); });
  verb->add_option("kind", request->kind, "reader, feed or sink")
      ->required()
      ->check(CLI::IsMember({"reader", "feed", "sink"}));
  verb->add_option("name", request->name, "of the folder and the library, for instance acme-lab")
      ->required()
      ->check(checked(name_fault, "name"));
  verb->add_option("--prefix", request->prefix, "your domain, backwards; the plugin's id begins with it")
      ->check(checked(prefix_fault, "prefix"));
  verb->add_option("--lang", request->language, "language of the project: cpp (default), c or python")
      ->check(CLI::IsMember({"cpp", "c", "python"}));
}

}  // namespace vestitel
