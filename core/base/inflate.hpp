// Deflated bytes made whole again piece by piece, over zlib. How much may come out is the caller's to say, who sees
// each piece before the next is made.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

namespace vestitel {

class Inflater {
 public:
  // kRaw: deflate alone, as ZIP has it. kGzip: gzip, one member or several, each with its checksum.
  enum class Form : std::uint8_t { kRaw, kGzip };
  explicit Inflater(Form form);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Lends the next packed bytes; they stay where they are until next() has nothing more to give.
  void give(std::string_view packed);
  // The next piece, at most 64 KiB, good until the next call; empty: what was given is used up. False: these are no
  // such bytes, or some stand behind their end.
  bool next(std::string_view& piece);

  [[nodiscard]] bool complete() const;           // the end was reached, and nothing is left over
  [[nodiscard]] std::uint64_t packed() const;    // bytes taken
  [[nodiscard]] std::uint64_t unpacked() const;  // bytes given out

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The checksum of ZIP and gzip, carried on from `so_far`; 0 to begin with.
std::uint32_t crc32_on(std::uint32_t so_far, std::string_view bytes);

}  // namespace vestitel
