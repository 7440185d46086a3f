#include "plugins/sinks/common/unsubscribe.hpp"

#include "plugins/sinks/common/mailbox.hpp"
#include "plugins/sinks/common/web_address.hpp"

namespace vestitel::mail {
namespace {

constexpr std::string_view kIdMark = "{id}";
constexpr std::string_view kScheme = "https://";
constexpr std::string_view kSomeId = "00000000000000000000000000000000";
constexpr std::size_t kLongestUrl = 900;  // a line of a mail has 998 bytes

bool is_url(std::string_view url) {
  const std::size_t mark = url.find(kIdMark);
  const std::size_t path = url.find_first_of("/?", kScheme.size());
  if (url.size() > kLongestUrl || !url.starts_with(kScheme) || mark == std::string_view::npos || mark < path)
    return false;
  return sinks::parse_web_address(with_id(url, kSomeId)).has_value();
}

bool is_mailto(std::string_view address) {
  const auto mailbox = parse_mailbox(with_id(address, kSomeId));
  return mailbox && !mailbox->needs_utf8;
}

// RFC 6068, 2: what means something in a URL is written as its code.
std::string mailto_of(const std::string& address) {
  constexpr std::string_view kPlain = "-._~!$'*+@";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "mailto:";
  for (const char c : address) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      out.append(1, '%').append(1, kHex[value >> 4]).append(1, kHex[value & 15]);
    }
  }
  return out;
}

}  // namespace

std::string with_id(std::string_view text, std::string_view id) {
  std::string out(text);
  if (const std::size_t at = out.find(kIdMark); at != std::string::npos) out.replace(at, kIdMark.size(), id);
  return out;
}

std::string unsubscribe_error(const Unsubscribe& ways) {
  if (!ways.url.empty() && !is_url(ways.url)) {
    return "unsubscribe_url: expected an https URL of at most 900 visible ASCII characters with {id} behind the host";
  }
  if (!ways.mailto.empty() && !is_mailto(ways.mailto)) return "unsubscribe_mailto: expected a mail address in ASCII";
  return {};
}

std::string unsubscribe_headers(const Unsubscribe& ways, std::string_view id) {
  if (ways.url.empty() && ways.mailto.empty()) return {};
  std::string out = "List-Unsubscribe: ";
  if (!ways.url.empty()) out += '<' + with_id(ways.url, id) + '>';
  if (!ways.mailto.empty()) {
    if (!ways.url.empty()) out += ",\r\n ";
    out += '<' + mailto_of(parse_mailbox(with_id(ways.mailto, id))->text()) + '>';
  }
  out += "\r\n";
  if (!ways.url.empty()) out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  return out;
}

}  // namespace vestitel::mail
