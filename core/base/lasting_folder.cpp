#include "core/base/lasting_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

constexpr mode_t kByUmask = 0777;

Error failed(const std::string& action, const std::string& path) {
  return {Failure::kIo, action + " " + path + ": " + os_error()};
}

std::string above(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_top(const std::string& path) { return path == "/" || path == "."; }

// `must`: a folder in it has just been made by us.
Result<> sync_folder(const std::string& path, bool must) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return must ? Result<>(failed("opening folder", path)) : Done{};
  const bool synced = ::fsync(fd) == 0;
  const int cause = errno;
  ::close(fd);
  errno = cause;
  return synced || !must ? Result<>(Done{}) : failed("syncing folder", path);
}

Result<> make(const std::string& path, mode_t mode) {
  if (is_top(path)) return Done{};
  if (auto parent = make(above(path), kByUmask); !parent) return parent;
  const bool made = ::mkdir(path.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return failed("making folder", path);
  return sync_folder(above(path), made);
}

}  // namespace

Result<> make_lasting_folder(const std::string& path, mode_t mode) {
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  return make(trimmed, mode);
}

}  // namespace vestitel
