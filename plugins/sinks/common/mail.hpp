// Makes the mail of one message: envelope, headers and MIME body, ready for the wire except dot-stuffing.
//
// Written here and not by GMime, for three measured reasons: a GMime object tree costs 68 us a message (this: under 5);
// GMime 3.2.13 lets encoded words grow beyond the 75 characters of RFC 2047 when the text has a long word; and it
// passes a text that looks like an encoded word on as it is, so that the reader sees another text. The tests read every
// form back with GMime and with Python's email package.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sinks/common/mail_marks.hpp"
#include "plugins/sinks/common/mailbox.hpp"
#include "plugins/sinks/common/unsubscribe.hpp"

namespace vestitel::mail {

// What the settings say about every mail.
struct MailPolicy {
  std::string from;               // address in the From header
  std::string from_name;          // display name, may be empty
  std::string reply_to;           // address, may be empty
  std::string envelope_from;      // reverse path; "{id}" becomes the opaque id of the message; empty: `from`
  std::string message_id_domain;  // empty: the domain of `from`
  std::string list_id;            // host-like name for List-Id, may be empty
  Unsubscribe unsubscribe;        // ways to end such mails, each may be empty
};

// One message as the hub hands it over. Borrowed for the call.
struct Letter {
  std::string_view to, title, body, body_html, idem_key, locale;
};

struct Mail {
  std::string envelope_from;
  std::string recipient;  // on the wire: domain in A-labels
  std::string id;         // opaque, the same for every repeat of the same idem_key; with marks: the envelope's
  std::string message_id;
  std::string wire;  // headers and body: CRLF only, lines <= 998
  bool needs_utf8 = false;
};

// Wanted, or the reason why there is none. The reason names the field, never its value.
template <typename T>
struct Made {
  std::optional<T> value;
  std::string error;
  explicit operator bool() const { return value.has_value(); }
};

class MailMaker {
 public:
  // Checks the policy; an error starts with the name of the setting.
  static Made<MailMaker> create(const MailPolicy& policy);

  // From now on the ids of mails carry these marks, so that what comes back about them can be believed.
  void mark_with(MailMarks marks) { marks_ = std::move(marks); }

  // `wall_us`: the time for the Date header, microseconds since 1970 UTC. An error means: never sendable.
  Made<Mail> make(const Letter& letter, std::int64_t wall_us);

 private:
  MailMaker() = default;
  const std::string& date_header(std::int64_t wall_us);
  std::string headers(const Letter& letter, const Mail& mail, std::int64_t wall_us);

  Unsubscribe unsubscribe_;
  std::string fixed_headers_;  // From, Reply-To, List-Id, Auto-Submitted, MIME-Version
  std::string envelope_from_;
  std::string id_domain_;
  std::optional<MailMarks> marks_;
  std::int64_t date_second_ = -1;
  std::string date_header_;
};

// An unstructured header, folded, with CRLF at its end. ASCII stays readable; anything else, and what would read as an
// encoded word or would not fold, becomes RFC 2047 words of at most 75 characters, each of whole characters. `value`
// has passed clean_field.
std::string unstructured_header(std::string_view name, std::string_view value);

// "Name: display <address>" with CRLF; the display name quoted or in encoded words.
std::string address_header(std::string_view name, std::string_view display, std::string_view address);

// `text` in base64 lines of 76 with CRLF, its own line ends turned to CRLF first.
void append_text_base64(std::string& out, std::string_view text);

// 32 lower case hex digits that stand for the key and tell nothing of it.
std::string opaque_id(std::string_view idem_key);

}  // namespace vestitel::mail
