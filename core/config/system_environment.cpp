#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "core/base/os_error.hpp"
#include "core/config/environment.hpp"

namespace vestitel {
namespace {

Error failed(int code) {
  const Failure failure = code == ENOENT || code == ENOTDIR ? Failure::kNotFound
                          : code == EACCES || code == EPERM ? Failure::kDenied
                                                            : Failure::kIo;
  return {failure, os_error(code)};
}

FileFacts facts_of(const struct stat& s) { return {s.st_mode & 07777U, s.st_uid, S_ISREG(s.st_mode)}; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

std::optional<std::string> SystemEnvironment::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing in the hub sets variables
  if (value == nullptr) return std::nullopt;
  return value;
}

Result<ReadFile> SystemEnvironment::read(const std::string& path, std::size_t most) const {
  // Without O_NONBLOCK a pipe in the place of a file would hold the start up for ever.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed(errno);
  struct stat s {};
  if (fstat(file.get(), &s) != 0) return failed(errno);
  if (!S_ISREG(s.st_mode)) return {Failure::kInvalid, "not a regular file"};
  ReadFile out{std::string(most + 1, '\0'), facts_of(s)};
  std::size_t filled = 0;
  while (filled < out.bytes.size()) {
    const ssize_t n = ::read(file.get(), out.bytes.data() + filled, out.bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(errno);
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  if (filled > most) return {Failure::kInvalid, "larger than " + std::to_string(most) + " bytes"};
  out.bytes.resize(filled);
  return out;
}

Result<FileFacts> SystemEnvironment::facts(const std::string& path) const {
  struct stat s {};
  if (stat(path.c_str(), &s) != 0) return failed(errno);
  return facts_of(s);
}

Result<std::vector<std::string>> SystemEnvironment::list(const std::string& folder) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), closedir);
  if (!dir) return failed(errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(dir.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    const std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint32_t SystemEnvironment::user() const { return geteuid(); }

std::string SystemEnvironment::user_name(std::uint32_t id) const {
  std::string texts(16'384, '\0');
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(id, &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr) return std::to_string(id);
  return found->pw_name;
}

std::string SystemEnvironment::real_path(const std::string& path) const {
  std::error_code failed;
  auto real = std::filesystem::weakly_canonical(path, failed);
  if (failed) real = std::filesystem::path(path).lexically_normal();
  return real.has_filename() || real == "/" ? real.string() : real.parent_path().string();
}

}  // namespace vestitel
