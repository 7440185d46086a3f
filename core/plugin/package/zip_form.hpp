// The records of the package's ZIP form as bytes, for the reader and the writer alike: each has exactly one encoding.
#pragma once
#include <cstdint>
#include <string>

#include "core/base/zip_records.hpp"
#include "core/plugin/package/zip.hpp"

namespace vestitel::zip_form {

inline constexpr std::uint16_t kVersion = 20, kMadeBy = 0x0314;  // 2.0; by Unix
inline constexpr std::uint16_t kFlags = 0x0800;                  // names are UTF-8
inline constexpr std::uint16_t kTime = 0, kDate = 0x0021;        // 1980-01-01

inline void put16(std::string& out, std::uint32_t value) {
  out.push_back(static_cast<char>(value & 0xFF));
  out.push_back(static_cast<char>(value >> 8 & 0xFF));
}
inline void put32(std::string& out, std::uint64_t value) {
  put16(out, static_cast<std::uint32_t>(value & 0xFFFF));
  put16(out, static_cast<std::uint32_t>(value >> 16 & 0xFFFF));
}
// What both headers of an entry share, from the version on.
inline void put_common(std::string& out, const ZipEntry& entry) {
  put16(out, kVersion);
  put16(out, kFlags);
  put16(out, entry.deflated ? kDeflated : kStored);
  put16(out, kTime);
  put16(out, kDate);
  put32(out, entry.crc);
  put32(out, entry.packed);
  put32(out, entry.size);
  put16(out, static_cast<std::uint32_t>(entry.name.size()));
  put16(out, 0);  // no extra field
}

inline std::string local_header(const ZipEntry& entry) {
  std::string out;
  put32(out, kLocalMark);
  put_common(out, entry);
  return out + entry.name;
}

inline std::string central_header(const ZipEntry& entry, std::uint64_t local_at) {
  std::string out;
  put32(out, kCentralMark);
  put16(out, kMadeBy);
  put_common(out, entry);
  put16(out, 0);  // no comment
  put16(out, 0);  // disk
  put16(out, 0);  // internal attributes
  put32(out, static_cast<std::uint64_t>(entry.mode) << 16);
  put32(out, local_at);
  return out + entry.name;
}

inline std::string end_record(std::size_t count, std::uint64_t central_size, std::uint64_t central_at) {
  std::string out;
  put32(out, kEndMark);
  put32(out, 0);  // disks
  put16(out, static_cast<std::uint32_t>(count));
  put16(out, static_cast<std::uint32_t>(count));
  put32(out, central_size);
  put32(out, central_at);
  put16(out, 0);  // no comment
  return out;
}

}  // namespace vestitel::zip_form
