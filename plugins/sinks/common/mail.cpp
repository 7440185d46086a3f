#include "plugins/sinks/common/mail.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace vestitel::mail {
namespace {

constexpr std::size_t kMaxSubject = 998;  // bytes, before encoding

constexpr std::size_t kWordFrame = 12;  // "=?UTF-8?B?" and "?="
constexpr std::size_t kWordBytes = 45;  // 60 characters of base64: 72 in a word, of the 75 that RFC 2047 allows
constexpr std::size_t kFoldAt = 76;

void append_base64(std::string& out, std::string_view bytes) {
  std::array<unsigned char, 128> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size));
}

// Where the encoded word that begins at `at` ends: at most `most` bytes, whole characters, and where there is a choice
// a multiple of 3, because padding in the middle makes some readers (GMime among them) drop the words behind it.
std::size_t word_end(std::string_view text, std::size_t at, std::size_t most) {
  std::size_t end = at;
  std::size_t even = at;
  while (end < text.size()) {
    const std::size_t size = std::max<std::size_t>(decode(text, end).size, 1);
    if (end + size - at > most) break;
    end += size;
    if ((end - at) % 3 == 0) even = end;
  }
  return end == text.size() || even == at ? end : even;
}

// Encoded words one below the other, the first behind `column`; a reader joins them without the line ends between.
void append_words(std::string& out, std::size_t column, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t most = at == 0 ? (kFoldAt - column - kWordFrame) / 4 * 3 : kWordBytes;
    const std::size_t end = word_end(text, at, most);
    out += at == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?";
    append_base64(out, text.substr(at, end - at));
    out += "?=";
    at = end;
  }
}

// Whether `value` can stand as it is: printable ASCII whose words fold and cannot be taken for encoded ones.
bool plain_words(std::string_view value) {
  std::size_t word = 0;
  for (const char c : value) {
    if (c < ' ' || c > '~') return false;
    word = c == ' ' ? 0 : word + 1;
    if (word > kFoldAt) return false;
  }
  return value.find("=?") == std::string_view::npos && value.find("  ") == std::string_view::npos &&
         !value.starts_with(' ') && !value.ends_with(' ');
}

void append_folded(std::string& out, std::size_t column, std::string_view value) {
  while (!value.empty()) {
    const std::size_t size = std::min(value.find(' ', 1), value.size());  // a word with the space before it
    if (column + size > kFoldAt && value.front() == ' ') {
      out += "\r\n";
      column = 0;
    }
    out.append(value.substr(0, size));
    column += size;
    value.remove_prefix(size);
  }
}

bool is_language_tag(std::string_view text) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return text.size() >= 2 && text.size() <= 35 && text.front() != '-' && std::all_of(text.begin(), text.end(), ok);
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32 + 2);
  std::size_t cr = text.find('\r');
  for (std::size_t at = 0; at < text.size();) {
    if (cr < at) cr = text.find('\r', at);
    const std::size_t end = std::min({text.find('\n', at), cr, text.size()});
    out.append(text.substr(at, end - at));
    if (end < text.size()) out += "\r\n";
    at = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

void append_part(std::string& out, std::string_view subtype, std::string_view text) {
  out.append("Content-Type: text/").append(subtype).append("; charset=utf-8\r\n");
  out += "Content-Transfer-Encoding: base64\r\n\r\n";
  append_text_base64(out, text);
}

void append_body(std::string& out, const Letter& letter, const std::string& id) {
  if (letter.body_html.empty()) return append_part(out, "plain", letter.body);
  // "=_" cannot stand in base64, so the boundary cannot stand in a part.
  const std::string boundary = "=_" + id;
  out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
  append_part(out, "plain", letter.body);
  out += "--" + boundary + "\r\n";
  append_part(out, "html", letter.body_html);
  out += "--" + boundary + "--\r\n";
}

std::string policy_error(const MailPolicy& p) {
  if (!parse_mailbox(p.from)) return "from: not a mail address";
  if (!clean_field(p.from_name)) return "from_name: holds a control character or is not UTF-8";
  if (!p.reply_to.empty() && !parse_mailbox(p.reply_to)) return "reply_to: not a mail address";
  if (!p.list_id.empty() && !to_ascii_domain(p.list_id)) return "list_id: not a host-like name";
  if (!p.message_id_domain.empty() && !to_ascii_domain(p.message_id_domain)) return "message_id_domain: not a domain";
  const std::string sender = with_id(p.envelope_from, opaque_id(""));
  if (!sender.empty() && !parse_mailbox(sender)) return "envelope_from: not a mail address";
  if (parse_mailbox(p.from)->needs_utf8 || (!sender.empty() && parse_mailbox(sender)->needs_utf8)) {
    return "from: the part before the @ has to be ASCII, or most of the world cannot answer";
  }
  return unsubscribe_error(p.unsubscribe);
}

}  // namespace

std::string unstructured_header(std::string_view name, std::string_view value) {
  std::string out(name);
  out += ": ";
  if (plain_words(value)) {
    append_folded(out, out.size(), value);
  } else {
    append_words(out, out.size(), value);
  }
  return out += "\r\n";
}

