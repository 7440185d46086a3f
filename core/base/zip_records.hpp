// What stands where in the records of a ZIP file, for all who read one.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vestitel::zip_form {

inline constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
inline constexpr std::uint32_t kLocalMark = 0x04034b50, kCentralMark = 0x02014b50, kEndMark = 0x06054b50;
inline constexpr std::uint16_t kStored = 0, kDeflated = 8;

inline std::uint32_t get16(const char* p) {
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  return static_cast<std::uint32_t>(u[0]) | static_cast<std::uint32_t>(u[1]) << 8;
}
inline std::uint32_t get32(const char* p) { return get16(p) | get16(p + 2) << 16; }

}  // namespace vestitel::zip_form
