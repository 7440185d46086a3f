// One turn at the folder of reports: each is read, judged, told to the hub, and only then dealt with, so that a crash
// tells twice and loses nothing.
#pragma once
#include <functional>
#include <map>
#include <string_view>

#include "plugins/sinks/smtp/mail_folder.hpp"
#include "plugins/sinks/smtp/report_verdict.hpp"

namespace vestitel::smtp {

struct Turn {
  std::map<std::string_view, std::size_t> words;  // how many mails came to which Hearing::word
  std::size_t unreadable = 0;                     // left where they are
  bool more = false;                              // there was no room for all
};

// Tells the hub; throws where it is not on record.
using Tell = std::function<void(const std::string& provider_id, const Verdict&)>;

struct Limits {
  std::size_t max;             // mails
  std::function<bool()> over;  // asked before each mail: the rest is for the next turn. May be empty
};

// `turn` is right also where this throws: what it counts is dealt with.
void read_reports(MailFolder& folder, const Limits& limits, const mail::MailMarks& marks, RefusalBook& book,
                  std::int64_t now_us, const Tell& tell, Turn& turn);

}  // namespace vestitel::smtp
