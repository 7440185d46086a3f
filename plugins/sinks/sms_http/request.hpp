// A message as one HTTP request by a profile: pure. Every value is encoded for the place where it stands.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <vestitel/http.hpp>

#include "plugins/sinks/sms_http/profile.hpp"

namespace vestitel::sms_http {

// What all messages of an instance have in common.
struct Account {
  std::string base;  // the setting url, without a slash at its end
  std::string sender, username, password, token, receipt_url;
  std::size_t most_parts = 3;
  std::int64_t validity_us = 0;
};

struct Composed {
  std::string id;  // our own
  HttpRequest request;
  std::string error;  // why there is none; holds nothing of the message
};

// `left_us`: until the message is worthless; 0: never.
Composed compose(const Profile& profile, const Account& account, std::string_view to, std::string_view body,
                 std::string_view idem_key, std::int64_t left_us);

// Asks about the message that was sent with this id of ours.
HttpRequest compose_status(const Profile& profile, const Account& account, std::string_view own_id);

// Our name for a message: 32 letters, digits, - and _ that tell nothing and are the same at every repeat.
std::string own_id(std::string_view idem_key);

// Where `check` asks: the path alone, whose variables are of the account.
std::string probe_url(const Profile& profile, const Account& account);

}  // namespace vestitel::sms_http
