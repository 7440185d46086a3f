// The one form of ZIP that a package has, so that no byte of the file is without meaning:
//
//   local header and data of each entry, without a gap | central directory in the same order | end record
//
// Names are UTF-8, stored or deflated; dates are 1980-01-01; no extra field, comment, data descriptor, encryption,
// zip64 or second disk. What unzip reads is what is read here: local header and central directory say the same, and
// nothing stands before, between or behind. A general library reads more forms than that, and what it overlooks no
// signature covers (docs/adr/0006).
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// What a package may hold; more is refused before anything is unpacked.
struct ZipLimits {
  std::uint64_t file = 256UL << 20;
  std::uint64_t unpacked = 200'000'000;  // all entries together
  std::uint32_t entries = 1'000;
  std::uint32_t ratio = 100;  // unpacked to packed, of one entry, beyond 64 KiB
};

struct ZipEntry {
  std::string name;
  std::uint32_t mode = S_IFREG | 0644;  // as stat has it
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0;
  std::uint64_t offset = 0;  // of the data
};

using ByteSink = std::function<Result<>(std::string_view)>;

class ZipFile {
 public:
  // Reads the structure from an open file and checks all of it. Borrows `fd`. Refused: kNotAPackage, kTooLarge,
  // kDuplicateName, kUnsafePath, kSymlink (any entry that is not a regular file), kUnsafeMode (set-id, sticky or
  // writable by others).
  static Result<ZipFile> read(int fd, const ZipLimits& limits = {});

  [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }
  [[nodiscard]] const ZipEntry* find(std::string_view name) const;

  // Digest of an entry's bytes as they stand in the file.
  [[nodiscard]] Result<Digest> packed_digest(const ZipEntry& entry) const;
  // Hands the content over in pieces; never more than entry.size. kChangedFile: it does not unpack to its size and CRC.
  [[nodiscard]] Result<> unpack(const ZipEntry& entry, const ByteSink& to) const;
  // The whole content of a stored entry of at most `max` bytes.
  [[nodiscard]] Result<std::string> text(const ZipEntry& entry, std::uint64_t max) const;
  // Hands the bytes over as they stand in the file.
  [[nodiscard]] Result<> packed(const ZipEntry& entry, const ByteSink& to) const;

 private:
  explicit ZipFile(int fd) : fd_(fd) {}
  int fd_;
  std::vector<ZipEntry> entries_;
};

// A name that can stand below a folder: relative, plain components, printable ASCII, at most 200 bytes.
bool is_safe_path(std::string_view path);

// An entry on its way into a package.
struct ZipPiece {
  ZipEntry entry;
  std::string data;  // as it will stand in the file
};
// Deflated where `deflate` is asked for and makes it smaller.
ZipPiece zip_piece(std::string name, std::uint32_t mode, std::string content, bool deflate);

// Writes the same form. The bytes go out through `to` in order.
class ZipWriter {
 public:
  explicit ZipWriter(ByteSink to) : to_(std::move(to)) {}

  Result<> add(const ZipPiece& piece);
  // An entry of another package, as it stands there.
  Result<> copy(const ZipFile& from, const ZipEntry& entry);
  Result<> finish();

 private:
  Result<> put(std::string_view bytes);
  ByteSink to_;
  std::uint64_t at_ = 0;
  std::vector<std::pair<ZipEntry, std::uint64_t>> written_;  // with the place of the local header
};

}  // namespace vestitel
