// One line a verb, in the order in which help lists them.
#pragma once
#include "sdk/tools/tool.hpp"

namespace vestitel {}  // namespace vestitel
