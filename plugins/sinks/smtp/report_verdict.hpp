// What a report means to the hub: whether it is believed, which mail it is about, and the verdict on that mail. The
// table is in docs/sinks/smtp.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <vestitel/sink.hpp>

#include "plugins/sinks/common/mail_marks.hpp"
#include "plugins/sinks/smtp/report.hpp"
#include "plugins/sinks/smtp/verdicts.hpp"

namespace vestitel::smtp {

// Where the mark was found that leads to the mail.
enum class Proof {
  none,
  message,  // its Message-ID: whoever has seen the mail, or an answer to it, knows that
  envelope  // its reverse path or envelope id: seen by servers on the way and in the mailbox itself
};

// What one mail of the mailbox came to. `word` is from a closed list, for logs and figures: delivered, dead, failed,
// complaint, waiting (delayed, relayed, expanded), unproven (a report without a mark of ours), other (no report).
struct Hearing {
  const char* word = "other";
  std::string provider_id;         // the mail, as accepted() named it; empty: none
  std::optional<Verdict> verdict;  // nothing: the hub is not told
};

// `book`: of the same sink; a doubtful address has one book for refusals and bounces. `now_us`: nothing is dated later.
Hearing hear(const Report& report, const mail::MailMarks& marks, RefusalBook& book, std::int64_t now_us);

}  // namespace vestitel::smtp
