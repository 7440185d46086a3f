#include "core/intake/document_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "core/base/os_error.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kChunk = 256UL * 1024;
constexpr std::uint64_t kTellEvery = 1024UL * 1024;

Error failed(const char* action) { return {Failure::kIo, std::string(action) + ": " + os_error()}; }

Result<std::size_t> read_some(int fd, std::span<char> into) {
  while (true) {
    const ssize_t got = ::read(fd, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return failed("reading a document");
  }
}

}  // namespace

FileState file_state(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Result<DocumentFile> DocumentFile::take(OwnedFd fd, bool alone) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed("looking at a document");
  if (!S_ISREG(status.st_mode)) return {Failure::kInvalid, "it is not a regular file"};
  if (alone && status.st_nlink != 1) return {Failure::kInvalid, "the file has other names (hard links)"};
  static_cast<void>(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
  return DocumentFile(std::move(fd), file_state(status));
}

Result<> DocumentFile::same_state() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return failed("looking at a document");
  if (file_state(status) != state_) return {Failure::kConflict, "the file changed while it was read"};
  return Done{};
}

Result<Digest> DocumentFile::digest(const std::stop_token& stop, const std::function<void(std::uint64_t)>& seen) {
  std::vector<char> buffer(kChunk);
  Sha256 sha;
  std::uint64_t done = 0, told = 0;
  while (true) {
    if (stop.stop_requested()) return {Failure::kCancelled, "the hub is stopping"};
    const auto got = read_some(fd_.get(), buffer);
    if (!got) return got.error();
    if (*got == 0) break;
    sha.add({buffer.data(), *got});
    done += *got;
    if (done > state_.size) return {Failure::kConflict, "the file changed while it was read"};
    if (seen && done - told >= kTellEvery) seen(told = done);
  }
  if (seen) seen(done);
  if (auto same = same_state(); !same) return same.error();
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) return failed("reading a document again");
  again_ = std::make_unique<Sha256>();
  return digest_ = sha.finish();
}

Result<std::size_t> DocumentFile::read(std::span<char> into) {
  auto got = read_some(fd_.get(), into);
  if (got) again_->add({into.data(), *got});
  return got;
}

Result<> DocumentFile::unchanged() {
  std::vector<char> buffer(kChunk);
  while (true) {
    const auto got = read(buffer);
    if (!got) return got.error();
    if (*got == 0) break;
    if (auto same = same_state(); !same) return same;  // one that grows for ever is not read for ever
  }
  if (auto same = same_state(); !same) return same;
  if (again_->finish() != digest_) return {Failure::kConflict, "the file changed while it was read"};
  return Done{};
}

}  // namespace vestitel
