// Whether a file can be mapped as a library of this machine at all. Mapping one that is cut off ends the process.
#pragma once
#include "core/base/result.hpp"

namespace vestitel {

// Looks at the ELF header and the segments of an open file. kInvalid says what is wrong.
Result<> check_elf(int fd);

}  // namespace vestitel
