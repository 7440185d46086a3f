// A browser that has subscribed (the one of RFC 8291, appendix A), and OpenSSL's own word on tokens and keys.
#pragma once
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/webpush/curve.hpp"
#include "tests/plugins/pem.hpp"

namespace vestitel::webpush::test {

using sinks::from_base64url;
using sinks::to_base64url;

constexpr char kBrowserPoint[] =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr char kBrowserAuth[] = "BTBZMqHH6r4Tts7J_aSIgg";

inline std::string bytes(std::string_view base64url) { return from_base64url(base64url).value(); }

inline std::string subscription(const std::string& endpoint, const std::string& point = kBrowserPoint,
                                const std::string& auth = kBrowserAuth) {
  return "{\"endpoint\":" + json_quote(endpoint) +
         ",\"expirationTime\":null,\"keys\":{\"p256dh\":" + json_quote(point) + ",\"auth\":" + json_quote(auth) + "}}";
}

// Whether a token was signed by the key of that point, by OpenSSL's verification of the DER form.
inline bool verifies(const std::string& token, const std::string& point) {
  const std::size_t dot = token.rfind('.');
  const std::string raw = bytes(token.substr(dot + 1));
  if (raw.size() != 64) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(raw.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&::ECDSA_SIG_free)> signature(::ECDSA_SIG_new(), ::ECDSA_SIG_free);
  ::ECDSA_SIG_set0(signature.get(), ::BN_bin2bn(at, 32, nullptr), ::BN_bin2bn(at + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(signature.get(), &der);
  const Key key = public_key(point);
  const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
  const bool right = key && ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) == 1 &&
                     ::EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                                        reinterpret_cast<const unsigned char*>(token.data()), dot) == 1;
  ::OPENSSL_free(der);
  return right;
}

inline std::string pem_of(const std::string& scalar, bool pkcs8) {
  return testing::pem_of(private_key(scalar).get(), pkcs8);
}
inline std::string other_curve_pem() { return testing::pem_of(Key(::EVP_EC_gen("P-384")).get(), true); }

}  // namespace vestitel::webpush::test
