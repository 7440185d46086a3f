// Small files of a store and of an author: read within bounds, written so that they last.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"
#include "core/plugin/trusted_file.hpp"

namespace vestitel {

// The bytes of an open regular file of at most `max` bytes.
Result<std::string> read_all(int fd, std::uint64_t max, const std::string& path);

// A file that somebody named: any owner, any path, regular.
Result<OwnedFd> open_plain_file(const std::string& path);
Result<std::string> read_plain_file(const std::string& path, std::uint64_t max);
// The same, closed to group and others.
Result<std::string> read_private_file(const std::string& path, std::uint64_t max);
// A file of a store. kNotFound: it is not there; kUnsafeStore: it is not to be trusted.
Result<std::string> read_trusted_file(const std::string& path, std::uint64_t max, const TrustedOwners& owners);

// SHA-256 of an open file, in hex.
Result<std::string> file_digest(int fd);
// Opens a library of a store that has this digest: what is loaded from the descriptor is what was checked.
// kDamagedStore.
Result<OwnedFd> open_checked(const std::string& path, const std::string& sha256, const TrustedOwners& owners);

// Writes FOLDER/NAME whole or not at all: what was there before stays until the new one is durable.
Result<> replace_file(const std::string& folder, const std::string& name, std::string_view content, mode_t mode);
// Writes a file that must not be there yet.
Result<> write_new_file(const std::string& path, std::string_view content, mode_t mode);

Result<> write_fully(int fd, std::string_view bytes, const std::string& path);
Result<> sync_folder(const std::string& path);

}  // namespace vestitel
