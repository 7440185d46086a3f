// The versions of glibc's symbols that a library asks for, read from its section .gnu.version_r.
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/plugin/package/pack.hpp"
#include "core/plugin/package/version.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kMaxSection = 16UL << 20;
constexpr unsigned kMaxSections = 4'096;

Error invalid() { return {Failure::kInvalid, "reading the library: its ELF sections make no sense"}; }

Result<std::string> read_at(int fd, std::uint64_t offset, std::uint64_t size) {
  if (size > kMaxSection) return invalid();
  std::string out(size, '\0');
  if (::pread(fd, out.data(), size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size)) return invalid();
  return out;
}

template <class T>
bool take(const std::string& bytes, std::uint64_t at, T& into) {
  if (bytes.size() < sizeof into || at > bytes.size() - sizeof into) return false;
  std::memcpy(&into, bytes.data() + at, sizeof into);
  return true;
}

std::string_view text_at(const std::string& strings, std::uint64_t at) {
  if (at >= strings.size()) return {};
  const std::string_view rest = std::string_view(strings).substr(at);
  return rest.substr(0, rest.find('\0'));
}

void raise(std::string& least, std::string_view name) {
  constexpr std::string_view kPrefix = "GLIBC_";
  if (!name.starts_with(kPrefix)) return;
  const auto version = name.substr(kPrefix.size());
  if (at_least(version, least).value_or(false)) least = version;
}

// One list of needed libraries, each with the list of its versions.
Result<> walk(const std::string& needs, const std::string& strings, std::string& least) {
  Elf64_Verneed need{};
  std::uint64_t at = 0;
  do {
    if (!take(needs, at, need)) return invalid();
    Elf64_Vernaux one{};
    std::uint64_t inner = at + need.vn_aux;
    for (unsigned i = 0; i < need.vn_cnt; ++i, inner += one.vna_next) {
      if (!take(needs, inner, one)) return invalid();
      raise(least, text_at(strings, one.vna_name));
    }
    at += need.vn_next;
  } while (need.vn_next != 0);
  return Done{};
}

}  // namespace

Result<std::string> least_glibc(int fd) {
  const auto head = read_at(fd, 0, sizeof(Elf64_Ehdr));
  Elf64_Ehdr header{};
  if (!head || !take(*head, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr) ||
      header.e_shnum > kMaxSections)
    return invalid();
  const auto table = read_at(fd, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!table) return table.error();
  std::string least = "2.0";
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section{}, linked{};
    if (!take(*table, i * sizeof section, section)) return invalid();
    if (section.sh_type != SHT_GNU_verneed) continue;
    if (!take(*table, section.sh_link * sizeof linked, linked)) return invalid();
    const auto needs = read_at(fd, section.sh_offset, section.sh_size);
    const auto strings = read_at(fd, linked.sh_offset, linked.sh_size);
    if (!needs || !strings) return invalid();
    if (auto done = walk(*needs, *strings, least); !done) return done.error();
  }
  return least;
}

}  // namespace vestitel
