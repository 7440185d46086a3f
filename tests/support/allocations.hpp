// For tests of one thread that hold code to "nothing is allocated": link allocations.cpp, which counts for the program.
#pragma once
#include <cstddef>

namespace vestitel::test {

// Calls of operator new since the program began.
std::size_t allocations();

}  // namespace vestitel::test
