// Raw Ed25519 over whole messages, and its keys as PEM files that openssl reads and writes too.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"

namespace vestitel {

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  // SHA-256 of the 32 bytes, in hex: what two people compare over the telephone.
  [[nodiscard]] std::string fingerprint() const;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

using Signature = std::array<std::uint8_t, 64>;

PublicKey public_of(const SecretKey& key);
Signature sign(const SecretKey& key, std::string_view message);
bool verifies(const PublicKey& key, std::string_view message, std::string_view signature);

std::string to_pem(const PublicKey& key);
std::string private_pem(const SecretKey& key);  // PKCS #8, without a passphrase: the file's mode guards it
// kBadKey.
Result<PublicKey> parse_public_pem(std::string_view pem);
Result<SecretKey> parse_private_pem(std::string_view pem);

// Reads a key file. A private one must be closed to group and others (kBadKey).
Result<PublicKey> read_public_key(const std::string& path);
Result<SecretKey> read_private_key(const std::string& path);

// 64 hex digits as 32 bytes, and so on; lower case alone.
std::optional<std::string> from_hex(std::string_view hex);

}  // namespace vestitel
