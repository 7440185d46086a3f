// The tests that a mapping carries: each document is read as one from a partner would be, and what comes of it is held
// against what the test expects.
#pragma once
#include "plugins/sources/csv_mapping/mapping.hpp"

namespace csv_mapping {

// Throws Error E_CONFIG at the first line that differs, with line and column of the mapping.
void run_tests(const Mapping& mapping, std::string_view yaml, const vestitel::Date& today);

}  // namespace csv_mapping
