#include "core/base/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace vestitel {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

// OpenSSL fails here only when memory runs out or a provider is missing; neither leaves a hub worth running.
void require(bool ok) {
  if (!ok) throw std::runtime_error("using OpenSSL: operation refused");
}

struct CipherContext {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~CipherContext() { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* aes_256_gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

EVP_CIPHER_CTX* cipher_context() {
  thread_local CipherContext own;
  return own.context;
}

const unsigned char* u8(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* u8(char* p) { return reinterpret_cast<unsigned char*>(p); }

}  // namespace

// Nonces are 12 bytes and come by the hundred thousand: they are cut from a block, each byte given out once and wiped.
void SystemRandom::fill(std::span<std::uint8_t> out) {
  constexpr std::size_t kBlock = 4096;
  struct Block {
    std::array<std::uint8_t, kBlock> bytes{};
    std::size_t used = kBlock;
    ~Block() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  };
  thread_local Block block;
  if (out.size() > kBlock / 4) {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
    return;
  }
  if (block.used + out.size() > kBlock) {
    if (RAND_bytes(block.bytes.data(), kBlock) != 1) std::abort();
    block.used = 0;
  }
  std::copy_n(block.bytes.begin() + static_cast<std::ptrdiff_t>(block.used), out.size(), out.begin());
  OPENSSL_cleanse(block.bytes.data() + block.used, out.size());
  block.used += out.size();
}

SecretKey::SecretKey(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != bytes_.size()) throw std::invalid_argument("making a key: 32 bytes expected");
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SecretKey SecretKey::random(Random& random) {
  SecretKey key;
  random.fill(key.bytes_);
  return key;
}

void seal(const SecretKey& key, std::string_view plain, std::string_view associated, Random& random, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + kNonce + plain.size() + kTag);
  unsigned char* nonce = u8(out.data() + start);
  random.fill({nonce, kNonce});
  unsigned char* cipher = nonce + kNonce;
  EVP_CIPHER_CTX* context = cipher_context();
  int n = 0;
  require(EVP_EncryptInit_ex2(context, aes_256_gcm(), key.bytes().data(), nonce, nullptr) == 1 &&
          EVP_EncryptUpdate(context, nullptr, &n, u8(associated), static_cast<int>(associated.size())) == 1 &&
          EVP_EncryptUpdate(context, cipher, &n, u8(plain), static_cast<int>(plain.size())) == 1 &&
          EVP_EncryptFinal_ex(context, cipher + n, &n) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, cipher + plain.size()) == 1);
}

Bytes seal(const SecretKey& key, std::string_view plain, std::string_view associated, Random& random) {
  Bytes out;
  seal(key, plain, associated, random, out);
  return out;
}

Result<Bytes> open(const SecretKey& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < kSealOverhead) return {Failure::kInvalid, "opening a sealed value: too short"};
  const std::string_view body = sealed.substr(kNonce, sealed.size() - kSealOverhead);
  std::array<unsigned char, kTag> tag{};
  std::copy_n(u8(sealed) + sealed.size() - kTag, kTag, tag.begin());
  Bytes plain(body.size(), '\0');
  EVP_CIPHER_CTX* context = cipher_context();
  int n = 0;
  require(EVP_DecryptInit_ex2(context, aes_256_gcm(), key.bytes().data(), u8(sealed), nullptr) == 1 &&
          EVP_DecryptUpdate(context, nullptr, &n, u8(associated), static_cast<int>(associated.size())) == 1 &&
          EVP_DecryptUpdate(context, u8(plain.data()), &n, u8(body), static_cast<int>(body.size())) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, u8(plain.data()) + n, &n) != 1)
    return {Failure::kInvalid, "opening a sealed value: wrong key, place or bytes"};
  return plain;
}

struct Hmac::State {
  EVP_MAC* mac = nullptr;
  EVP_MAC_CTX* context = nullptr;
  ~State() {
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
  }
};

Hmac::Hmac(const SecretKey& key) : state_(std::make_unique<State>()) {
  state_->mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  require(state_->mac != nullptr);
  state_->context = EVP_MAC_CTX_new(state_->mac);
  std::array<char, 7> digest{'S', 'H', 'A', '2', '5', '6', '\0'};
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                   OSSL_PARAM_construct_end()};
  require(EVP_MAC_init(state_->context, key.bytes().data(), key.bytes().size(), parameters) == 1);
}

Hmac::Hmac(const Hmac& other) : state_(std::make_unique<State>()) {
  state_->context = EVP_MAC_CTX_dup(other.state_->context);
  require(state_->context != nullptr);
}

Hmac::~Hmac() = default;

Digest Hmac::of(std::initializer_list<std::string_view> parts) {
  Digest digest{};
  std::size_t n = 0;
  require(EVP_MAC_init(state_->context, nullptr, 0, nullptr) == 1);
  for (const auto part : parts) require(EVP_MAC_update(state_->context, u8(part), part.size()) == 1);
  require(EVP_MAC_final(state_->context, digest.data(), &n, digest.size()) == 1);
  return digest;
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest{};
  unsigned n = 0;
  require(EVP_DigestFinal_ex(state_->context, digest.data(), &n) == 1);
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace vestitel
