// What APNs answered, as one of the seven verdicts: the table in docs/sinks/apns.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::apns {

enum class Note {
  none,
  alert,       // APNs did not understand us, or somebody else uses the team's key: somebody has to look
  renew_token  // it is over before we thought
};

struct Judgement {
  Verdict verdict;
  Note note = Note::none;
  std::string reason = {};  // Apple's word, where it is a known one
  bool authenticated = false;
};

// How the request went.
struct Sent {
  std::chrono::microseconds token_age{};
  bool tls = true;  // without it, which is for trials, nobody can speak HTTP/2
};

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us, const Sent& sent);

}  // namespace vestitel::apns
