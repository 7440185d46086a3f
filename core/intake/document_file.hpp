// A document that is a regular file: its size, its digest, its bytes, and whether it stood still meanwhile.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <stop_token>

#include "core/base/owned_fd.hpp"
#include "core/intake/document_intake.hpp"

namespace vestitel {

inline constexpr std::uint64_t kMaxDocumentBytes = std::uint64_t{4} << 30;  // by drop folder and import

// What of a file's state must not change while it is read.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};
FileState file_state(const struct stat& status);

class DocumentFile final : public DocumentBytes {
 public:
  // Takes an open file. kInvalid: not a regular file, or one with other names (hard links) where `alone` is asked.
  static Result<DocumentFile> take(OwnedFd fd, bool alone);

  [[nodiscard]] const FileState& state() const { return state_; }

  // Reads the file once for its SHA-256 and stands at its beginning again. kConflict when it changed meanwhile.
  // `seen` is told how many bytes are done, at least each MiB.
  Result<Digest> digest(const std::stop_token& stop, const std::function<void(std::uint64_t)>& seen = {});

  Result<std::size_t> read(std::span<char> into) override;
  Result<> unchanged() override;  // size, time of change and digest are those of digest()

 private:
  DocumentFile(OwnedFd fd, FileState state) : fd_(std::move(fd)), state_(state), again_(std::make_unique<Sha256>()) {}
  Result<> same_state() const;

  OwnedFd fd_;
  FileState state_;
  Digest digest_{};
  std::unique_ptr<Sha256> again_;  // of what read() has given out
};

}  // namespace vestitel
