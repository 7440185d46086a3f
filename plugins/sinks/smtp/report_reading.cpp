#include "plugins/sinks/smtp/report_reading.hpp"

namespace vestitel::smtp {

void read_reports(MailFolder& folder, const Limits& limits, const mail::MailMarks& marks, RefusalBook& book,
                  std::int64_t now_us, const Tell& tell, Turn& turn) {
  std::size_t dealt = 0;
  for (const std::string& name : folder.waiting()) {
    turn.more = dealt == limits.max;
    if (turn.more || (limits.over && limits.over())) return;
    const auto mail = folder.read(name, kMostOfReport);
    if (!mail) {
      ++turn.unreadable;
      continue;
    }
    const Hearing heard = hear(read_report(*mail), marks, book, now_us);
    if (heard.verdict) tell(heard.provider_id, *heard.verdict);
    folder.done(name);
    ++turn.words[heard.word];
    ++dealt;
  }
}

}  // namespace vestitel::smtp
