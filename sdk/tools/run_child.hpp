// What `plugin run` does inside the child: starts an instance and hands it a document, a cursor or messages.
#pragma once
#include <string>
#include <string_view>

#include "sdk/tools/child.hpp"
#include "sdk/tools/trial.hpp"

namespace vestitel {

struct RunRequest {
  std::string file, cursor;
  Pieces pieces;
  bool json = false;
  bool golden = false;  // as golden files have it: nothing is masked, and a refused document is a line like others
  bool silent = false;  // nothing is said
};

// Returns the exit code of the verb. Errors of the plugin go to the outcome's err.
int run_work(const RunRequest& request, const TryOptions& options, const TryTarget& target, std::string_view input,
             ChildProgress& progress, ChildVoice& voice, ToolOutcome& outcome);

// One message a line, as JSON: {"to": "...", "title": "...", "body": "...", "channel": "email", ...}.
Result<std::vector<Message>> read_messages(std::string_view json_lines);

}  // namespace vestitel
