#include "plugins/sources/common/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace sources {
namespace {

// windows-1251, 0x80 to 0xBF; 0xC0 to 0xFF are U+0410 to U+044F. 0x98 is no character.
constexpr std::array<std::uint16_t, 64> kUpperHalf = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409, 0x2039, 0x040A,
    0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0,      0x2122,
    0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6,
    0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456,
    0x0491, 0x00B5, 0x00B6, 0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457};

constexpr std::uint16_t code_of(unsigned char byte) {
  return byte >= 0xC0 ? static_cast<std::uint16_t>(0x0410 + (byte - 0xC0)) : kUpperHalf[byte - 0x80];
}

// A text in windows-1251 is hardly ever valid UTF-8 by chance; this many bytes leave no doubt.
constexpr std::size_t kCertain = 256;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

// The value of encoding="..." in an XML declaration at the head; empty: none.
std::string_view declared_encoding(std::string_view head) {
  if (head.substr(0, 5) != "<?xml" || head.size() < 6 || !is_space(head[5])) return {};
  const std::string_view declaration = head.substr(0, std::min(head.find("?>"), std::size_t{512}));
  std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return {};
  const std::size_t end = declaration.find(declaration[at], at + 1);
  return end == std::string_view::npos ? std::string_view() : declaration.substr(at + 1, end - at - 1);
}

std::size_t count_high(std::string_view raw) {
  return static_cast<std::size_t>(std::count_if(raw.begin(), raw.end(), [](char c) { return (c & 0x80) != 0; }));
}

}  // namespace

// The head of the document decides: a byte order mark, then the declaration.
const char* Decoder::choose(std::string_view head) {
  if (head.empty()) return "the document is empty";
  const std::size_t probe = std::min(head.size(), std::size_t{4});
  if (std::memchr(head.data(), 0, probe) != nullptr || head.substr(0, 2) == "\xFF\xFE" ||
      head.substr(0, 2) == "\xFE\xFF") {
    return "the encoding is neither UTF-8 nor windows-1251";
  }
  const bool marked = head.substr(0, 3) == "\xEF\xBB\xBF";
  mark_bytes_ = marked ? 3 : 0;
  const std::string_view name = declared_encoding(head.substr(mark_bytes_));
  if (name.empty() || equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8")) return nullptr;
  if (!equal_ignoring_case(name, "windows-1251") && !equal_ignoring_case(name, "cp1251")) {
    return "the declared encoding is neither UTF-8 nor windows-1251";
  }
  if (marked) return "windows-1251 is declared after a byte order mark of UTF-8";
  encoding_ = Encoding::windows1251;
  return nullptr;
}

std::string_view Decoder::next() {
  if (ended_ || fault_ != nullptr) return {};
  if (!raw_) raw_.reset(new char[kChunk]);
  std::memmove(raw_.get(), raw_.get() + tail_at_, tail_);
  std::size_t size = tail_ + in_.fill(raw_.get() + tail_, kChunk - tail_);
  tail_ = 0;
  ended_ = size < kChunk;
  if (in_.failed()) return {};
  if (!begun_) {
    begun_ = true;
    fault_ = choose({raw_.get(), size});
    if (fault_ != nullptr) return {};
    size -= mark_bytes_;
    std::memmove(raw_.get(), raw_.get() + mark_bytes_, size);
  }
  return encoding_ == Encoding::utf8 ? utf8(size) : windows1251({raw_.get(), size});
}

// A tail stays where it is until the next call: the piece before it is still in use.
std::string_view Decoder::utf8(std::size_t size) {
  bool cut = false;
  const std::size_t good = vestitel::utf8_prefix({raw_.get(), size}, &cut);
  tail_at_ = good;
  tail_ = size - good;
  if (tail_ != 0 && !cut) fault_ = "the bytes are not UTF-8, as which they are declared";
  if (tail_ != 0 && cut && ended_) fault_ = "the document is cut off inside a character";
  return {raw_.get(), good};
}

// UTF-8 that is declared as windows-1251 would decode into nonsense without a single error. It gives itself away:
// every byte beyond ASCII is part of a valid character of UTF-8.
void Decoder::suspect_utf8(std::string_view raw) {
  for (int i = 0; cut_ && i < 3 && !raw.empty() && vestitel::detail::is_tail(static_cast<unsigned char>(raw[0])); ++i) {
    raw.remove_prefix(1);
  }
  maybe_utf8_ = vestitel::utf8_prefix(raw, &cut_) == raw.size() || cut_;
  high_bytes_ += count_high(raw);
  if (maybe_utf8_ && (high_bytes_ >= kCertain || (ended_ && high_bytes_ > 0))) {
    fault_ = "the bytes are UTF-8, but windows-1251 is declared";
  }
}

std::string_view Decoder::windows1251(std::string_view raw) {
  if (maybe_utf8_) suspect_utf8(raw);
  if (fault_ != nullptr) return {};
  if (!decoded_) decoded_.reset(new char[kChunk * 3]);
  char* to = decoded_.get();
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      *to++ = c;
      continue;
    }
    const std::uint16_t code = code_of(byte);
    if (code == 0) {
      fault_ = "the bytes are not windows-1251, as which they are declared";
      break;
    }
    if (code >= 0x800) *to++ = static_cast<char>(0xE0 | (code >> 12));
    *to++ = static_cast<char>(code >= 0x800 ? 0x80 | ((code >> 6) & 0x3F) : 0xC0 | (code >> 6));
    *to++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  return {decoded_.get(), static_cast<std::size_t>(to - decoded_.get())};
}

std::uint64_t Decoder::original_size(std::string_view text) const {
  if (encoding_ == Encoding::utf8) return text.size();
  return static_cast<std::uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !vestitel::detail::is_tail(static_cast<unsigned char>(c)); }));
}

}  // namespace sources
