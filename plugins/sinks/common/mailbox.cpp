#include "plugins/sinks/common/mailbox.hpp"

#include <idn2.h>

#include <algorithm>
#include <cstdint>

namespace vestitel::mail {
namespace {

constexpr std::size_t kMaxLocal = 64;
constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxPath = 254;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxLine = 998;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_atext(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view local) {
  bool after_dot = true;
  for (const char c : local) {
    if (c == '.' ? after_dot : !is_atext(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

// A quoted local part. Angle brackets, though the grammar has them, are refused: too many servers cut at them.
bool is_quoted_string(std::string_view local) {
  if (local.size() < 3 || local.front() != '"' || local.back() != '"') return false;
  const std::string_view inner = local.substr(1, local.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '<' || inner[i] == '>' || inner[i] == '"') return false;
    if (inner[i] != '\\') continue;
    if (++i == inner.size() || inner[i] == '<' || inner[i] == '>') return false;
  }
  return true;
}

bool is_host_name(std::string_view domain) {
  if (domain.empty() || domain.size() > kMaxDomain) return false;
  std::size_t start = 0;
  while (start <= domain.size()) {
    const std::size_t end = std::min(domain.find('.', start), domain.size());
    const std::string_view label = domain.substr(start, end - start);
    if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; })) return false;
    start = end + 1;
  }
  return true;
}

}  // namespace

std::optional<std::string> to_ascii_domain(std::string_view domain) {
  if (is_ascii(domain)) {
    if (!is_host_name(domain)) return std::nullopt;
    return std::string(domain);
  }
  if (domain.size() > 4 * kMaxDomain || !clean_field(domain)) return std::nullopt;
  char* ascii = nullptr;
  const std::string terminated(domain);
  const int rc = idn2_to_ascii_8z(terminated.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (rc != IDN2_OK) return std::nullopt;
  std::string out(ascii);
  idn2_free(ascii);
  if (!is_host_name(out)) return std::nullopt;
  return out;
}

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  if (text.size() > 4 * kMaxPath || !clean_field(text)) return std::nullopt;
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > kMaxLocal) return std::nullopt;
  const std::string_view local = text.substr(0, at);
  if (strip_invisible(local) != local) return std::nullopt;
  // An encoded word, which the grammar takes for letters: there are servers that decode it, into a line end for one.
  if (local.find("=?") != std::string_view::npos) return std::nullopt;
  if (!is_dot_string(local) && !(is_ascii(local) && is_quoted_string(local))) return std::nullopt;
  auto domain = to_ascii_domain(text.substr(at + 1));
  if (!domain || local.size() + 1 + domain->size() > kMaxPath) return std::nullopt;
  return Mailbox{std::string(local), std::move(*domain), !is_ascii(local)};
}

bool wire_safe(std::string_view message) {
  if (message.find('\0') != std::string_view::npos) return false;
  std::size_t start = 0;
  while (start < message.size()) {
    const std::size_t end = message.find('\n', start);
    if (end == std::string_view::npos || end == start || message[end - 1] != '\r') return false;
    const std::string_view line = message.substr(start, end - 1 - start);
    if (line.size() > kMaxLine || line.find('\r') != std::string_view::npos) return false;
    start = end + 1;
  }
  return !message.empty();
}

}  // namespace vestitel::mail
