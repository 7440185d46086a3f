#include "core/plugin/trusted_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

Error refused(const std::string& path, std::string_view why) {
  return {Failure::kDenied, "opening plugin " + path + ": " + std::string(why)};
}

Error failed(const std::string& path, int error) {
  if (error == ELOOP || error == ENOTDIR) return refused(path, "a symlink stands in the path");
  const Failure failure = error == ENOENT ? Failure::kNotFound : error == EACCES ? Failure::kDenied : Failure::kIo;
  return {failure, "opening plugin " + path + ": " + os_error(error)};
}

bool others_may_write(const struct stat& status) { return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0; }

// What makes a folder or file unfit, or "".
std::string_view distrust(const struct stat& status, const TrustedOwners& owners, bool sticky_passes) {
  if (!owners.has(status.st_uid)) return "another user owns it or a folder above it";
  if (!others_may_write(status)) return "";
  if (sticky_passes && (status.st_mode & S_ISVTX) != 0) return "";
  return "others may write to it or to a folder above it";
}

Result<OwnedFd> step(const OwnedFd& folder, std::string_view name, const std::string& path, const TrustedOwners& owners,
                     bool last_folder) {
  OwnedFd next(::openat(folder.get(), std::string(name).c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!next) return failed(path, errno);
  struct stat status {};
  if (::fstat(next.get(), &status) != 0) return failed(path, errno);
  if (const auto why = distrust(status, owners, !last_folder); !why.empty()) return refused(path, why);
  return next;
}

Result<OwnedFd> open_last(const OwnedFd& folder, std::string_view name, const std::string& path,
                          const TrustedOwners& owners) {
  OwnedFd file(::openat(folder.get(), std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return failed(path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) return refused(path, "it is not a regular file");
  if (const auto why = distrust(status, owners, false); !why.empty()) return refused(path, why);
  return file;
}

}  // namespace

TrustedOwners TrustedOwners::own() { return {{0, ::geteuid()}}; }

bool TrustedOwners::has(uid_t id) const { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

Result<OwnedFd> open_trusted(const std::string& path, const TrustedOwners& owners) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos)
    return refused(path, "the path is not absolute");
  OwnedFd folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed(path, errno);
  std::string_view rest = std::string_view(path).substr(1);
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return refused(path, "the path is not in its plainest form");
    if (slash == std::string_view::npos) return open_last(folder, name, path, owners);
    rest.remove_prefix(slash + 1);
    auto next = step(folder, name, path, owners, rest.find('/') == std::string_view::npos);
    if (!next) return next;
    folder = std::move(*next);
  }
}

}  // namespace vestitel
