#include "plugins/sinks/common/web_address.hpp"

#include <algorithm>
#include <charconv>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::sinks {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kLongestHost = 253;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

// Names and IPv4 addresses; how many labels, 0: it is none.
std::size_t labels_in(std::string_view host) {
  if (host.size() > kLongestHost) return 0;
  std::size_t n = 1;
  for (std::size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.'), ++n) {
    if (!is_label(host.substr(0, dot))) return 0;
    host.remove_prefix(dot + 1);
  }
  return is_label(host) ? n : 0;
}

bool is_bracketed(std::string_view host) {
  return host.size() > 4 && host.front() == '[' && host.back() == ']' &&
         std::all_of(host.begin() + 1, host.end() - 1,
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; });
}

bool take_port(std::string_view text, std::uint16_t& port) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && port != 0;
}

}  // namespace

std::string WebAddress::origin() const {
  const std::string base = (tls ? "https://" : "http://") + host;
  return port == (tls ? 443 : 80) ? base : base + ':' + std::to_string(port);
}

std::optional<WebAddress> parse_web_address(std::string_view url) {
  constexpr std::string_view kOdd = "\\#\"<>^`{|}";
  if (!is_visible_ascii(url, kLongestUrl) || url.find_first_of(kOdd) != std::string_view::npos) return std::nullopt;
  WebAddress out;
  out.tls = url.starts_with("https://");
  if (!out.tls && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(out.tls ? 8 : 7);
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  const std::size_t close = authority.find(']');
  const std::size_t colon = authority.find(':', close == std::string_view::npos ? 0 : close);
  out.host = authority.substr(0, colon);
  std::transform(out.host.begin(), out.host.end(), out.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  out.port = out.tls ? 443 : 80;
  if (colon != std::string_view::npos && !take_port(authority.substr(colon + 1), out.port)) return std::nullopt;
  if (labels_in(out.host) == 0 && !is_bracketed(out.host)) return std::nullopt;
  return out;
}

bool is_loopback(const WebAddress& address) {
  return address.host == "localhost" || address.host == "127.0.0.1" || address.host == "[::1]";
}

bool is_domain_name(std::string_view host) {
  if (labels_in(host) < 2) return false;
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), is_digit) && !last.starts_with("0x");
}

}  // namespace vestitel::sinks
