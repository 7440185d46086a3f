// Private keys as settings give them: PEM, read by OpenSSL.
#pragma once
#include <memory>
#include <string_view>

struct evp_pkey_st;

namespace vestitel::sinks {

struct KeyFree {
  void operator()(evp_pkey_st* key) const;
};
using Key = std::unique_ptr<evp_pkey_st, KeyFree>;

// PEM of a private key (PKCS#8 or the older forms) without a passphrase. Null: it is none.
Key private_key_of_pem(std::string_view pem);

// Whether the numbers of the key belong together, so that what it signs can be verified.
bool has_sound_numbers(evp_pkey_st& key);

}  // namespace vestitel::sinks
