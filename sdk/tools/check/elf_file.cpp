#include "sdk/tools/check/elf_file.hpp"

#include <algorithm>
#include <cstring>

#include "sdk/tools/check/subject.hpp"

namespace vestitel::check {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "name the ELF machine of this platform"
#endif
constexpr std::size_t kMaxFile = std::size_t{256} << 20;
constexpr unsigned kMaxSegments = 256, kMaxNeeds = 4096;
constexpr std::uint64_t kMaxSymbols = 1 << 20, kMaxName = 4096;

Error invalid(const char* why) { return {Failure::kInvalid, why}; }

}  // namespace

template <class T>
bool ElfFile::get(std::uint64_t offset, T& into) const {
  if (offset > bytes_.size() || bytes_.size() - offset < sizeof into) return false;
  std::memcpy(&into, bytes_.data() + offset, sizeof into);
  return true;
}

// Where an address of the loaded image lies in the file.
bool ElfFile::offset_of(std::uint64_t address, std::uint64_t& offset) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
      continue;
    offset = segment.p_offset + (address - segment.p_vaddr);
    return true;
  }
  return false;
}

std::uint64_t ElfFile::value(Elf64_Sxword tag) const {
  for (const Elf64_Dyn& entry : dynamic_)
    if (entry.d_tag == tag) return entry.d_un.d_val;
  return 0;
}

std::string ElfFile::name_at(std::uint64_t index) const {
  std::uint64_t at = 0;
  if (index >= value(DT_STRSZ) || !offset_of(value(DT_STRTAB), at) || at + index >= bytes_.size()) return {};
  const char* from = bytes_.data() + at + index;
  return std::string(from, strnlen(from, std::min<std::size_t>(bytes_.size() - at - index, kMaxName)));
}

Result<> ElfFile::parse_segments() {
  Elf64_Ehdr header{};
  if (!get(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return invalid("it is no ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return invalid("it is not built for 64 bits");
  if (header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return invalid("it is built for another machine");
  if (header.e_type != ET_DYN) return invalid("it is no shared library");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMaxSegments)
    return invalid("its ELF header makes no sense");
  const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > bytes_.size() || sections > bytes_.size() - header.e_shoff)
    return invalid("the file is cut off");
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (header.e_phoff > bytes_.size() || !get(header.e_phoff + i * sizeof segment, segment))
      return invalid("the file is cut off");
    if (segment.p_filesz > bytes_.size() || segment.p_offset > bytes_.size() - segment.p_filesz)
      return invalid("the file is cut off");
    segments_.push_back(segment);
    if (segment.p_type == PT_GNU_RELRO) relro = true;
    if (segment.p_type == PT_GNU_STACK) {
      stack_note = true;
      executable_stack = (segment.p_flags & PF_X) != 0;
    }
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0) code_bytes += segment.p_filesz;
  }
  pic = true;  // ET_DYN; whether its code has to be patched is textrel
  return Done{};
}

Result<> ElfFile::parse_dynamic() {
  const auto found =
      std::find_if(segments_.begin(), segments_.end(), [](const auto& s) { return s.p_type == PT_DYNAMIC; });
  if (found == segments_.end()) return invalid("it has no dynamic section");
  for (std::uint64_t i = 0; i < found->p_filesz / sizeof(Elf64_Dyn); ++i) {
    Elf64_Dyn entry{};
    if (!get(found->p_offset + i * sizeof entry, entry)) return invalid("the file is cut off");
    if (entry.d_tag == DT_NULL) break;
    dynamic_.push_back(entry);
    if (dynamic_.size() > 4096) return invalid("its dynamic section makes no sense");
  }
  for (const Elf64_Dyn& entry : dynamic_) {
    if (entry.d_tag == DT_NEEDED) needed.push_back(name_at(entry.d_un.d_val));
    if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) runpaths.push_back(name_at(entry.d_un.d_val));
    if (entry.d_tag == DT_TEXTREL) textrel = true;
    if (entry.d_tag == DT_BIND_NOW) bind_now = true;
  }
  if ((value(DT_FLAGS) & DF_TEXTREL) != 0) textrel = true;
  if ((value(DT_FLAGS) & DF_BIND_NOW) != 0 || (value(DT_FLAGS_1) & DF_1_NOW) != 0) bind_now = true;
  return Done{};
}