std::string address_header(std::string_view name, std::string_view display, std::string_view address) {
  std::string out(name);
  out += ": ";
  if (display.empty()) return out.append(address) += "\r\n";
  if (plain_words(display) && display.size() <= kWordBytes) {
    out += '"';
    for (const char c : display) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  } else {
    append_words(out, out.size(), display);
  }
  return out.append("\r\n <").append(address) += ">\r\n";
}

std::string opaque_id(std::string_view idem_key) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(idem_key.data()), idem_key.size(), digest.data());
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

void append_text_base64(std::string& out, std::string_view text) {
  constexpr std::size_t kLineBytes = 57;  // 76 characters
  const std::string lines = with_crlf(text);
  for (std::size_t at = 0; at < lines.size(); at += kLineBytes) {
    append_base64(out, std::string_view(lines).substr(at, kLineBytes));
    out += "\r\n";
  }
}

Made<MailMaker> MailMaker::create(const MailPolicy& policy) {
  if (std::string error = policy_error(policy); !error.empty()) return {std::nullopt, std::move(error)};
  MailMaker maker;
  const Mailbox from = *parse_mailbox(policy.from);
  maker.envelope_from_ = policy.envelope_from.empty() ? from.text() : policy.envelope_from;
  if (const auto at = maker.envelope_from_.rfind('@'); at != std::string::npos) {
    maker.envelope_from_ =
        maker.envelope_from_.substr(0, at + 1) + *to_ascii_domain(maker.envelope_from_.substr(at + 1));
  }
  maker.id_domain_ = policy.message_id_domain.empty() ? from.domain : *to_ascii_domain(policy.message_id_domain);
  maker.fixed_headers_ = address_header("From", strip_invisible(policy.from_name), from.text());
  if (!policy.reply_to.empty()) {
    maker.fixed_headers_ += address_header("Reply-To", "", parse_mailbox(policy.reply_to)->text());
  }
  if (!policy.list_id.empty()) maker.fixed_headers_ += "List-Id: <" + *to_ascii_domain(policy.list_id) + ">\r\n";
  maker.fixed_headers_ += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  maker.unsubscribe_ = policy.unsubscribe;
  return {std::move(maker), {}};
}

const std::string& MailMaker::date_header(std::int64_t wall_us) {
  using std::chrono::floor, std::chrono::microseconds, std::chrono::seconds, std::chrono::days;
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds when(floor<seconds>(microseconds(wall_us)));
  if (when.time_since_epoch().count() == date_second_) return date_header_;
  date_second_ = when.time_since_epoch().count();
  const auto day = floor<days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "Date: %s, %02u %s %04d %02d:%02d:%02d +0000\r\n",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return date_header_ = text.data();
}

std::string MailMaker::headers(const Letter& letter, const Mail& mail, std::int64_t wall_us) {
  std::string out;
  out.reserve(1024 + (letter.body.size() + letter.body_html.size()) * 3 / 2);
  out += date_header(wall_us);
  out += "Message-ID: " + mail.message_id + "\r\n";
  out += fixed_headers_;
  out += unsubscribe_headers(unsubscribe_, opaque_id("unsubscribe " + std::string(letter.idem_key)));
  out += "To: " + mail.recipient + "\r\n";
  out += unstructured_header("Subject", strip_invisible(letter.title));
  if (is_language_tag(letter.locale)) out.append("Content-Language: ").append(letter.locale).append("\r\n");
  return out;
}

Made<Mail> MailMaker::make(const Letter& letter, std::int64_t wall_us) {
  const auto refuse = [](const char* why) { return Made<Mail>{std::nullopt, why}; };
  const auto to = parse_mailbox(letter.to);
  if (!to) return refuse("to: not a single mail address");
  if (letter.idem_key.empty()) return refuse("idem_key: empty");
  if (!clean_field(letter.title)) return refuse("title: holds a control character or is not UTF-8");
  if (letter.title.size() > kMaxSubject) return refuse("title: longer than 998 bytes");
  if (!valid_utf8(letter.body)) return refuse("body: not UTF-8");
  if (!valid_utf8(letter.body_html)) return refuse("body_html: not UTF-8");
  Mail mail;
  const std::string opaque = opaque_id(letter.idem_key);
  mail.id = marks_ ? marks_->envelope(letter.idem_key, letter.to) : opaque;
  mail.message_id = '<' + (marks_ ? marks_->message(letter.idem_key, letter.to) : opaque) + '@' + id_domain_ + '>';
  mail.recipient = to->text();
  mail.needs_utf8 = to->needs_utf8;
  mail.envelope_from = with_id(envelope_from_, mail.id);
  mail.wire = headers(letter, mail, wall_us);
  append_body(mail.wire, letter, opaque);
  if (!wire_safe(mail.wire)) return refuse("message: a line is longer than 998 bytes");
  return {std::move(mail), {}};
}

}  // namespace vestitel::mail
