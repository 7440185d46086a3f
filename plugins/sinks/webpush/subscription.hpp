// An address of push, as a browser's PushSubscription writes itself:
//
//   {"endpoint":"https://...","expirationTime":null,"keys":{"p256dh":"...","auth":"..."}}
//
// It comes from whoever subscribes, so nothing of it is believed: what is not exactly such an address is refused before
// anything of it reaches a request.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sinks/webpush/curve.hpp"

namespace vestitel::webpush {

// Where an endpoint leads. `origin` is what a token is made out for: without the port where it is 443.
struct Endpoint {
  std::string host;  // lower case, a name; never an address
  std::uint16_t port = 443;
  std::string origin, path;  // path: with the query, as it was given
};

// None: not https, a user, a fragment, an address instead of a name, no path, or a character that no URL holds.
std::optional<Endpoint> parse_endpoint(std::string_view url);

struct Subscription {
  Endpoint endpoint;
  Key key;  // p256dh
  std::string point, auth;
};

// None, and what is wrong in words that hold nothing of it.
std::optional<Subscription> parse_subscription(std::string_view json, std::string& problem);

}  // namespace vestitel::webpush
