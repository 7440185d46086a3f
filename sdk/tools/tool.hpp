// The vendor's tool: what `vestitel-plugin VERB` and `vestitel plugin VERB` do is one code. Each verb is a file of its
// own (verb_NAME.cpp), declared in verbs.hpp.
//
//   ToolOutcome outcome{std::cout, std::cerr};
//   add_plugin_verbs(app, outcome);
//   app.parse(...);               // border: CLI11 answers by exception
//   return outcome.verb();        // the verb that was named, with its options filled in
#pragma once
#include <functional>
#include <iosfwd>
#include <string>

#include "core/base/result.hpp"

namespace CLI {
class App;
}

namespace vestitel {

enum ToolExit : int {
  kToolPassed = 0,
  kToolFailed = 1,
  kToolUsage = 2,
  kToolNoSandbox = 3,  // the machine lacks what is needed to run a stranger's code safely
  kToolConfig = 78,
};

// What a verb works with, and what it was asked to do.
struct ToolOutcome {
  std::ostream& out;
  std::ostream& err;
  std::string program = "vestitel-plugin";  // how messages and hints name the tool: "vestitel plugin" in the hub
  bool json = false;                        // answers and errors as one JSON object a line
  std::function<int()> verb{};              // set by parsing; returns the exit code
};

// Adds every verb to `group`. The outcome outlives the group.
void add_plugin_verbs(CLI::App& group, ToolOutcome& outcome);

// A verb of the group: what it does when it is named, with --json. Options are added to what is returned.
CLI::App* add_tool_verb(CLI::App& group, ToolOutcome& outcome, const char* name, const char* help,
                        std::function<int()> run);

// Prints the error on err, as JSON where that was asked for, and returns the exit code that it means.
int tool_fail(ToolOutcome& outcome, const Error& error);

// Makes sure that what was printed has left: `exit`, or kToolFailed with a word on err where it could not.
int tool_said(ToolOutcome& outcome, int exit);

}  // namespace vestitel
