// The three operations that keep identifiers unreadable: AES-256-GCM, HMAC-SHA256, SHA-256. Over OpenSSL 3.
//
// A sealed value is nonce (12) + ciphertext + tag (16). The associated data names the place of the value (table,
// column, row, version), so that a value moved to another place does not open.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.hpp"
#include "core/base/result.hpp"

namespace vestitel {

using Bytes = std::string;  // owned bytes; text is always said to be text
using Digest = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kSealOverhead = 12 + 16;

// 32 secret bytes, wiped when they go. Movable, copied only by name.
class SecretKey {
 public:
  SecretKey() = default;
  explicit SecretKey(std::span<const std::uint8_t> bytes);  // exactly 32 bytes
  ~SecretKey();
  SecretKey(SecretKey&&) noexcept = default;
  SecretKey& operator=(SecretKey&&) noexcept = default;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  [[nodiscard]] SecretKey copy() const { return SecretKey(bytes()); }
  [[nodiscard]] std::span<const std::uint8_t, 32> bytes() const { return bytes_; }

  static SecretKey random(Random& random);

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

// Seals `plain` and appends nonce + ciphertext + tag to `out`. Thread: any.
void seal(const SecretKey& key, std::string_view plain, std::string_view associated, Random& random, Bytes& out);
Bytes seal(const SecretKey& key, std::string_view plain, std::string_view associated, Random& random);

// Opens a sealed value, or kInvalid when key, place or bytes are not the ones it was sealed with. Thread: any.
Result<Bytes> open(const SecretKey& key, std::string_view sealed, std::string_view associated);

// HMAC-SHA256 under one key, ready to be used again and again. Not shared between threads: copy it.
class Hmac {
 public:
  explicit Hmac(const SecretKey& key);
  Hmac(const Hmac& other);
  ~Hmac();
  Hmac& operator=(const Hmac&) = delete;
  [[nodiscard]] Digest of(std::initializer_list<std::string_view> parts);  // the parts joined, no separators

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// SHA-256 of a stream.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string to_hex(std::span<const std::uint8_t> bytes);
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::uint8_t> as_octets(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// Equal in constant time.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace vestitel
