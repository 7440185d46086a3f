#include "plugins/sinks/smtp/settled.hpp"

#include <utility>

namespace vestitel::smtp {

Verdict settled(Judgement judgement, const Message& message, const mail::MailMarks* marks, RefusalBook& book,
                const Host& host) {
  const std::int64_t now = host.now_us();
  if (marks == nullptr) return book.enter(judgement, message.to, now);
  if (judgement.verdict.kind() == VESTITEL_ACCEPTED) {
    std::string id = marks->envelope(message.idem_key, message.to);
    host.log(VESTITEL_LOG_INFO, "smtp_queued", {{"provider_id", id}, {"queue_id", judgement.verdict.provider_id()}});
    judgement.verdict = Verdict::accepted(std::move(id));
  }
  return book.enter(judgement, marks->who(message.to), now);
}

}  // namespace vestitel::smtp
