#include "plugins/sinks/file/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vestitel::file_sink {
namespace {

template <class T>
T answer(T rc) {
  return rc < 0 ? static_cast<T>(-errno) : rc;
}

}  // namespace

int Disk::open_directory(int at, const std::string& path) {
  return answer(::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

int Disk::make_directory(int at, const std::string& path) {
  const int rc = answer(::mkdirat(at, path.c_str(), 0700));
  return rc == -EEXIST ? 0 : rc;
}

int Disk::open(int dir, const std::string& name, int flags) {
  return answer(::openat(dir, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600));
}

std::int64_t Disk::write(int fd, std::string_view bytes) { return answer(::write(fd, bytes.data(), bytes.size())); }

std::int64_t Disk::read_at(int fd, char* into, std::size_t cap, std::int64_t offset) {
  return answer(::pread(fd, into, cap, offset));
}

std::int64_t Disk::size(int fd) {
  struct stat info {};
  const int rc = answer(::fstat(fd, &info));
  if (rc < 0) return rc;
  return S_ISREG(info.st_mode) ? info.st_size : -EACCES;
}

int Disk::truncate(int fd, std::int64_t size) { return answer(::ftruncate(fd, size)); }
int Disk::sync_data(int fd) { return answer(::fdatasync(fd)); }
int Disk::sync(int fd) { return answer(::fsync(fd)); }

int Disk::link(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  return answer(::linkat(from_dir, from.c_str(), to_dir, to.c_str(), 0));
}

int Disk::unlink(int dir, const std::string& name) { return answer(::unlinkat(dir, name.c_str(), 0)); }
int Disk::lock(int fd) { return answer(::flock(fd, LOCK_EX | LOCK_NB)); }

int Disk::list(int dir, std::vector<std::string>& names) {
  const int fd = answer(::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd < 0) return fd;
  DIR* stream = ::fdopendir(fd);
  if (stream == nullptr) {
    const int rc = -errno;
    ::close(fd);
    return rc;
  }
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) names.emplace_back(entry->d_name);  // NOLINT(concurrency-mt-unsafe)
  const int rc = -errno;
  ::closedir(stream);
  return rc;
}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int Fd::release() { return std::exchange(fd_, -1); }

}  // namespace vestitel::file_sink
