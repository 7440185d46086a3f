// One line a verb, in the order in which help lists them.
#pragma once
#include "sdk/tools/tool.hpp"

namespace vestitel {

void add_new_verb(CLI::App& group, ToolOutcome& outcome);
void add_build_verb(CLI::App& group, ToolOutcome& outcome);
void add_run_verb(CLI::App& group, ToolOutcome& outcome);
void add_record_verb(CLI::App& group, ToolOutcome& outcome);
void add_replay_verb(CLI::App& group, ToolOutcome& outcome);
void add_lab_verb(CLI::App& group, ToolOutcome& outcome);
void add_bench_verb(CLI::App& group, ToolOutcome& outcome);
void add_fuzz_verb(CLI::App& group, ToolOutcome& outcome);
void add_docs_verb(CLI::App& group, ToolOutcome& outcome);
void add_keygen_verb(CLI::App& group, ToolOutcome& outcome);
void add_pack_verb(CLI::App& group, ToolOutcome& outcome);
void add_sign_verb(CLI::App& group, ToolOutcome& outcome);
void add_verify_verb(CLI::App& group, ToolOutcome& outcome);
void add_inspect_verb(CLI::App& group, ToolOutcome& outcome);
void add_trust_verb(CLI::App& group, ToolOutcome& outcome);
void add_install_verb(CLI::App& group, ToolOutcome& outcome);
void add_list_verb(CLI::App& group, ToolOutcome& outcome);
void add_enable_verb(CLI::App& group, ToolOutcome& outcome);
void add_disable_verb(CLI::App& group, ToolOutcome& outcome);
void add_upgrade_verb(CLI::App& group, ToolOutcome& outcome);
void add_rollback_verb(CLI::App& group, ToolOutcome& outcome);
void add_remove_verb(CLI::App& group, ToolOutcome& outcome);
void add_check_verb(CLI::App& group, ToolOutcome& outcome);

}  // namespace vestitel
