// Addresses on the web that a setting, or a person, has given: taken apart strictly, because what a stranger chose must
// not lead to a machine of our own. The host's allow-list and its look at the connected address stand behind this.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::sinks {

struct WebAddress {
  bool tls = false;
  std::string host;  // lower case; of IPv6 with its brackets
  std::uint16_t port = 0;

  // scheme://host, and :port where it is not the scheme's own.
  std::string origin() const;
};

// An absolute http or https URL without user, password and fragment, of visible ASCII, at most 2,048 bytes. None: it is
// not, or could be read in two ways.
std::optional<WebAddress> parse_web_address(std::string_view url);

// localhost, 127.0.0.1 or [::1], exactly: where plaintext leaves no machine.
bool is_loopback(const WebAddress& address);

// https, or http of this machine itself: nobody on the way reads along.
inline bool is_private(const WebAddress& address) { return address.tls || is_loopback(address); }

// A name of at least two labels whose last is not a number: 127.1, 0x7f000001, 2130706433 and [::1] are none.
bool is_domain_name(std::string_view host);

}  // namespace vestitel::sinks
