// The verdict to settle a mail with, once its sending has ended.
#pragma once
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/mail_marks.hpp"
#include "plugins/sinks/smtp/verdicts.hpp"

namespace vestitel::smtp {

// `marks`: null where nothing is heard of mails later. With them the provider's id is the mark of the envelope, to
// which reports lead back, and the relay's own id goes to the log; and the book knows an address as reports know it.
Verdict settled(Judgement judgement, const Message& message, const mail::MailMarks* marks, RefusalBook& book,
                const Host& host);

}  // namespace vestitel::smtp
