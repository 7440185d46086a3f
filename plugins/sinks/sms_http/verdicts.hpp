// What the hub is told: the answer to one request becomes one of the seven verdicts. The table is in
// docs/sinks/sms-http.md.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

#include "plugins/sinks/sms_http/profile.hpp"

namespace vestitel::sms_http {

struct Judgement {
  Verdict verdict;
  bool alert = false;  // somebody has to look
};

// The profile's success, then its rows, the first that fits, then what holds for every gateway. `own_id`: under which
// the message was sent. Pure.
Judgement judge(const Profile& profile, const HttpAnswerView& answer, std::string_view own_id);

// What the gateway says when it is asked about a message, `since` it was sent: accepted or delivered, it is there;
// retry, it surely is not; permanent, it was refused there; unknown, all else: no status alone proves anything. Pure.
Verdict judge_status(const StatusShape& shape, const HttpAnswerView& answer, std::string_view own_id,
                     std::chrono::microseconds since);

}  // namespace vestitel::sms_http
