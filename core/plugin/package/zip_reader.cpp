#include <unistd.h>

#include <algorithm>
#include <set>

#include "core/base/inflate.hpp"
#include "core/base/os_error.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/zip.hpp"
#include "core/plugin/package/zip_form.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kPiece = 64UL * 1024;
constexpr std::size_t kMaxName = 200;

Error malformed(std::string why) {
  return refused(Refusal::kNotAPackage, "the file is not as `plugin pack` writes a package: " + std::move(why));
}

Result<std::string> read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {Failure::kIo, "reading the package: " + os_error()};
    if (n == 0) return malformed("it is cut off");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// For a message: a name from a file that nobody has vouched for.
std::string shown(std::string_view name) {
  std::string out(name.substr(0, 80));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

Result<> check_entry(const ZipEntry& entry, const ZipLimits& limits) {
  const std::string name = shown(entry.name);
  if (!is_safe_path(entry.name))
    return refused(Refusal::kUnsafePath, "the name \"" + name + "\" could lead out of the package's folder");
  if (S_ISLNK(entry.mode)) return refused(Refusal::kSymlink, name + " is a symlink");
  if (!S_ISREG(entry.mode)) return refused(Refusal::kSymlink, name + " is not a regular file");
  if ((entry.mode & (S_ISUID | S_ISGID | S_ISVTX | S_IWGRP | S_IWOTH)) != 0 || (entry.mode & S_IRUSR) == 0)
    return refused(Refusal::kUnsafeMode, name + " has a set-id or sticky bit, or others may write it");
  if (!entry.deflated && entry.packed != entry.size) return malformed(name + " is stored in another size than its own");
  if (entry.size > 65'536 && entry.size / limits.ratio > entry.packed)
    return refused(Refusal::kTooLarge, name + " would grow more than " + std::to_string(limits.ratio) + " times");
  return Done{};
}

// One header of the central directory; `at` moves behind it.
Result<ZipEntry> take_central(std::string_view directory, std::size_t& at, std::uint64_t local_at) {
  using namespace zip_form;
  if (directory.size() - at < kCentralSize) return malformed("its directory is cut off");
  const char* p = directory.data() + at;
  ZipEntry entry;
  entry.deflated = get16(p + 10) == kDeflated;
  entry.crc = get32(p + 16);
  entry.packed = get32(p + 20);
  entry.size = get32(p + 24);
  entry.mode = get32(p + 38) >> 16;
  const std::size_t name = get16(p + 28);
  if (name == 0 || name > kMaxName || directory.size() - at - kCentralSize < name)
    return malformed("a name in its directory is too long or missing");
  entry.name = directory.substr(at + kCentralSize, name);
  const std::string expected = central_header(entry, local_at);
  if (directory.substr(at, expected.size()) != expected)
    return malformed("its directory has an entry in another form (" + shown(entry.name) + ")");
  entry.offset = local_at + kLocalSize + name;
  at += expected.size();
  return entry;
}

Result<> check_local(int fd, const ZipEntry& entry, std::uint64_t at) {
  const std::string expected = zip_form::local_header(entry);
  const auto found = read_at(fd, at, expected.size());
  if (!found) return found.error();
  if (*found != expected)
    return malformed("the header of " + shown(entry.name) + " says something else than the directory");
  return Done{};
}

struct End {
  std::size_t count = 0;
  std::uint64_t size = 0, at = 0;
};

Result<End> read_end(int fd, std::uint64_t file_size, const ZipLimits& limits) {
  using namespace zip_form;
  if (file_size < kEndSize) return malformed("it is too short");
  const auto bytes = read_at(fd, file_size - kEndSize, kEndSize);
  if (!bytes) return bytes.error();
  const End end{get16(bytes->data() + 10), get32(bytes->data() + 12), get32(bytes->data() + 16)};
  if (*bytes != end_record(end.count, end.size, end.at)) return malformed("its last record is another or not there");
  if (end.count > limits.entries)
    return refused(Refusal::kTooLarge, "it holds " + std::to_string(end.count) + " files, at most " +
                                           std::to_string(limits.entries) + " are allowed");
  if (end.at + end.size + kEndSize != file_size || end.size > end.count * (kCentralSize + kMaxName))
    return malformed("its directory is not where it should be");
  return end;
}

Error unpackable() { return {Failure::kInvalid, "it does not unpack to the size that it says"}; }

// Not one byte more than `size` comes out.
Result<> inflate_piece(Inflater& inflater, std::string_view packed, std::uint64_t size, const ByteSink& to) {
  inflater.give(packed);
  for (std::string_view piece;;) {
    if (!inflater.next(piece) || inflater.unpacked() > size) return unpackable();
    if (piece.empty()) return Done{};
    if (auto taken = to(piece); !taken) return taken;
  }
}

}  // namespace

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.size() > kMaxName || !printable(path) || path.find('\\') != std::string_view::npos)
    return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<ZipFile> ZipFile::read(int fd, const ZipLimits& limits) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {Failure::kIo, "reading the package: " + os_error()};
  if (!S_ISREG(status.st_mode)) return malformed("it is not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limits.file)
    return refused(Refusal::kTooLarge, "the file has more than " + std::to_string(limits.file) + " bytes");
  const auto end = read_end(fd, size, limits);
  if (!end) return end.error();
  const auto directory = read_at(fd, end->at, end->size);
  if (!directory) return directory.error();
  ZipFile zip(fd);
  std::set<std::string> names;
  std::uint64_t next = 0, total = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < end->count; ++i) {
    auto entry = take_central(*directory, at, next);
    if (!entry) return entry.error();
    if (auto fine = check_entry(*entry, limits); !fine) return fine.error();
    if (auto same = check_local(fd, *entry, next); !same) return same.error();
    if (!names.insert(entry->name).second)
      return refused(Refusal::kDuplicateName, shown(entry->name) + " is in the package twice");
    next = entry->offset + entry->packed;
    total += entry->size;
    if (total > limits.unpacked)
      return refused(Refusal::kTooLarge, "it would unpack to more than " + std::to_string(limits.unpacked) + " bytes");
    zip.entries_.push_back(std::move(*entry));
  }
  if (at != end->size || next != end->at) return malformed("bytes stand between its files and its directory");
  return zip;
}

