#include "plugins/sinks/apns/sender.hpp"

#include <algorithm>
#include <vestitel/json.hpp>

namespace vestitel::apns {

bool is_apple_id(std::string_view id) {
  return id.size() == 10 &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

std::string Sender::authorization(std::int64_t now_us) {
  return shelf_.get(team_id_, now_us, [&]() -> std::optional<sinks::FreshToken> {
    const std::string token = sinks::make_jwt(
        *key_, key_id_, "{\"iss\":" + json_quote(team_id_) + ",\"iat\":" + std::to_string(now_us / 1'000'000) + '}');
    if (token.empty()) return std::nullopt;
    made_us_ = now_us;
    return sinks::FreshToken{"bearer " + token, kRenewal, kLife};
  });
}

}  // namespace vestitel::apns