// The loader does not need to know how many symbols there are; the hash tables say.
std::uint64_t ElfFile::symbol_count() const {
  std::uint64_t at = 0;
  Elf64_Word head[4] = {};
  if (value(DT_HASH) != 0 && offset_of(value(DT_HASH), at) && get(at, head)) return head[1];
  if (value(DT_GNU_HASH) == 0 || !offset_of(value(DT_GNU_HASH), at) || !get(at, head)) return 0;
  const std::uint64_t buckets = at + sizeof head + std::uint64_t{head[2]} * sizeof(Elf64_Xword);
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < head[0]; ++i) {
    Elf64_Word bucket = 0;
    if (!get(buckets + i * sizeof bucket, bucket)) return 0;
    last = std::max<std::uint64_t>(last, bucket);
  }
  if (last < head[1]) return head[1];
  const std::uint64_t chains = buckets + std::uint64_t{head[0]} * sizeof(Elf64_Word);
  for (Elf64_Word hash = 0; get(chains + (last - head[1]) * sizeof hash, hash); ++last)
    if ((hash & 1) != 0) return last + 1;
  return 0;
}

Result<> ElfFile::parse_symbols() {
  std::uint64_t at = 0;
  const std::uint64_t count = symbol_count();
  if (value(DT_SYMTAB) == 0 || !offset_of(value(DT_SYMTAB), at)) return invalid("it has no dynamic symbols");
  if (count > kMaxSymbols) return invalid("its symbol table makes no sense");
  for (std::uint64_t i = 1; i < count; ++i) {
    Elf64_Sym symbol{};
    if (!get(at + i * sizeof symbol, symbol)) return invalid("the file is cut off");
    ElfSymbol one{name_at(symbol.st_name), static_cast<unsigned char>(ELF64_ST_BIND(symbol.st_info)),
                  static_cast<unsigned char>(ELF64_ST_TYPE(symbol.st_info)),
                  static_cast<unsigned char>(ELF64_ST_VISIBILITY(symbol.st_other)), symbol.st_shndx != SHN_UNDEF};
    if (!one.name.empty()) symbols.push_back(std::move(one));
  }
  return Done{};
}

void ElfFile::parse_needs() {
  std::uint64_t at = 0;
  if (value(DT_VERNEED) == 0 || !offset_of(value(DT_VERNEED), at)) return;
  const std::uint64_t libraries = std::min<std::uint64_t>(value(DT_VERNEEDNUM), kMaxNeeds);
  for (std::uint64_t i = 0; i < libraries; ++i) {
    Elf64_Verneed need{};
    if (!get(at, need)) return;
    std::uint64_t version_at = at + need.vn_aux;
    for (unsigned n = 0; n < need.vn_cnt && version_needs.size() < kMaxNeeds; ++n) {
      Elf64_Vernaux version{};
      if (!get(version_at, version)) return;
      version_needs.push_back({name_at(need.vn_file), name_at(version.vna_name)});
      if (version.vna_next == 0) break;
      version_at += version.vna_next;
    }
    if (need.vn_next == 0) return;
    at += need.vn_next;
  }
}

Result<> ElfFile::parse() {
  if (auto read = parse_segments(); !read) return read;
  if (auto read = parse_dynamic(); !read) return read;
  if (auto read = parse_symbols(); !read) return read;
  parse_needs();
  return Done{};
}

Result<ElfFile> ElfFile::read(const std::string& path) {
  auto bytes = read_file(path, kMaxFile);
  if (!bytes) return bytes.error();
  ElfFile file;
  file.bytes_ = std::move(*bytes);
  if (auto parsed = file.parse(); !parsed) return parsed.error();
  return file;
}

}  // namespace vestitel::check
