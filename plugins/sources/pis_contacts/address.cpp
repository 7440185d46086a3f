#include "plugins/sources/pis_contacts/address.hpp"

#include <algorithm>
#include <string>

#include "plugins/sources/common/one_line.hpp"

namespace pis_contacts {
namespace {

constexpr std::size_t kLongestMailbox = 254, kLongestName = 64, kLongestLabel = 63, kLongestNumber = 15;

bool digit(char c) { return c >= '0' && c <= '9'; }

// A letter of any script, or a digit.
bool word(char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

bool is_atom(std::string_view atom) {
  const auto fits = [](char c) {
    return word(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string::npos;
  };
  return !atom.empty() && std::all_of(atom.begin(), atom.end(), fits);
}

bool is_label(std::string_view label) {
  const auto fits = [](char c) { return word(c) || c == '-'; };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), fits);
}

// Calls each(part) for what stands between the dots, and says whether all of them fit.
template <class Fits>
bool all_between_dots(std::string_view text, Fits&& fits) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!fits(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_domain(std::string_view domain) {
  const std::string_view last = domain.substr(domain.rfind('.') + 1);
  return domain.find('.') != std::string_view::npos && all_between_dots(domain, is_label) &&
         !std::all_of(last.begin(), last.end(), digit);
}

// No white space, control characters or marks that turn the direction of writing.
bool is_visible(std::string_view text) {
  std::string shown(text);
  sources::make_one_line(shown, 0);
  return shown == text && text.find(' ') == std::string_view::npos && text.find("\xC2\xA0") == std::string_view::npos;
}

}  // namespace

bool is_mailbox(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (text.size() > kLongestMailbox || at == std::string_view::npos || at > kLongestName) return false;
  return is_visible(text) && all_between_dots(text.substr(0, at), is_atom) && is_domain(text.substr(at + 1));
}

Phone phone_kind(std::string_view text) {
  if (text.size() < 8 || text.size() > kLongestNumber + 1 || text[0] != '+' || text[1] == '0') return Phone::none;
  if (!std::all_of(text.begin() + 1, text.end(), digit)) return Phone::none;
  constexpr std::string_view kBulgaria = "+359";
  const std::string_view national = text.substr(kBulgaria.size());
  if (text.substr(0, kBulgaria.size()) != kBulgaria || national.size() != 9) return Phone::elsewhere;
  const bool usual = national[0] == '8' && national[1] >= '7' && national[1] <= '9';
  return usual || national.substr(0, 2) == "98" ? Phone::mobile : Phone::elsewhere;
}

}  // namespace pis_contacts
