#include "core/base/safe_text.hpp"

#include <algorithm>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// As many digits in a row as are hidden, and what stands in their place.
struct Hidden {
  std::size_t digits;
  std::string_view word;
};
constexpr Hidden kLongNumber{10, "[number]"};     // an ЕГН has ten digits, a phone number more
constexpr Hidden kPersonalDigits{6, "[digits]"};  // of what a plugin says: a date of birth is worth hiding too

bool digit(char c) { return c >= '0' && c <= '9'; }
bool continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the character at the front: 0 when it is not UTF-8.
std::size_t character(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n)
    if (is_utf8(text.substr(0, n))) return n;
  return 0;
}

// C0, DEL, C1, the line and paragraph separators and the marks that turn the direction of a line.
bool control(std::string_view c) {
  if (c.size() == 1) return static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7F;
  if (c.size() == 2) return c[0] == '\xC2' && static_cast<unsigned char>(c[1]) < 0xA0;
  if (c.size() != 3 || c[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(c[2]);
  return (c[1] == '\x80' && ((last >= 0xA8 && last <= 0xAE) || last == 0x8E || last == 0x8F)) ||
         (c[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

void append_word(std::string& out, std::string_view word, const Hidden& hidden) {
  if (word.find('@') != std::string_view::npos) {
    out += "[address]";
    return;
  }
  for (std::size_t i = 0; i < word.size();) {
    std::size_t end = i;
    while (end < word.size() && digit(word[end]) == digit(word[i])) ++end;
    const std::string_view run = word.substr(i, end - i);
    out += digit(word[i]) && run.size() >= hidden.digits ? hidden.word : run;
    i = end;
  }
}

std::string masked(std::string_view text, const Hidden& hidden) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    append_word(out, text.substr(0, end), hidden);
    text.remove_prefix(end);
    if (text.empty()) break;
    out += ' ';
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string_view cut_utf8(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && continuation(text[max])) --max;
  return text.substr(0, max);
}

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t n = character(text);
    if (n == 0)
      out += kReplacement;
    else if (control(text.substr(0, n)))
      out += ' ';
    else
      out += text.substr(0, n);
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

std::string safe_text(std::string_view text, std::size_t max) {
  // What lies far behind the cut cannot be seen: a hostile text costs no more than a bounded one.
  const std::size_t far = 4 * max + 64;
  if (text.size() > far) text = text.substr(0, std::min(text.rfind(' ', far), far));  // no half of a number is left
  const std::string whole = masked(one_line(text), kLongNumber);
  return std::string(cut_utf8(whole, max));
}

std::string without_personal(std::string_view text) { return masked(text, kPersonalDigits); }

}  // namespace vestitel
