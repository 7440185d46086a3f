// What FCM answered, as one of the seven verdicts: the table in docs/sinks/fcm.md.
#pragma once
#include <cstdint>
#include <string>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::fcm {

enum class Note {
  none,
  alert,          // FCM did not understand us: somebody has to look
  token_refused,  // the OAuth token of ours: a new one is asked for, and a second refusal is a config_error
};

struct Judgement {
  Verdict verdict;
  Note note = Note::none;
  std::string code = {}, field = {};  // for the log: known words and names of fields, nothing else
};

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us);

}  // namespace vestitel::fcm
