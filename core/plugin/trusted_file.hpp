// Opening a file that nobody but this process's user or root can have written or can exchange: what is code is
// opened this way and no other.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// Owners that are believed. Root and the process's own user, unless a development tree says otherwise.
struct TrustedOwners {
  std::vector<uid_t> ids;
  static TrustedOwners own();
  [[nodiscard]] bool has(uid_t id) const;
};

// Opens the regular file at an absolute path, read only, walking from the root by descriptor. Refused (kDenied): a
// relative path, "." or "..", a symlink anywhere, an owner who is not trusted, and a file or folder that group or
// others may write. A parent that everybody may write passes when it is sticky (like /tmp): what we own in it, nobody
// else can exchange; the folder that holds the file must be closed to others.
Result<OwnedFd> open_trusted(const std::string& path, const TrustedOwners& owners);

}  // namespace vestitel
