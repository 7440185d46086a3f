// The library, loaded as a host loads it, in the child of one check. Only for use there.
#pragma once
#include <vestitel/abi.h>

#include <string>
#include <string_view>

#include "sdk/tools/check/trial.hpp"

namespace vestitel::check {

class Loaded {
 public:
  // Loads with RTLD_NOW | RTLD_LOCAL. null: `why` says why not, in the loader's words. A program is started instead,
  // and what comes back stands for it; it has no handle.
  static const vestitel_entry* open(const std::string& path, std::string& why, void** handle = nullptr);
};

// Loads, looks at the entry and calls init; on failure the check fails and null comes back.
const vestitel_entry* load(Trial& trial);

// What is wrong with the entry object itself, or empty.
std::string entry_problem(const vestitel_entry& entry);

// In the child that asks the library what it is: writes its answer as JSON to `answer`; returns the exit code.
int describe_into(const Subject& subject, const Options& options, const std::string& answer);
// In the parent: what such an answer says. It was written by the plugin's process and is not believed.
void take_description(const std::string& answer, Subject& into);

}  // namespace vestitel::check
