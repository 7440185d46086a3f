// Which addresses belong to the world, and which to a network of our own.
#pragma once
#include <sys/socket.h>

namespace vestitel {

// False: loopback, private, link-local, shared (100.64/10), multicast, unspecified, or an address of IPv4 inside IPv6
// that is one of those. RFC 6890.
bool is_public(const sockaddr& address);

}  // namespace vestitel
