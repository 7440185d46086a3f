#include "core/plugin/package/signature.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;
using Bio = std::unique_ptr<BIO, Free>;

constexpr std::uint64_t kMaxPem = 16'384;

// What fails here is memory or a missing provider, never the input.
void require(bool ok) {
  if (!ok) throw std::runtime_error("using OpenSSL: operation refused");
}

const unsigned char* u8(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

Key private_key(const SecretKey& key) {
  Key out(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.bytes().data(), key.bytes().size()));
  require(out != nullptr);
  return out;
}

// An encrypted key is refused rather than asked a passphrase for: nothing here talks to a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string content(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio bio_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Error bad_key(const char* why) { return refused(Refusal::kBadKey, why); }

}  // namespace

std::string PublicKey::fingerprint() const {
  Sha256 hash;
  hash.add(as_text(bytes));
  return to_hex(hash.finish());
}

PublicKey public_of(const SecretKey& key) {
  PublicKey out;
  std::size_t size = out.bytes.size();
  require(EVP_PKEY_get_raw_public_key(private_key(key).get(), out.bytes.data(), &size) == 1);
  return out;
}

Signature sign(const SecretKey& key, std::string_view message) {
  const Key own = private_key(key);
  const Context context(EVP_MD_CTX_new());
  Signature out{};
  std::size_t size = out.size();
  require(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, own.get()) == 1 &&
          EVP_DigestSign(context.get(), out.data(), &size, u8(message), message.size()) == 1 && size == out.size());
  return out;
}

bool verifies(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != std::tuple_size_v<Signature>) return false;
  const Key own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const Context context(EVP_MD_CTX_new());
  require(own != nullptr && context != nullptr);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, own.get()) == 1 &&
         EVP_DigestVerify(context.get(), u8(signature), signature.size(), u8(message), message.size()) == 1;
}

std::string to_pem(const PublicKey& key) {
  const Key own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const Bio bio(BIO_new(BIO_s_mem()));
  require(own != nullptr && bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), own.get()) == 1);
  return content(bio.get());
}

std::string private_pem(const SecretKey& key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr &&
          PEM_write_bio_PKCS8PrivateKey(bio.get(), private_key(key).get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return content(bio.get());
}

Result<PublicKey> parse_public_pem(std::string_view pem) {
  const Bio bio = bio_of(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
    return bad_key("it holds no Ed25519 public key");
  PublicKey out;
  std::size_t size = out.bytes.size();
  require(EVP_PKEY_get_raw_public_key(key.get(), out.bytes.data(), &size) == 1);
  return out;
}

Result<SecretKey> parse_private_pem(std::string_view pem) {
  const Bio bio = bio_of(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
    return bad_key("it holds no Ed25519 private key without a passphrase");
  std::array<std::uint8_t, 32> seed{};
  std::size_t size = seed.size();
  require(EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) == 1);
  SecretKey out(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return out;
}

Result<PublicKey> read_public_key(const std::string& path) {
  const auto text = read_plain_file(path, kMaxPem);
  if (!text) return text.error();
  const auto key = parse_public_pem(*text);
  return key ? key : key.error().during("reading key " + path);
}

Result<SecretKey> read_private_key(const std::string& path) {
  auto text = read_private_file(path, kMaxPem);
  if (!text) return text.error();
  auto key = parse_private_pem(*text);
  OPENSSL_cleanse(text->data(), text->size());
  return key ? std::move(key) : key.error().during("reading key " + path);
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

}  // namespace vestitel
