// How a reader, or a mailbox provider for it, ends such mails: List-Unsubscribe (RFC 2369) and, for one click,
// List-Unsubscribe-Post (RFC 8058).
#pragma once
#include <string>
#include <string_view>

namespace vestitel::mail {

struct Unsubscribe {
  std::string url;     // https, with "{id}" behind the host; empty: none
  std::string mailto;  // a mail address, may hold "{id}"; empty: none
};

// "unsubscribe_url: what is wrong" or "unsubscribe_mailto: ..."; empty: nothing is.
std::string unsubscribe_error(const Unsubscribe& ways);

// The headers, each with CRLF; empty where there is no way. `ways` are without an error, `id` is 32 hex digits, which
// take the place of "{id}". One click is offered with the URL alone: nobody clicks a mail.
std::string unsubscribe_headers(const Unsubscribe& ways, std::string_view id);

// `text` with `id` in place of the first "{id}".
std::string with_id(std::string_view text, std::string_view id);

}  // namespace vestitel::mail
