#include "core/store/master_keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kPrefix = "vestitel-master-1 ";
constexpr std::size_t kLength = kPrefix.size() + 64;

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

Error refused(const std::string& path, const std::string& why) {
  return {Failure::kConfig, "reading the master key " + path + ": " + why};
}

Result<SecretKey> parse(const std::string& path, std::string_view text) {
  if (text.size() < kLength || !text.starts_with(kPrefix))
    return refused(path, "\"vestitel-master-1 \" and 64 hex digits expected");
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = nibble(text[kPrefix.size() + 2 * i]);
    const int low = nibble(text[kPrefix.size() + 2 * i + 1]);
    if (high < 0 || low < 0) return refused(path, "64 lower-case hex digits expected");
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return SecretKey(bytes);
}

}  // namespace

MasterKeys derive_keys(const SecretKey& master) {
  // HKDF-Expand of RFC 5869 with one block a label: the master key is uniformly random, so Extract adds nothing.
  const auto derive = [&](std::string_view label) {
    return SecretKey(Hmac(master).of({"vestitel/1/", label, std::string_view("\x01", 1)}));
  };
  return {derive("wrap"), derive("blind-index"), derive("content-digest"), derive("idempotency"), derive("kept")};
}

Result<MasterKeys> load_master_keys(const std::string& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.fd < 0) return refused(path, os_error());
  struct stat about {};
  if (::fstat(file.fd, &about) != 0 || !S_ISREG(about.st_mode)) return refused(path, "not a regular file");
  if ((about.st_mode & 077) != 0) return refused(path, "others may read it; mode 0400 or 0600 expected");
  if (about.st_uid != ::geteuid() && about.st_uid != 0) return refused(path, "it belongs to another user");
  std::array<char, kLength + 1> text{};
  const ssize_t got = ::read(file.fd, text.data(), kLength);
  if (got < 0) return refused(path, os_error());
  auto master = parse(path, {text.data(), static_cast<std::size_t>(got)});
  if (!master) return master.error();
  return derive_keys(*master);
}

// Written whole under another name first: a kill in between must not leave half a key that every start then refuses.
Result<> create_master_keys(const std::string& path, Random& random) {
  const SecretKey master = SecretKey::random(random);
  const std::string text = fmt::format("{}{}\n", kPrefix, to_hex(master.bytes()));
  const std::string whole = path + ".new";
  ::unlink(whole.c_str());
  const File file{::open(whole.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400)};
  const File folder{::open(path.substr(0, path.find_last_of('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const bool kept = file.fd >= 0 && ::write(file.fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::fsync(file.fd) == 0 && ::link(whole.c_str(), path.c_str()) == 0 && folder.fd >= 0 &&
                    ::fsync(folder.fd) == 0;
  const Error failed{Failure::kIo, "writing the master key " + path + ": " + os_error()};
  ::unlink(whole.c_str());
  if (!kept) return failed;
  return Done{};
}

}  // namespace vestitel
