#include "plugins/sources/common/one_line.hpp"

#include <algorithm>
#include <array>

#include "plugins/sources/common/trimmed.hpp"

namespace sources {
namespace {

enum class Use { keep, space, drop };

bool ascii_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// What a character may be that is more than its own first byte says.
constexpr auto kSuspect = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = true;
  table[0x7F] = table[0xC2] = table[0xD8] = table[0xE2] = true;
  return table;
}();
bool suspect(char c) { return kSuspect[static_cast<unsigned char>(c)]; }

Use use_of_three(unsigned char second, unsigned char last) {
  if (second == 0x80 && (last == 0xA8 || last == 0xA9)) return Use::space;  // line and paragraph separator
  const bool turns = (second == 0x80 && ((last >= 0xAA && last <= 0xAE) || last == 0x8E || last == 0x8F)) ||
                     (second == 0x81 && last >= 0xA6 && last <= 0xA9);
  return turns ? Use::drop : Use::keep;
}

Use use_of(std::string_view c) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(c[i]); };
  if (c.size() == 1) return c[0] >= '\t' && c[0] <= '\r' ? Use::space : ascii_control(c[0]) ? Use::drop : Use::keep;
  if (c.size() == 2 && at(0) == 0xC2 && at(1) < 0xA0) return at(1) == 0x85 ? Use::space : Use::drop;
  if (c.size() == 2) return at(0) == 0xD8 && at(1) == 0x9C ? Use::drop : Use::keep;  // Arabic letter mark
  return c.size() == 3 && at(0) == 0xE2 ? use_of_three(at(1), at(2)) : Use::keep;
}

std::size_t length(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

}  // namespace

std::size_t one_line(char* text, std::size_t size) {
  std::size_t to = static_cast<std::size_t>(std::find_if(text, text + size, suspect) - text);
  for (std::size_t at = to; at < size;) {
    const std::string_view c = std::string_view(text, size).substr(at, length(text[at]));
    at += c.size();
    const Use use = use_of(c);
    if (use == Use::space) text[to++] = ' ';
    if (use != Use::keep) continue;
    std::copy(c.begin(), c.end(), text + to);
    to += c.size();
  }
  return to;
}

void make_one_line(std::string& text, std::size_t from) {
  text.resize(from + one_line(text.data() + from, text.size() - from));
}

std::string_view shown(std::string_view text, std::string& into) {
  into.assign(text);
  make_one_line(into, 0);
  return trimmed(into);
}

bool holds_control(std::string_view text) { return std::any_of(text.begin(), text.end(), ascii_control); }

}  // namespace sources
