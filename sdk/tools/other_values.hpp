// What could stand in a document in the place of a value, so that it means something else and may still be right.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace vestitel {

// Always the same for the same input: the value with one character changed, with its last two digits changed so that a
// check digit may fit, and with a letter more.
std::vector<std::string> other_values(std::string_view value);

}  // namespace vestitel
