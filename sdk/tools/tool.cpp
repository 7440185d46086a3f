#include "sdk/tools/tool.hpp"

#include <CLI/CLI.hpp>
#include <ostream>
#include <utility>

#include "core/base/json_text.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

int exit_of(Failure failure) { return failure == Failure::kConfig ? kToolConfig : kToolFailed; }

}  // namespace

void add_plugin_verbs(CLI::App& group, ToolOutcome& outcome) {
  group.require_subcommand(1);
  add_new_verb(group, outcome);
  add_build_verb(group, outcome);
  add_run_verb(group, outcome);
  add_record_verb(group, outcome);
  add_replay_verb(group, outcome);
  add_lab_verb(group, outcome);
  add_check_verb(group, outcome);
  add_bench_verb(group, outcome);
  add_fuzz_verb(group, outcome);
  add_docs_verb(group, outcome);
  add_keygen_verb(group, outcome);
  add_pack_verb(group, outcome);
  add_sign_verb(group, outcome);
  add_verify_verb(group, outcome);
  add_inspect_verb(group, outcome);
  add_trust_verb(group, outcome);
  add_install_verb(group, outcome);
  add_list_verb(group, outcome);
  add_enable_verb(group, outcome);
  add_disable_verb(group, outcome);
  add_upgrade_verb(group, outcome);
  add_rollback_verb(group, outcome);
  add_remove_verb(group, outcome);
}

CLI::App* add_tool_verb(CLI::App& group, ToolOutcome& outcome, const char* name, const char* help,
                        std::function<int()> run) {
  CLI::App* sub = group.add_subcommand(name, help);
  sub->callback([&outcome, run = std::move(run)] { outcome.verb = run; });
  sub->add_flag("--json", outcome.json, "one JSON object a line");
  return sub;
}

int tool_fail(ToolOutcome& outcome, const Error& error) {
  if (outcome.json) {
    std::string text = R"({"error":)";
    append_json(text, error.message);
    outcome.err << text << "}\n";
  } else {
    outcome.err << outcome.program << ": " << error.message << "\n";
  }
  return exit_of(error.failure);
}

int tool_said(ToolOutcome& outcome, int exit) {
  outcome.out.flush();
  if (outcome.out.good()) return exit;
  outcome.err << outcome.program << ": writing the answer: standard output takes no more\n";
  return exit == kToolPassed ? kToolFailed : exit;
}

}  // namespace vestitel
