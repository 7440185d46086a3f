// The curve P-256 by OpenSSL: keys and the shared secret of two. A point is 65 bytes, 04 x y.
#pragma once
#include <string>
#include <string_view>

#include "plugins/sinks/common/jwt.hpp"

namespace vestitel::webpush {

using sinks::Key;
using sinks::kScalarSize;

constexpr std::size_t kPointSize = 65;

// Null: not 65 bytes that begin with 04, or no point of the curve. Shorter forms, which OpenSSL would take, are
// refused.
Key public_key(std::string_view point);

// `text` is PEM (PKCS#8 or SEC1), or 32 bytes in base64url as generators of VAPID keys print them; blanks around it do
// not count. Null: neither, or a key of another curve.
Key private_key(std::string_view text);

Key fresh_key();

std::string point_of(evp_pkey_st& key);

// 32 bytes; empty: the two have none.
std::string shared_secret(evp_pkey_st& own, evp_pkey_st& peer);

}  // namespace vestitel::webpush
