// Addresses, channel by channel. What passes here can be handed to a sink without a second thought about line breaks.
#include <algorithm>

#include "core/base/json_text.hpp"
#include "core/directory/enrolment.hpp"

namespace vestitel {
namespace {

Error refuse(const char* why) { return {Failure::kInvalid, std::string("checking an address: ") + why}; }

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// C0 and C1 controls, and the line and paragraph separators of Unicode.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
    if (text.substr(i, 3) == "\xE2\x80\xA8" || text.substr(i, 3) == "\xE2\x80\xA9") return true;
  }
  return false;
}

bool is_atext(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-/=?^_`{|}~";
  return letter(c) || digit(c) || beyond_ascii(c) || kOthers.find(c) != std::string_view::npos;
}

// Atoms joined by single dots (RFC 5322, 3.2.3); quoted local parts are refused: nobody has one on purpose.
bool is_dot_atom(std::string_view text) {
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.' && after_dot) return false;
    if (c != '.' && !is_atext(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

bool is_label(std::string_view label) {
  const auto allowed = [](char c) { return letter(c) || digit(c) || beyond_ascii(c) || c == '-'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), allowed);
}

// At least two labels, the last not a number: an address literal is nobody's mailbox.
bool is_domain(std::string_view domain) {
  if (domain.size() > 253) return false;
  std::size_t labels = 0;
  while (true) {
    const std::size_t dot = domain.find('.');
    const auto label = domain.substr(0, dot);
    if (!is_label(label)) return false;
    ++labels;
    if (dot == std::string_view::npos) return labels > 1 && !std::all_of(label.begin(), label.end(), digit);
    domain.remove_prefix(dot + 1);
  }
}

Result<PersonalText> mailbox(std::string_view text) {
  if (text.size() > 254) return refuse("longer than 254 bytes");
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return refuse("name@domain expected");
  if (at > 64 || !is_dot_atom(text.substr(0, at))) return refuse("a mailbox name that cannot be");
  if (!is_domain(text.substr(at + 1))) return refuse("a domain that cannot be");
  return PersonalText(std::string(text));
}

// Digits and a leading "+", whatever they were grouped with. Empty where anything else stands between: a field with
// two numbers is not guessed at.
std::string dialled(std::string_view text) {
  constexpr std::string_view kGrouping = " -()./";
  std::string out;
  for (const char c : text) {
    if (digit(c) || (c == '+' && out.empty())) {
      out += c;
    } else if (kGrouping.find(c) == std::string_view::npos) {
      return "";
    }
  }
  return out;
}

// 0880000000, 00359880000000, 359880000000 and 880000000 are all +359880000000.
std::string international(std::string number) {
  if (number.starts_with("00")) return "+" + number.substr(2);
  if (number.starts_with('+')) return number;
  if (number.starts_with('0')) return "+359" + number.substr(1);
  if (number.starts_with("359") && number.size() >= 12) return "+" + number;
  return number.size() == 9 ? "+359" + number : number;
}

Result<PersonalText> mobile(std::string_view text) {
  if (text.size() > 40) return refuse("one Bulgarian mobile number expected");
  const std::string number = international(dialled(text));
  const std::string_view national = std::string_view(number).substr(std::min<std::size_t>(number.size(), 4));
  if (!number.starts_with("+359")) return refuse("a Bulgarian mobile number expected");
  const bool usual = national.size() == 9 && national[0] == '8' && national[1] >= '7' && national[1] <= '9';
  const bool newer = national.size() == 9 && national.starts_with("98");
  if (!usual && !newer) return refuse("a mobile number of nine digits behind +359 expected, 87, 88, 89 or 98 first");
  return PersonalText(number);
}

// Tokens and names of other systems: printable, in one piece.
Result<PersonalText> token(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (text.size() > 4096 || !std::all_of(text.begin(), text.end(), visible))
    return refuse("up to 4096 visible ASCII characters expected");
  return PersonalText(std::string(text));
}

Result<PersonalText> web_address(std::string_view text) {
  if (!text.starts_with("https://") || text.size() < 12 || text.size() > 2048)
    return refuse("an https address expected");
  return token(text);
}

}  // namespace

Result<PersonalText> checked_address(Channel channel, std::string_view address) {
  if (address.empty()) return refuse("empty");
  if (!is_utf8(address)) return refuse("not UTF-8");
  if (has_control(address)) return refuse("a control character or line break");
  switch (channel) {
    case Channel::kEmail: return mailbox(address);
    case Channel::kSms: return mobile(address);
    case Channel::kWebhook: return web_address(address);
    case Channel::kPush: return token(address);
    case Channel::kFile: break;
  }
  if (address.size() > 254) return refuse("longer than 254 bytes");
  return PersonalText(std::string(address));
}

}  // namespace vestitel
