#include "plugins/sinks/common/sms_text.hpp"

#include <algorithm>
#include <array>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::sinks {
namespace {

constexpr char kEscape = 0x1B;

struct Coded {
  std::uint32_t character;
  char septet;
};

// Where the GSM alphabet (3GPP TS 23.038) is not ASCII.
constexpr Coded kBasic[] = {{U'@', 0x00}, {U'£', 0x01}, {U'$', 0x02}, {U'¥', 0x03}, {U'è', 0x04}, {U'é', 0x05},
                            {U'ù', 0x06}, {U'ì', 0x07}, {U'ò', 0x08}, {U'Ç', 0x09}, {U'Ø', 0x0B}, {U'ø', 0x0C},
                            {U'Å', 0x0E}, {U'å', 0x0F}, {U'Δ', 0x10}, {U'_', 0x11}, {U'Φ', 0x12}, {U'Γ', 0x13},
                            {U'Λ', 0x14}, {U'Ω', 0x15}, {U'Π', 0x16}, {U'Ψ', 0x17}, {U'Σ', 0x18}, {U'Θ', 0x19},
                            {U'Ξ', 0x1A}, {U'Æ', 0x1C}, {U'æ', 0x1D}, {U'ß', 0x1E}, {U'É', 0x1F}, {U'¤', 0x24},
                            {U'¡', 0x40}, {U'Ä', 0x5B}, {U'Ö', 0x5C}, {U'Ñ', 0x5D}, {U'Ü', 0x5E}, {U'§', 0x5F},
                            {U'¿', 0x60}, {U'ä', 0x7B}, {U'ö', 0x7C}, {U'ñ', 0x7D}, {U'ü', 0x7E}, {U'à', 0x7F}};
// Behind an escape.
constexpr Coded kExtension[] = {{U'\f', 0x0A}, {U'^', 0x14}, {U'{', 0x28}, {U'}', 0x29}, {U'\\', 0x2F},
                                {U'[', 0x3C},  {U'~', 0x3D}, {U']', 0x3E}, {U'|', 0x40}, {U'€', 0x65}};
// ASCII whose place another character has.
constexpr std::string_view kNotAscii = "$@[\\]^_`{|}~";

template <std::size_t N>
const Coded* find(const Coded (&table)[N], std::uint32_t c) {
  const auto* end = table + N;
  const auto* found = std::find_if(table, end, [&](const Coded& one) { return one.character == c; });
  return found == end ? nullptr : found;
}

// False: the alphabet has no such character.
bool append_gsm(std::string& out, std::uint32_t c) {
  const bool ascii = c == '\n' || c == '\r' ||
                     (c >= 0x20 && c < 0x7F && kNotAscii.find(static_cast<char>(c)) == std::string_view::npos);
  if (ascii) {
    out += static_cast<char>(c);
  } else if (const Coded* basic = find(kBasic, c)) {
    out += basic->septet;
  } else if (const Coded* extended = find(kExtension, c)) {
    out += kEscape;
    out += extended->septet;
  } else {
    return false;
  }
  return true;
}

void append_unit(std::string& out, std::uint32_t unit) {
  out += static_cast<char>(unit >> 8);
  out += static_cast<char>(unit & 0xFF);
}

void append_ucs2(std::string& out, std::uint32_t c) {
  if (c < 0x10000) return append_unit(out, c);
  append_unit(out, 0xD800 + ((c - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

// What is drawn on the character before it: combining marks, variation selectors, skin tones, what a joiner joins.
bool combines(std::uint32_t c) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr std::array<Range, 11> kMarks = {{{0x0300, 0x036F},
                                             {0x0483, 0x0489},
                                             {0x0591, 0x05BD},
                                             {0x064B, 0x065F},
                                             {0x1AB0, 0x1AFF},
                                             {0x1DC0, 0x1DFF},
                                             {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F},
                                             {0xFE20, 0xFE2F},
                                             {0x1F3FB, 0x1F3FF},
                                             {0xE0100, 0xE01EF}}};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](const Range& r) { return c >= r.first && c <= r.last; });
}

// What must not be cut, one after the other. Empty with `ok` false: not UTF-8, or not of this alphabet.
struct Pieces {
  bool ok = true;
  std::vector<std::string> list;
};

Pieces pieces_of(std::string_view utf8, SmsAlphabet alphabet, std::size_t longest) {
  Pieces out;
  for (std::size_t i = 0; i < utf8.size() && out.ok;) {
    const Decoded c = decode(utf8, i);
    i += c.size;
    std::string piece;
    out.ok = c.size != 0 && (alphabet == SmsAlphabet::ucs2 || append_gsm(piece, c.value));
    if (alphabet == SmsAlphabet::ucs2) append_ucs2(piece, c.value);
    if (combines(c.value) && !out.list.empty() && out.list.back().size() + piece.size() <= longest) {
      out.list.back() += piece;
    } else {
      out.list.push_back(std::move(piece));
    }
  }
  return out;
}

// Octets of a part that is one of several; UCS-2 as an even number.
std::size_t joined_size(SmsAlphabet alphabet, SmsJoin join) {
  if (join == SmsJoin::payload) return std::size_t{60} * 1024;
  // The centre makes a header of 8 bits from the fields of `sar`.
  if (alphabet == SmsAlphabet::gsm) return join == SmsJoin::udh16 ? 152 : 153;
  return join == SmsJoin::udh16 ? 132 : 134;
}

std::vector<std::string> filled(const std::vector<std::string>& pieces, std::size_t size) {
  std::vector<std::string> out(1);
  for (const std::string& piece : pieces) {
    if (out.back().size() + piece.size() > size) out.emplace_back();
    out.back() += piece;
  }
  return out;
}

}  // namespace

std::optional<SmsText> sms_text(std::string_view utf8, SmsJoin join) {
  SmsText out;
  Pieces pieces = pieces_of(utf8, SmsAlphabet::gsm, joined_size(SmsAlphabet::gsm, join));
  if (!pieces.ok) {
    out.alphabet = SmsAlphabet::ucs2;
    pieces = pieces_of(utf8, SmsAlphabet::ucs2, joined_size(SmsAlphabet::ucs2, join));
  }
  if (!pieces.ok) return std::nullopt;
  const std::size_t whole = out.alphabet == SmsAlphabet::gsm ? 160 : 140;
  const std::size_t joined = joined_size(out.alphabet, join);
  out.parts = filled(pieces.list, std::max(whole, joined));
  if (out.parts.size() > 1 || out.parts.front().size() > whole) out.parts = filled(pieces.list, joined);
  if (out.parts.size() > kMaxSmsParts || (join == SmsJoin::payload && out.parts.size() > 1)) return std::nullopt;
  return out;
}

std::string sms_header(SmsJoin join, std::uint16_t reference, std::size_t total, std::size_t number) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xFF); };
  if (join == SmsJoin::udh8) return {0x05, 0x00, 0x03, byte(reference), byte(total), byte(number)};
  if (join == SmsJoin::udh16)
    return {0x06, 0x08, 0x04, byte(reference >> 8), byte(reference), byte(total), byte(number)};
  return {};
}

}  // namespace vestitel::sinks
