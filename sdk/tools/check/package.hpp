// A package (.vplugin) as the kit's target: its library and samples unpacked into a folder of the kit's own.
#pragma once
#include <memory>

#include "sdk/tools/check/child.hpp"
#include "sdk/tools/check/subject.hpp"

namespace vestitel::check {

bool is_package(const std::string& path);

// The subject that the package holds. `into` keeps the unpacked files. A package that cannot be opened is a subject all
// the same: its package_problem says why, and number 9 fails.
Result<Subject> read_package(const Options& options, const Scratch& into);

}  // namespace vestitel::check
