// A folder that is there after a power cut. mkdir alone promises nothing: a folder lasts once the folder above it is
// synced, and what is synced inside a folder that does not last is lost with it.
#pragma once
#include <sys/types.h>

#include <string>

#include "core/base/result.hpp"

namespace vestitel {

// Makes the folder and those above it that are missing (mode 0777 less the umask for these), and syncs the folders
// above it; also where nothing was missing, since whoever made them may have been killed before the sync. A folder
// above that may not be read is left alone: it was not made here. kIo: it cannot be made or synced.
Result<> make_lasting_folder(const std::string& path, mode_t mode = 0700);

}  // namespace vestitel
