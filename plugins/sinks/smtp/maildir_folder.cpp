#include "plugins/sinks/smtp/maildir_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>

#include <vestitel/error.hpp>

namespace vestitel::smtp {
namespace {

// Calls take(bytes) for all of a file; false: it cannot be read, or `take` does not go on.
template <class Take>
bool each_block(int fd, Take&& take) {
  std::array<char, std::size_t{64} * 1024> buffer{};
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    if (!take(std::string_view(buffer.data(), static_cast<std::size_t>(n)))) return false;
  }
}

std::string error_text() { return std::generic_category().message(errno); }

int open_folder(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

struct Fd {
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Where a file may not change its folder, as in a sandbox (Landlock without REFER): a copy, whole before it has its
// name.
bool copy_over(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  const Fd in{::openat(from_dir, from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  const std::string whole_later = "." + to;
  const Fd out{::openat(to_dir, whole_later.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (in.fd < 0 || out.fd < 0) return false;
  const bool copied = each_block(in.fd, [&](std::string_view bytes) { return write_all(out.fd, bytes); }) &&
                      ::fsync(out.fd) == 0 && ::renameat(to_dir, whole_later.c_str(), to_dir, to.c_str()) == 0;
  if (!copied) ::unlinkat(to_dir, whole_later.c_str(), 0);
  return copied && ::unlinkat(from_dir, from.c_str(), 0) == 0;
}

}  // namespace

MaildirFolder::MaildirFolder(const std::string& path)
    : new_(open_folder(path + "/new")), cur_(open_folder(path + "/cur")) {
  if (new_ >= 0 && cur_ >= 0) return;
  const std::string why = error_text();
  if (new_ >= 0) ::close(new_);
  if (cur_ >= 0) ::close(cur_);
  throw Error::config("/bounces_maildir", "opening new/ and cur/ of the Maildir: " + why);
}

MaildirFolder::~MaildirFolder() {
  ::close(new_);
  ::close(cur_);
}

std::vector<std::string> MaildirFolder::waiting() {
  const int again = ::openat(new_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(again < 0 ? nullptr : ::fdopendir(again), ::closedir);
  if (!folder) throw Error::retry("listing the Maildir: " + error_text());
  std::vector<std::string> out;
  while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    if (out.size() == kMostListed) break;
  }
  std::sort(out.begin(), out.end());  // names begin with the time of delivery
  return out;
}

// A name that leads elsewhere, a pipe or a device is none of ours.
std::optional<std::string> MaildirFolder::read(const std::string& name, std::size_t most) {
  const Fd file{::openat(new_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::string out;
  const bool whole = each_block(file.fd, [&](std::string_view bytes) {
    out += bytes.substr(0, most - out.size());
    return out.size() < most;
  });
  return whole || out.size() == most ? std::optional(std::move(out)) : std::nullopt;
}

void MaildirFolder::done(const std::string& name) {
  const std::string seen = name.substr(0, name.find(':')) + ":2,S";
  if (::renameat(new_, name.c_str(), cur_, seen.c_str()) == 0 || errno == ENOENT) return;  // dealt with by another
  if (errno == EXDEV && copy_over(new_, name, cur_, seen)) return;
  throw Error::retry("moving a report to cur/ of the Maildir: " + error_text());
}

}  // namespace vestitel::smtp
