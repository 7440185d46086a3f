#include "tests/fault/store/line_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "tests/fault/store/must.hpp"

namespace vestitel::test {
namespace {

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t n = 0; (n = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

constexpr std::string_view kTo = R"({"to":")";
constexpr std::string_view kKey = R"(","key":")";
constexpr std::string_view kEnd = R"("})";
constexpr std::size_t kKeyLength = 32;

// The name of the file has to last as well as its lines.
void sync_folder_of(const std::string& path) {
  const int fd = ::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(fd >= 0 && ::fsync(fd) == 0, "syncing the folder of the sink");
  ::close(fd);
}

// The key of a whole line; "" for what a power cut has left of one.
std::string key_of(std::string_view line) {
  const std::size_t tail = kKey.size() + kKeyLength + kEnd.size();
  if (line.size() < kTo.size() + tail || !line.starts_with(kTo) || !line.ends_with(kEnd)) return "";
  if (line.find('\0') != std::string_view::npos || line.find(kKey) != line.size() - tail) return "";
  return std::string(line.substr(line.size() - kEnd.size() - kKeyLength, kKeyLength));
}

}  // namespace

LineSink::LineSink(const std::string& path, bool honours_keys)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)), honours_keys_(honours_keys) {
  must(fd_ >= 0, "opening the sink");
  sync_folder_of(path);
  const std::string text = read_all(fd_);
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    keys_.insert(key_of(std::string_view(text).substr(at, end - at)));
  }
  if (at < text.size()) must(::ftruncate(fd_, static_cast<off_t>(at)) == 0, "cutting the sink");
}

LineSink::~LineSink() { ::close(fd_); }

void LineSink::write(const std::string& to, const std::string& key) {
  if (!keys_.insert(key).second && honours_keys_) return;
  std::string line(kTo);
  line.append(to).append(kKey).append(key).append(kEnd).append("\n");
  must(::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size()), "writing to the sink");
}

void LineSink::sync() { must(::fdatasync(fd_) == 0, "syncing the sink"); }

}  // namespace vestitel::test
