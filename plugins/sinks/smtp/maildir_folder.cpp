#include "plugins/sinks/smtp/maildir_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <vestitel/error.hpp>

namespace vestitel::smtp {
namespace {

int open_folder(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

struct Fd {
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

}  // namespace

MaildirFolder::MaildirFolder(const std::string& path)
    : new_(open_folder(path + "/new")), cur_(open_folder(path + "/cur")) {
  if (new_ >= 0 && cur_ >= 0) return;
  const std::string why = std::strerror(errno);
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
  if (!folder) throw Error::retry(std::string("listing the Maildir: ") + std::strerror(errno));
  std::vector<std::string> out;
  while (const dirent* entry = ::readdir(folder.get())) {
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
  std::string out(std::min(most, static_cast<std::size_t>(std::max<off_t>(status.st_size, 0))), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t n = ::read(file.fd, out.data() + have, out.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}

void MaildirFolder::done(const std::string& name) {
  const std::string seen = name.substr(0, name.find(':')) + ":2,S";
  if (::renameat(new_, name.c_str(), cur_, seen.c_str()) == 0 || errno == ENOENT)
    return;  // gone: dealt with by another
  throw Error::retry(std::string("moving a report to cur/ of the Maildir: ") + std::strerror(errno));
}

}  // namespace vestitel::smtp
