// Who sends: a service account of Google, as the key file says that the console gives out once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sinks/common/jwt.hpp"
#include "plugins/sinks/common/web_address.hpp"

namespace vestitel::fcm {

struct Account {
  std::string project, key_id, mail, token_uri;
  sinks::WebAddress token_host;  // of token_uri
  sinks::Key key;
};

// None, and why in words that hold nothing of the file.
std::optional<Account> parse_account(std::string_view json, std::string& problem);

// As a project may be named in a URL: letters, digits and - . : _
bool is_project(std::string_view id);

// What the account asks for a token with (RFC 7523): signed, made out for the token endpoint, for an hour from now on.
// Empty: the key cannot sign.
std::string assertion_of(const Account& account, std::int64_t now_s);

}  // namespace vestitel::fcm
