// The token that every message carries: asked of the token endpoint with a signed assertion (RFC 7523), and good for
// about an hour.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

#include "plugins/sinks/common/token_shelf.hpp"
#include "plugins/sinks/fcm/account.hpp"

namespace vestitel::fcm {

// None: the key cannot sign.
std::optional<HttpRequest> grant_request(const Account& account, std::int64_t now_us,
                                         std::chrono::milliseconds timeout);

// A token, or the verdict on every message that waits for it. None of them has left, whatever became of the request.
struct Grant {
  std::optional<sinks::FreshToken> token;
  std::optional<Verdict> verdict;
};
Grant judge_grant(const HttpAnswerView& answer);

}  // namespace vestitel::fcm
