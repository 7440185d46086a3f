#include "core/plugin/elf_check.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace vestitel {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "name the ELF machine of this platform"
#endif
constexpr unsigned kMaxSegments = 256;

Error invalid(const char* why) { return {Failure::kInvalid, why}; }

template <class T>
bool read_at(int fd, std::uint64_t offset, T& into) {
  return ::pread(fd, &into, sizeof into, static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof into);
}

Result<> check_header(const Elf64_Ehdr& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return invalid("not a shared library (no ELF header)");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return invalid("built for another machine");
  if (header.e_type != ET_DYN) return invalid("not a shared library");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMaxSegments)
    return invalid("its ELF header makes no sense");
  return Done{};
}

}  // namespace

Result<> check_elf(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {Failure::kIo, "its size cannot be read"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  Elf64_Ehdr header{};
  if (!read_at(fd, 0, header)) return invalid("not a shared library (no ELF header)");
  if (auto sound = check_header(header); !sound) return sound;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::uint64_t at = header.e_phoff + std::uint64_t{i} * sizeof segment;
    if (header.e_phoff > size || !read_at(fd, at, segment)) return invalid("the file is cut off");
    if (segment.p_filesz > size || segment.p_offset > size - segment.p_filesz) return invalid("the file is cut off");
  }
  // The section headers are what a linker writes last: without them the end of the file is missing.
  const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > size || sections > size - header.e_shoff) return invalid("the file is cut off");
  return Done{};
}

}  // namespace vestitel
