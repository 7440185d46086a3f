// A shared library read as the loader reads it, from its segments, without running or mapping it. The file is hostile:
// every offset is checked, every table is bounded.
#pragma once
#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel::check {

struct ElfSymbol {
  std::string name;
  unsigned char bind = STB_LOCAL, type = STT_NOTYPE, visibility = STV_DEFAULT;
  bool defined = false;
};

// "GLIBC_2.34" that the library needs of "libc.so.6".
struct ElfVersionNeed {
  std::string library, version;
};

class ElfFile {
 public:
  // kInvalid says what is wrong, in words. Machine and class are those of this platform.
  static Result<ElfFile> read(const std::string& path);

  std::vector<ElfSymbol> symbols;  // dynamic; those without a name are left out
  std::vector<std::string> needed, runpaths;
  std::vector<ElfVersionNeed> version_needs;
  bool textrel = false, bind_now = false, relro = false, executable_stack = false, pic = false;
  bool stack_note = false;  // a PT_GNU_STACK is there at all
  std::uint64_t code_bytes = 0;

 private:
  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> dynamic_;

  Result<> parse();
  Result<> parse_segments();
  Result<> parse_dynamic();
  Result<> parse_symbols();
  void parse_needs();
  template <class T>
  [[nodiscard]] bool get(std::uint64_t offset, T& into) const;
  [[nodiscard]] bool offset_of(std::uint64_t address, std::uint64_t& offset) const;
  [[nodiscard]] std::uint64_t value(Elf64_Sxword tag) const;
  [[nodiscard]] std::string name_at(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t symbol_count() const;
};

}  // namespace vestitel::check
