// Who sends, by RFC 8292: a token signed with the application server's key, made out for one push service, and used
// until it is nearly over. All messages to a service share it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/sinks/common/token_shelf.hpp"
#include "plugins/sinks/webpush/curve.hpp"

namespace vestitel::webpush {

// True for "mailto:" with one plain address, or an https URL, in either case with a public host name: Apple refuses
// every token that says mailto:x@localhost, or has blanks or angle brackets.
bool is_contact(std::string_view sub);

// header.claims.signature; empty: the key cannot sign.
std::string make_token(evp_pkey_st& key, std::string_view origin, std::string_view sub, std::int64_t expires_s);

// [any]
class Identity {
 public:
  static constexpr std::int64_t kLife = 43'200;   // 12 hours in seconds; services take at most 24 hours
  static constexpr std::int64_t kRenewal = 3600;  // a token with less than that left is made anew

  // `sub` is a contact; the key is a private one.
  Identity(Key key, std::string sub);

  // The key that pages subscribe with, in base64url.
  const std::string& public_key() const { return public_key_; }

  // The Authorization header for a push service; empty: the key cannot sign.
  std::string authorization(const std::string& origin, std::int64_t now_us);
  // The service did not like the token: the next one is a new one.
  void forget(const std::string& origin) { tokens_.forget(origin); }

 private:
  const Key key_;
  const std::string sub_, public_key_;
  sinks::TokenShelf tokens_;
};

}  // namespace vestitel::webpush
