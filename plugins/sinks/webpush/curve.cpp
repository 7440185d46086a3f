#include "plugins/sinks/webpush/curve.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::webpush {
namespace {

using sinks::bytes_of;
using sinks::Freed;
using Bn = std::unique_ptr<BIGNUM, Freed<::BN_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<::EVP_PKEY_CTX_free>>;

// As the ECPrivateKey of RFC 5915 without a public half, which OpenSSL then computes.
Key of_scalar(std::string_view scalar) {
  std::string der("\x30\x31\x02\x01\x01\x04\x20", 7);
  der.append(scalar);
  der.append("\xA0\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 12);
  const unsigned char* at = bytes_of(std::string_view(der));
  Key key(::d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
  ::OPENSSL_cleanse(der.data(), der.size());
  return key;
}

Bn number_of(EVP_PKEY& key, const char* which) {
  BIGNUM* number = nullptr;
  ::EVP_PKEY_get_bn_param(&key, which, &number);
  return Bn(number);
}

}  // namespace

Key public_key(std::string_view point) {
  if (point.size() != kPointSize || point[0] != '\x04') return {};
  char curve[] = "prime256v1";
  std::string copy(point);
  OSSL_PARAM parameters[] = {
      ::OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
      ::OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      ::OSSL_PARAM_construct_end(),
  };
  const KeyContext context(::EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || ::EVP_PKEY_fromdata_init(context.get()) != 1) return {};
  if (::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return {};
  return Key(key);
}

Key private_key(std::string_view text) {
  text = sinks::trimmed(text);
  Key key;
  if (text.substr(0, 5) == "-----") {
    key = sinks::private_key_of_pem(text);
  } else if (auto scalar = sinks::from_base64url(text); scalar && scalar->size() == kScalarSize) {
    key = of_scalar(*scalar);
    ::OPENSSL_cleanse(scalar->data(), kScalarSize);
  }
  if (key && !sinks::is_p256_key(*key)) key.reset();
  return key;
}

Key fresh_key() { return Key(::EVP_EC_gen("P-256")); }

std::string point_of(evp_pkey_st& key) {
  const Bn x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X), y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  const std::string both = sinks::pair_of(x.get(), y.get());
  return both.empty() ? both : '\x04' + both;
}

// The peer's point is not looked at again: making a key of it has, and for this curve there is no more to be seen.
std::string shared_secret(evp_pkey_st& own, evp_pkey_st& peer) {
  const KeyContext context(::EVP_PKEY_CTX_new(&own, nullptr));
  std::string out(kScalarSize, '\0');
  std::size_t size = out.size();
  if (!context || ::EVP_PKEY_derive_init(context.get()) != 1 ||
      ::EVP_PKEY_derive_set_peer_ex(context.get(), &peer, 0) != 1 ||
      ::EVP_PKEY_derive(context.get(), bytes_of(out), &size) != 1 || size != kScalarSize)
    return {};
  return out;
}

}  // namespace vestitel::webpush
