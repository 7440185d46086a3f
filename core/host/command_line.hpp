// The words of the command line, parsed and dispatched.
#pragma once
#include <string>
#include <vector>

#include "core/host/context.hpp"

namespace vestitel {

// Runs one verb. `words` are without the program's name. Returns an exit code, or kExitForward.
int run_words(Context& context, std::vector<std::string> words);

}  // namespace vestitel