const ZipEntry* ZipFile::find(std::string_view name) const {
  for (const auto& entry : entries_)
    if (entry.name == name) return &entry;
  return nullptr;
}

Result<> ZipFile::packed(const ZipEntry& entry, const ByteSink& to) const {
  for (std::uint64_t done = 0; done < entry.packed;) {
    const auto piece = read_at(fd_, entry.offset + done, std::min<std::uint64_t>(kPiece, entry.packed - done));
    if (!piece) return piece.error();
    if (auto taken = to(*piece); !taken) return taken;
    done += piece->size();
  }
  return Done{};
}

Result<Digest> ZipFile::packed_digest(const ZipEntry& entry) const {
  Sha256 hash;
  const auto read = packed(entry, [&](std::string_view bytes) { return hash.add(bytes), Done{}; });
  if (!read) return read.error();
  return hash.finish();
}

Result<> ZipFile::unpack(const ZipEntry& entry, const ByteSink& to) const {
  std::uint32_t crc = 0;
  const ByteSink counted = [&](std::string_view bytes) -> Result<> {
    crc = crc32_on(crc, bytes);
    return to(bytes);
  };
  Result<> read = Done{};
  if (entry.deflated) {
    Inflater inflater(Inflater::Form::kRaw);
    read = packed(entry, [&](std::string_view bytes) { return inflate_piece(inflater, bytes, entry.size, counted); });
    if (read && (!inflater.complete() || inflater.unpacked() != entry.size)) read = unpackable();
  } else {
    read = packed(entry, counted);
  }
  if (!read && read.error().failure == Failure::kInvalid)
    return refused(Refusal::kChangedFile, shown(entry.name) + ": " + read.error().message);
  if (read && crc != entry.crc)
    return refused(Refusal::kChangedFile, shown(entry.name) + " does not have its checksum");
  return read;
}

Result<std::string> ZipFile::text(const ZipEntry& entry, std::uint64_t max) const {
  if (entry.deflated) return malformed(entry.name + " must be stored, not deflated");
  if (entry.size > max)
    return refused(Refusal::kTooLarge, entry.name + " has more than " + std::to_string(max) + " bytes");
  std::string out;
  const auto read = unpack(entry, [&](std::string_view bytes) { return out += bytes, Done{}; });
  if (!read) return read.error();
  return out;
}

}  // namespace vestitel
