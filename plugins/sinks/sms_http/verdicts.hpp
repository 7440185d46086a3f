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

}  // namespace vestitel::sms_http
