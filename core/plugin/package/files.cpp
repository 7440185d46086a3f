#include "core/plugin/package/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/base/crypto.hpp"
#include "core/base/fault_point.hpp"
#include "core/base/os_error.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

Error failed(const std::string& action, const std::string& path) {
  const int code = errno;
  const Failure failure = code == ENOENT ? Failure::kNotFound : code == EACCES ? Failure::kDenied : Failure::kIo;
  return {failure, action + " " + path + ": " + os_error(code)};
}

Result<> write_and_sync(const OwnedFd& file, std::string_view content, mode_t mode, const std::string& path) {
  if (auto done = write_fully(file.get(), content, path); !done) return done;
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) return failed("writing", path);
  return Done{};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> read_all(int fd, std::uint64_t max, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failed("reading", path);
  if (!S_ISREG(status.st_mode)) return {Failure::kInvalid, "reading " + path + ": not a regular file"};
  std::string out;
  char piece[16'384];
  while (out.size() <= max) {
    const ssize_t n = ::read(fd, piece, std::min<std::uint64_t>(sizeof piece, max + 1 - out.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("reading", path);
    if (n == 0) return out;
    out.append(piece, static_cast<std::size_t>(n));
  }
  return {Failure::kInvalid, "reading " + path + ": it has more than " + std::to_string(max) + " bytes"};
}

Result<OwnedFd> open_plain_file(const std::string& path) {
  OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return failed("opening", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed("opening", path);
  if (!S_ISREG(status.st_mode)) return {Failure::kInvalid, "opening " + path + ": not a regular file"};
  return file;
}

Result<std::string> read_plain_file(const std::string& path, std::uint64_t max) {
  const auto file = open_plain_file(path);
  if (!file) return file.error();
  return read_all(file->get(), max, path);
}

Result<std::string> read_private_file(const std::string& path, std::uint64_t max) {
  const auto file = open_plain_file(path);
  if (!file) return file.error();
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return failed("reading", path);
  if ((status.st_mode & 077) != 0)
    return refused(Refusal::kBadKey, "reading " + path + ": others may read it; close it (chmod 600)");
  return read_all(file->get(), max, path);
}

Result<std::string> read_trusted_file(const std::string& path, std::uint64_t max, const TrustedOwners& owners) {
  const auto file = open_trusted(path, owners);
  if (!file && file.error().failure == Failure::kDenied) return refused(Refusal::kUnsafeStore, file.error().message);
  if (!file) return file.error();
  return read_all(file->get(), max, path);
}

Result<std::string> file_digest(int fd) {
  Sha256 hash;
  std::string piece(256UL * 1024, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(fd, piece.data(), piece.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {Failure::kIo, "reading a package: " + os_error()};
    if (n == 0) return to_hex(hash.finish());
    hash.add(std::string_view(piece).substr(0, static_cast<std::size_t>(n)));
    at += n;
  }
}

Result<OwnedFd> open_checked(const std::string& path, const std::string& sha256, const TrustedOwners& owners) {
  auto file = open_trusted(path, owners);
  if (!file && file.error().failure == Failure::kDenied) return refused(Refusal::kUnsafeStore, file.error().message);
  if (!file) return file;
  const auto digest = file_digest(file->get());
  if (!digest) return digest.error();
  if (*digest != sha256)
    return refused(Refusal::kDamagedStore, "opening plugin " + path + ": it is not the library that was checked");
  return file;
}

Result<> write_fully(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("writing", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return Done{};
}

Result<> sync_folder(const std::string& path) {
  const OwnedFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failed("syncing", path);
  return Done{};
}

Result<> replace_file(const std::string& folder, const std::string& name, std::string_view content, mode_t mode) {
  const std::string path = folder + '/' + name, fresh = folder + "/." + name + ".new";
  const OwnedFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed("writing", path);
  if (auto done = write_and_sync(file, content, mode, path); !done) return done;
  VESTITEL_FAULT_POINT("install.state_written");
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return failed("writing", path);
  return sync_folder(folder);
}

Result<> write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  const OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed("writing", path);
  if (auto done = write_and_sync(file, content, mode, path); !done) return done;
  return sync_folder(folder_of(path));
}

}  // namespace vestitel
