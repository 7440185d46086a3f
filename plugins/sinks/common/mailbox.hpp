// What may stand in an envelope or a header. Neither the peer nor a MIME library is trusted to notice a line break in
// an address, so nothing passes here that could end a line or open a second recipient.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::mail {

// A mailbox as it is written on the wire: the domain in A-labels, the local part untouched.
struct Mailbox {
  std::string local;
  std::string domain;
  bool needs_utf8 = false;  // the local part is not ASCII: only a peer with SMTPUTF8 can take it

  std::string text() const { return local + '@' + domain; }
};

using sinks::clean_field;
using sinks::decode;
using sinks::Decoded;
using sinks::strip_invisible;
using sinks::valid_utf8;

// Parses exactly one addr-spec (RFC 5321: dot-string or quoted-string, "@", domain). None when `text` is anything
// else: a list, a display name, an address literal, a comment, white space or an over-long part.
std::optional<Mailbox> parse_mailbox(std::string_view text);

// A domain in A-labels by libidn2 (IDNA 2008, non-transitional); none when it is not a host name.
std::optional<std::string> to_ascii_domain(std::string_view domain);

// True when the finished message can go on the wire: every line ends in CRLF, no bare CR or LF, no NUL, no line over
// 998 bytes, and a line break at the end.
bool wire_safe(std::string_view message);

}  // namespace vestitel::mail
