// The home that the hub gives to a stranger's plugin: a process of its own, in its sandbox.
#pragma once
#include "sdk/tools/target.hpp"

namespace vestitel {

// Null where vestitel-runner is not installed beside this program (../lib/vestitel or ../lib/vestitel-plugin-dev).
const TryHome* runner_home();

}  // namespace vestitel
