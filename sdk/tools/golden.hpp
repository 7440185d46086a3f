// Golden files: what a plugin is expected to make of a sample.
#pragma once
#include <string>

#include "sdk/tools/tool.hpp"

namespace vestitel {

// kToolPassed when the file holds exactly `got`; else the first line that differs is shown, masked.
int hold_to_golden(ToolOutcome& outcome, const std::string& file, const std::string& got);

// Replaces the file as a whole.
int write_golden(ToolOutcome& outcome, const std::string& file, const std::string& got);

}  // namespace vestitel
