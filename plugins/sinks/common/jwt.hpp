// Tokens that a provider believes because they are signed with a key that it knows: JSON Web Tokens (RFC 7519), with
// ES256 for a key of P-256 and RS256 for an RSA key.
#pragma once
#include <string>
#include <string_view>

#include "plugins/sinks/common/private_key.hpp"

struct bignum_st;

namespace vestitel::sinks {

constexpr std::size_t kScalarSize = 32;  // of P-256: a private key, a coordinate, half a signature

// `text` without the blanks around it, as a file with a key often has them.
std::string_view trimmed(std::string_view text);

// A private key of the curve P-256, or of RSA with 2048 bits or more, whose numbers belong together.
bool is_p256_key(evp_pkey_st& key);
bool is_rsa_key(evp_pkey_st& key);

// Two numbers of P-256 as 32 bytes each, with the zeros in front that DER leaves out. Empty: one is missing.
std::string pair_of(const bignum_st* first, const bignum_st* second);

// header.claims.signature of claims that are a JSON object; `key_id` stands in the header where it is not empty. Empty:
// the key is neither of the two kinds, or cannot sign.
std::string make_jwt(evp_pkey_st& key, std::string_view key_id, std::string_view claims);

}  // namespace vestitel::sinks
