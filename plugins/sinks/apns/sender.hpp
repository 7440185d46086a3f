// Who sends: a team of Apple's, by a token that it signs itself. Apple wants one token used for most of an hour and
// refuses a team that makes them more often than every 20 minutes.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/sinks/common/jwt.hpp"
#include "plugins/sinks/common/token_shelf.hpp"

namespace vestitel::apns {

constexpr std::chrono::minutes kLeastAge{20};  // of a token that another may follow
constexpr std::chrono::minutes kRenewal{50}, kLife{60};

// Ten capital letters and digits: the id of a team or of a key.
bool is_apple_id(std::string_view id);

// [one thread]
class Sender {
 public:
  // `key` is one of P-256.
  Sender(sinks::Key key, std::string key_id, std::string team_id)
      : key_(std::move(key)), key_id_(std::move(key_id)), team_id_(std::move(team_id)) {}

  // The Authorization header; empty: the key cannot sign.
  std::string authorization(std::int64_t now_us);
  // How old the token is that authorization() gave last.
  std::chrono::microseconds age(std::int64_t now_us) const { return std::chrono::microseconds(now_us - made_us_); }
  // The next one is a new one; only of a token of kLeastAge or more.
  void renew() { shelf_.forget(team_id_); }

 private:
  const sinks::Key key_;
  const std::string key_id_, team_id_;
  sinks::TokenShelf shelf_;
  std::int64_t made_us_ = 0;
};

}  // namespace vestitel::apns
