// The outbound validator: what may stand in an envelope or a header. Neither the peer nor a MIME library is trusted to
// notice a line break in an address, so nothing passes here that could end a line or open a second recipient.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::mail {

// A mailbox as it is written on the wire: the domain in A-labels, the local part untouched.
struct Mailbox {
  std::string local;
  std::string domain;
  bool needs_utf8 = false;  // the local part is not ASCII: only a peer with SMTPUTF8 can take it

  std::string text() const { return local + '@' + domain; }
};

// The character at `at` (which is inside `text`) and its length in bytes; length 0 when the bytes are not UTF-8.
struct Decoded {
  std::uint32_t value = 0;
  std::size_t size = 0;
};
Decoded decode(std::string_view text, std::size_t at);

// Well-formed UTF-8 without surrogates, overlong forms and values above U+10FFFF.
bool valid_utf8(std::string_view text);

// True when `text` may stand in a header or a command: valid UTF-8 without C0, DEL, C1, U+2028 and U+2029.
bool clean_field(std::string_view text);

// `text` without bidirectional controls and zero-width characters, which only serve to make a text read as another.
std::string strip_invisible(std::string_view text);

// Parses exactly one addr-spec (RFC 5321: dot-string or quoted-string, "@", domain). None when `text` is anything
// else: a list, a display name, an address literal, a comment, white space or an over-long part.
std::optional<Mailbox> parse_mailbox(std::string_view text);

// A domain in A-labels by libidn2 (IDNA 2008, non-transitional); none when it is not a host name.
std::optional<std::string> to_ascii_domain(std::string_view domain);

// True when the finished message can go on the wire: every line ends in CRLF, no bare CR or LF, no NUL, no line over
// 998 bytes, and a line break at the end.
bool wire_safe(std::string_view message);

}  // namespace vestitel::mail
