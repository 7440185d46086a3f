// What a mail in the mailbox of bounces says: a delivery report (RFC 6522, RFC 3464, RFC 6533), a complaint (RFC 5965),
// or nothing of the kind. Pure; every byte is taken for hostile, and nothing here decides whether the mail is believed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/smtp/reply.hpp"

namespace vestitel::smtp {

// What a delivery report says of one recipient (RFC 3464, 2.3.3).
enum class Action { failed, delayed, delivered, relayed, expanded, other };

struct RecipientStatus {
  Action action = Action::other;
  Enhanced status;   // Status; all zero: none that can be read
  Reply diagnostic;  // Diagnostic-Code of type smtp; code 0: none. Its text may quote the address: never log it
};

struct Report {
  enum class Kind {
    none,       // another mail: an answer of a person or of a machine, spam, damaged
    delivery,   // `recipients` says what became of the mail
    complaint,  // somebody took the mail for spam
    other       // a report about something else: not-spam, auth-failure, an unknown type
  };
  Kind kind = Kind::none;
  std::vector<RecipientStatus> recipients;
  std::int64_t arrived_us = 0;  // Arrival-Date, else Date, microseconds since 1970 UTC; 0: neither can be read

  // Where the mark of the envelope may stand, in the order of trust: whom the report was delivered to, the envelope id,
  // the reverse path of the mail that is returned.
  std::vector<std::string> places;
  std::string message_id;  // of the mail that is returned
};

// A report says what it has to say in its first part; what lies behind is not read.
constexpr std::size_t kMostOfReport = std::size_t{256} * 1024;

// `mail`: as it lies in the mailbox; only its first kMostOfReport bytes count. Any thread, one at a time.
Report read_report(std::string_view mail);

}  // namespace vestitel::smtp
