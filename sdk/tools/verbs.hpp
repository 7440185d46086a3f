// One line a verb, in the order in which help lists them.
#pragma once
#include "sdk/tools/tool.hpp"

namespace vestitel {

void add_new_verb(CLI::App& group, ToolOutcome& outcome);
void add_build_verb(CLI::App& group, ToolOutcome& outcome);
void add_run_verb(CLI::App& group, ToolOutcome& outcome);
void add_lab_verb(CLI::App& group, ToolOutcome& outcome);
void add_bench_verb(CLI::App& group, ToolOutcome& outcome);
void add_fuzz_verb(CLI::App& group, ToolOutcome& outcome);
void add_docs_verb(CLI::App& group, ToolOutcome& outcome);

}  // namespace vestitel
