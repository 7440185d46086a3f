#include "core/intake/folder.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/json_text.hpp"
#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

constexpr mode_t kFolderMode = 0700, kFileMode = 0600;  // the group's bits are added by what the drop folder says

Error failed(std::string_view action, int error = errno) {
  Failure failure = Failure::kIo;
  if (error == ENOENT || error == ENAMETOOLONG) failure = Failure::kNotFound;  // a name that long cannot exist
  if (error == EEXIST) failure = Failure::kConflict;
  if (error == ELOOP || error == EXDEV || error == EACCES || error == EPERM) failure = Failure::kDenied;
  return {failure, std::string(action) + ": " + os_error(error)};
}

bool single(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// openat2 where the kernel has it and the sandbox lets it pass. A single component opened with O_NOFOLLOW can leave
// the folder no other way, so that the plain call is as good.
int open_beneath(int folder, const char* name, int flags, mode_t mode) {
  struct open_how how {};
  how.flags = static_cast<__u64>(flags);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, folder, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
  return ::openat(folder, name, flags | O_NOFOLLOW, mode);
}

Result<OwnedFd> open_name(int folder, std::string_view name, int flags, mode_t mode, std::string_view action) {
  if (!single(name)) return {Failure::kDenied, std::string(action) + ": the name is no plain file name"};
  OwnedFd fd(open_beneath(folder, std::string(name).c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd) return failed(action);
  return fd;
}

Kind kind_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return status.st_nlink == 1 ? Kind::kFile : Kind::kLinkedFile;
  if (S_ISLNK(status.st_mode)) return Kind::kSymlink;
  return S_ISDIR(status.st_mode) ? Kind::kFolder : Kind::kOther;
}

// Adds `bits` for the group of `like`. Never a bit for others, and never one for another group; what we made ourselves
// is given to that group first.
void share_with_group(int fd, const struct stat& like, mode_t bits, bool made_by_us) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  const bool same =
      status.st_gid == like.st_gid || (made_by_us && ::fchown(fd, static_cast<uid_t>(-1), like.st_gid) == 0);
  if (same && (status.st_mode & bits) != bits) static_cast<void>(::fchmod(fd, (status.st_mode & 07777) | bits));
}

}  // namespace

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kFile: return "a regular file";
    case Kind::kLinkedFile: return "a file with other names (hard links)";
    case Kind::kSymlink: return "a symlink";
    case Kind::kFolder: return "a folder";
    case Kind::kOther: return "a device, pipe or socket";
  }
  return "unknown";
}

bool write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

NameFault name_fault(std::string_view name) {
  if (!name.empty() && name.front() == '.') return NameFault::kHidden;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (!is_utf8(name) || std::any_of(name.begin(), name.end(), control)) return NameFault::kNotText;
  return NameFault::kNone;
}

Result<Folder> Folder::open(const std::string& path) {
  if (path.empty() || path[0] != '/')
    return {Failure::kConfig, "opening folder " + path + ": the path is not absolute"};
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return failed("opening folder " + path);
  return Folder(std::move(fd));
}

Result<Folder> Folder::open_own(std::string_view name, Readers readers) const {
  const std::string action = "opening folder " + std::string(name);
  if (::mkdirat(fd(), std::string(name).c_str(), kFolderMode) != 0 && errno != EEXIST) return failed(action);
  // What is moved into it lasts only if its own name does; whoever made it may have been killed before this.
  if (::fsync(fd()) != 0) return failed(action);
  auto opened = open_name(fd(), name, O_RDONLY | O_DIRECTORY, 0, action);
  if (!opened) return opened.error();
  struct stat status {};
  if (::fstat(opened->get(), &status) != 0) return failed(action);
  if (status.st_uid != ::geteuid()) return {Failure::kDenied, action + ": another user owns it"};
  struct stat above {};
  if (::fstat(fd(), &above) != 0) return failed(action);
  if (readers == Readers::kGroup && (above.st_mode & S_IRGRP) != 0)
    share_with_group(opened->get(), above, S_IRGRP | S_IXGRP | (above.st_mode & S_ISGID), true);
  return Folder(std::move(*opened));
}

Result<Folder::Look> Folder::look(std::string_view name) const {
  Look out;
  if (!single(name)) return {Failure::kDenied, "looking at a file: its name is no plain file name"};
  if (::fstatat(fd(), std::string(name).c_str(), &out.status, AT_SYMLINK_NOFOLLOW) != 0)
    return failed("looking at a file");
  out.kind = kind_of(out.status);
  return out;
}

bool Folder::has(std::string_view name) const { return look(name).ok(); }

Result<OwnedFd> Folder::open_file(std::string_view name) const {
  return open_name(fd(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, "opening a document");
}

Result<OwnedFd> Folder::create_file(std::string_view name) const {
  return open_name(fd(), name, O_WRONLY | O_CREAT | O_TRUNC, kFileMode, "creating a file");
}

Result<std::string> Folder::read_small(std::string_view name, std::size_t most) const {
  const auto fd = open_file(name);
  if (!fd) return fd.error();
  std::string out(most, '\0');
  std::size_t have = 0;
  while (have < most) {
    const ssize_t n = ::read(fd->get(), out.data() + have, most - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("reading a file");
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}

Result<> Folder::write_small(std::string_view name, std::string_view content) const {
  const auto fd = create_file(name);
  if (!fd) return fd.error();
  if (!write_whole(fd->get(), content) || ::fsync(fd->get()) != 0) return failed("writing a file");
  return Done{};
}

void Folder::share(int file, bool made_by_us) const {
  struct stat own {};
  if (::fstat(fd(), &own) == 0 && (own.st_mode & S_IRGRP) != 0) share_with_group(file, own, S_IRGRP, made_by_us);
}

Result<> Folder::move(std::string_view name, const Folder& to, std::string_view as) const {
  if (!single(name) || !single(as)) return {Failure::kDenied, "moving a file: its name is no plain file name"};
  if (::renameat2(fd(), std::string(name).c_str(), to.fd(), std::string(as).c_str(), RENAME_NOREPLACE) != 0)
    return failed("moving a file");
  return Done{};
}

Result<> Folder::replace(std::string_view name, const Folder& to, std::string_view as) const {
  if (!single(name) || !single(as)) return {Failure::kDenied, "moving a file: its name is no plain file name"};
  if (::renameat(fd(), std::string(name).c_str(), to.fd(), std::string(as).c_str()) != 0)
    return failed("moving a file");
  return Done{};
}

Result<> Folder::remove(std::string_view name) const {
  if (!single(name)) return {Failure::kDenied, "removing a file: its name is no plain file name"};
  if (::unlinkat(fd(), std::string(name).c_str(), 0) != 0 && errno != ENOENT) return failed("removing a file");
  return Done{};
}

Result<> Folder::sync() const {
  if (::fsync(fd()) != 0) return failed("syncing a folder");
  return Done{};
}

bool Folder::is_at(const std::string& path) const {
  struct stat held {
  }, there{};
  return ::fstat(fd(), &held) == 0 && ::lstat(path.c_str(), &there) == 0 && held.st_dev == there.st_dev &&
         held.st_ino == there.st_ino;
}

}  // namespace vestitel
