#include "plugins/sinks/webpush/content.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstdint>

#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::webpush {
namespace {

using sinks::bytes_of;

// Each with the zero that ends it, as both RFCs have them.
constexpr char kKeyInfo[] = "Content-Encoding: aes128gcm", kNonceInfo[] = "Content-Encoding: nonce",
               kAgreedInfo[] = "WebPush: info";

struct KdfFree {
  void operator()(EVP_KDF* kdf) const { ::EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { ::EVP_KDF_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { ::EVP_CIPHER_CTX_free(context); }
};

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  // OpenSSL only reads what it is given for setting.
  return ::OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xFF);
  return out;
}

}  // namespace

std::string hkdf(std::string_view salt, std::string_view secret, std::string_view info, std::size_t size) {
  const std::unique_ptr<EVP_KDF, KdfFree> kdf(::EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, KdfFree> context(kdf ? ::EVP_KDF_CTX_new(kdf.get()) : nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      ::OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_KEY, secret),
      octets(OSSL_KDF_PARAM_INFO, info),
      ::OSSL_PARAM_construct_end(),
  };
  std::string out(size, '\0');
  if (!context || ::EVP_KDF_derive(context.get(), bytes_of(out), size, parameters) != 1) return {};
  return out;
}

ContentKeys content_keys(std::string_view salt, std::string_view secret) {
  return {hkdf(salt, secret, {kKeyInfo, sizeof kKeyInfo}, kKeySize),
          hkdf(salt, secret, {kNonceInfo, sizeof kNonceInfo}, kNonceSize)};
}

std::string gcm(std::string_view key, std::string_view nonce, std::string_view plain) {
  if (key.size() != kKeySize || nonce.size() != kNonceSize) return {};
  const std::unique_ptr<EVP_CIPHER_CTX, KdfFree> context(::EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTagSize, '\0');
  int written = 0, rest = 0;
  if (!context ||
      ::EVP_EncryptInit_ex(context.get(), ::EVP_aes_128_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) != 1 ||
      ::EVP_EncryptUpdate(context.get(), bytes_of(out), &written, bytes_of(plain), static_cast<int>(plain.size())) !=
          1 ||
      ::EVP_EncryptFinal_ex(context.get(), bytes_of(out) + written, &rest) != 1 ||
      ::EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize),
                            bytes_of(out) + plain.size()) != 1)
    return {};
  return out;
}

std::string agreed_secret(const Party& own, const Party& receiver, std::string_view auth) {
  const std::string shared = shared_secret(own.key, receiver.key);
  if (shared.empty()) return {};
  const std::string info = std::string(kAgreedInfo, sizeof kAgreedInfo).append(receiver.point).append(own.point);
  return hkdf(auth, shared, info, 32);
}

std::string body_of(std::string_view salt, std::string_view key_id, std::string_view secret, std::string_view plain,
                    std::size_t padding) {
  const ContentKeys keys = content_keys(salt, secret);
  std::string record(plain);
  record += '\x02';  // the last record of its content
  record.append(padding, '\0');
  const std::string sealed = gcm(keys.key, keys.nonce, record);
  if (sealed.empty()) return {};
  std::string out(salt);
  out += big_endian(kRecordSize);
  out += static_cast<char>(key_id.size());
  out.append(key_id).append(sealed);
  return out;
}

std::string encrypt(std::string_view plain, const Party& own, const Party& receiver, std::string_view auth,
                    std::string_view salt, std::size_t size) {
  if (size > kMaxBody || plain.size() + kOverhead > size) return {};
  const std::string secret = agreed_secret(own, receiver, auth);
  if (secret.empty()) return {};
  return body_of(salt, own.point, secret, plain, size - kOverhead - plain.size());
}

}  // namespace vestitel::webpush
