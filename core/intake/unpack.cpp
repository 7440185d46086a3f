#include "core/intake/unpack.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "core/base/zip_records.hpp"

namespace vestitel {
namespace {

using namespace zip_form;

constexpr std::size_t kPiece = 64UL * 1024;
constexpr std::uint16_t kEncrypted = 0x0001, kSizesBehind = 0x0008;  // flags of an entry
constexpr std::size_t kMostName = 1024;

// What an inflater has made so far against the budget.
InboxFault over(const Inflater& inflater, const UnpackBudget& budget) {
  if (inflater.unpacked() > budget.most) return InboxFault::kTooLarge;
  if (inflater.unpacked() > budget.free && inflater.unpacked() / budget.ratio > inflater.packed())
    return InboxFault::kTooPacked;
  return InboxFault::kNone;
}

InboxFault inflate_on(Inflater& inflater, std::string_view packed, const UnpackBudget& budget, InboxFault broken,
                      const PieceSink& to) {
  inflater.give(packed);
  for (std::string_view piece;;) {
    if (!inflater.next(piece)) return broken;
    if (piece.empty()) return InboxFault::kNone;
    if (const InboxFault fault = over(inflater, budget); fault != InboxFault::kNone) return fault;
    if (const InboxFault fault = to(piece); fault != InboxFault::kNone) return fault;
  }
}

// Nothing: it could not be read, or the file is shorter.
std::optional<std::string> read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

struct Entry {
  std::uint64_t data_at = 0, packed = 0, size = 0;
  std::uint32_t crc = 0;
  bool deflated = false;
};

// The record at the end: it has to be the last bytes, and to speak of one entry right before it.
InboxFault check_end(std::string_view end, std::uint64_t size, std::uint64_t& directory_at) {
  if (get32(end.data()) != kEndMark) return InboxFault::kNotZip;
  const std::uint32_t here = get16(end.data() + 8), all = get16(end.data() + 10);
  const std::uint64_t directory = get32(end.data() + 12);
  directory_at = get32(end.data() + 16);
  if (get32(end.data() + 4) != 0 || get16(end.data() + 20) != 0) return InboxFault::kZipForm;
  if (all == 0xFFFF || directory_at == 0xFFFFFFFF || directory == 0xFFFFFFFF) return InboxFault::kZipForm;
  if (here != 1 || all != 1) return InboxFault::kZipEntries;
  return directory_at + directory + kEndSize == size ? InboxFault::kNone : InboxFault::kZipForm;
}

// What is packed, and where the directory says that it stands. `record`: the directory, one entry and nothing else.
InboxFault check_central(std::string_view record, Entry& entry, std::string& name) {
  if (record.size() < kCentralSize || get32(record.data()) != kCentralMark) return InboxFault::kNotZip;
  const char* p = record.data();
  const std::size_t name_size = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32);
  if (kCentralSize + name_size + extra + comment != record.size()) return InboxFault::kZipForm;
  const std::uint32_t method = get16(p + 10);
  if ((get16(p + 8) & kEncrypted) != 0 || (method != kStored && method != kDeflated)) return InboxFault::kZipForm;
  if (get16(p + 34) != 0 || get32(p + 42) != 0) return InboxFault::kZipForm;  // another disk, or not at the beginning
  name = record.substr(kCentralSize, name_size);
  if (name.empty() || name.size() > kMostName) return InboxFault::kZipForm;
  if (name.find_first_of("/\\") != std::string::npos) return InboxFault::kZipFolder;
  entry.deflated = method == kDeflated;
  entry.crc = get32(p + 16);
  entry.packed = get32(p + 20);
  entry.size = get32(p + 24);
  if (entry.packed == 0xFFFFFFFF || entry.size == 0xFFFFFFFF) return InboxFault::kZipForm;
  return entry.deflated || entry.packed == entry.size ? InboxFault::kNone : InboxFault::kZipForm;
}

// The header before the data has to say the same; where the sizes stand behind the data it may leave them out.
InboxFault check_local(int fd, std::uint64_t directory_at, const std::string& name, Entry& entry) {
  const auto head = read_at(fd, 0, kLocalSize + name.size());
  if (!head || get32(head->data()) != kLocalMark) return InboxFault::kNotZip;
  const char* p = head->data();
  const bool behind = (get16(p + 6) & kSizesBehind) != 0;
  const auto agrees = [&](std::uint32_t here, std::uint64_t there) { return here == there || (behind && here == 0); };
  if (get16(p + 8) != (entry.deflated ? kDeflated : kStored) || get16(p + 26) != name.size() ||
      head->substr(kLocalSize) != name || (get16(p + 6) & kEncrypted) != 0)
    return InboxFault::kZipForm;
  if (!agrees(get32(p + 14), entry.crc) || !agrees(get32(p + 18), entry.packed) || !agrees(get32(p + 22), entry.size))
    return InboxFault::kZipForm;
  entry.data_at = kLocalSize + name.size() + get16(p + 28);
  const std::uint64_t end = entry.data_at + entry.packed;
  const std::uint64_t descriptor = behind ? 16 : 0;  // of 12 bytes where its mark is left out
  if (end > directory_at || directory_at - end > descriptor) return InboxFault::kZipForm;
  return InboxFault::kNone;
}

InboxFault find_entry(int fd, std::uint64_t size, Entry& entry) {
  const auto end = size < kEndSize ? std::nullopt : read_at(fd, size - kEndSize, kEndSize);
  if (!end) return InboxFault::kNotZip;
  std::uint64_t directory_at = 0;
  if (const InboxFault fault = check_end(*end, size, directory_at); fault != InboxFault::kNone) return fault;
  const std::uint64_t directory = size - kEndSize - directory_at;
  if (directory > kCentralSize + kMostName + 2 * 65'535UL) return InboxFault::kZipForm;
  const auto record = read_at(fd, directory_at, directory);
  if (!record) return InboxFault::kNotZip;
  std::string name;
  if (const InboxFault fault = check_central(*record, entry, name); fault != InboxFault::kNone) return fault;
  return check_local(fd, directory_at, name, entry);
}

}  // namespace

InboxFault Gunzip::feed(std::string_view packed, const PieceSink& to) {
  return inflate_on(inflater_, packed, budget_, InboxFault::kNotGzip, to);
}

InboxFault Gunzip::finish() const { return inflater_.complete() ? InboxFault::kNone : InboxFault::kNotGzip; }

InboxFault unzip(int fd, std::uint64_t size, const UnpackBudget& budget, const PieceSink& to) {
  Entry entry;
  if (const InboxFault fault = find_entry(fd, size, entry); fault != InboxFault::kNone) return fault;
  if (entry.size > budget.most) return InboxFault::kTooLarge;
  Inflater inflater(Inflater::Form::kRaw);
  std::uint32_t crc = 0;
  std::uint64_t made = 0;
  const PieceSink counted = [&](std::string_view piece) {
    crc = crc32_on(crc, piece);
    made += piece.size();
    return made > entry.size ? InboxFault::kNotZip : to(piece);
  };
  for (std::uint64_t done = 0; done < entry.packed;) {
    const auto piece = read_at(fd, entry.data_at + done, std::min<std::uint64_t>(kPiece, entry.packed - done));
    if (!piece) return InboxFault::kStorage;
    const InboxFault fault =
        entry.deflated ? inflate_on(inflater, *piece, budget, InboxFault::kNotZip, counted) : counted(*piece);
    if (fault != InboxFault::kNone) return fault;
    done += piece->size();
  }
  const bool whole = made == entry.size && crc == entry.crc && (!entry.deflated || inflater.complete());
  return whole ? InboxFault::kNone : InboxFault::kNotZip;
}

}  // namespace vestitel
