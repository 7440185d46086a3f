// What a push service carries and cannot read: the content coding aes128gcm (RFC 8188) with the keys of RFC 8291. Pure
// functions: the key of one message and its salt are passed in.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "plugins/sinks/webpush/curve.hpp"

namespace vestitel::webpush {

constexpr std::size_t kSaltSize = 16, kAuthSize = 16, kKeySize = 16, kNonceSize = 12, kTagSize = 16;
constexpr std::size_t kRecordSize = 4096;  // as the header says; a last one may be shorter
constexpr std::size_t kMaxBody = 4096;     // what a service has to take (RFC 8030, 7.2)
constexpr std::size_t kOverhead = kSaltSize + 4 + 1 + kPointSize + 1 + kTagSize;  // of a body beyond its plaintext

// HKDF with SHA-256 (RFC 5869), extract and expand. Empty: OpenSSL could not.
std::string hkdf(std::string_view salt, std::string_view secret, std::string_view info, std::size_t size);

struct ContentKeys {
  std::string key, nonce;
};
// The key and the nonce of the first record (RFC 8188, 2.2 and 2.3).
ContentKeys content_keys(std::string_view salt, std::string_view secret);

// AES-128-GCM: the cipher text with its tag.
std::string gcm(std::string_view key, std::string_view nonce, std::string_view plain);

// A key with its point, which is not cheap to ask a key for.
struct Party {
  evp_pkey_st& key;
  std::string_view point;
};

// What two parties and their authentication secret agree on (RFC 8291, 3.4). `own` is the sender's.
std::string agreed_secret(const Party& own, const Party& receiver, std::string_view auth);

// A whole body of one record: header, then `plain`, the delimiter and `padding` zeros under the keys.
std::string body_of(std::string_view salt, std::string_view key_id, std::string_view secret, std::string_view plain,
                    std::size_t padding);

// `plain` for the subscription's owner in a body of exactly `size` bytes, however long it is. Empty: it does not fit,
// or the receiver's key has no secret with ours.
std::string encrypt(std::string_view plain, const Party& own, const Party& receiver, std::string_view auth,
                    std::string_view salt, std::size_t size);

}  // namespace vestitel::webpush
