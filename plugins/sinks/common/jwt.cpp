#include "plugins/sinks/common/jwt.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <vestitel/json.hpp>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::sinks {
namespace {

constexpr std::string_view kCurve = "prime256v1";
constexpr int kLeastRsaBits = 2048;  // RFC 7518, 3.3

bool is_rsa(EVP_PKEY& key) { return ::EVP_PKEY_is_a(&key, "RSA") == 1; }

// SHA-256 of the text, signed; of an elliptic curve in DER.
std::string signature_of(EVP_PKEY& key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, Freed<::EVP_MD_CTX_free>> context(::EVP_MD_CTX_new());
  std::string out(static_cast<std::size_t>(::EVP_PKEY_get_size(&key)), '\0');
  std::size_t size = out.size();
  if (!context || ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, &key) != 1 ||
      ::EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(text), text.size()) != 1)
    return {};
  out.resize(size);
  return out;
}

// As RFC 7518, 3.4 has it: r and s, not DER.
std::string raw_form(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  const std::unique_ptr<ECDSA_SIG, Freed<::ECDSA_SIG_free>> signature(
      ::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return {};
  return pair_of(::ECDSA_SIG_get0_r(signature.get()), ::ECDSA_SIG_get0_s(signature.get()));
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_p256_key(evp_pkey_st& key) {
  char name[64];
  std::size_t size = 0;
  if (::EVP_PKEY_get_group_name(&key, name, sizeof name, &size) != 1) return false;
  return std::string_view(name, size) == kCurve && has_sound_numbers(key);
}

bool is_rsa_key(evp_pkey_st& key) {
  return is_rsa(key) && ::EVP_PKEY_get_bits(&key) >= kLeastRsaBits && has_sound_numbers(key);
}

std::string pair_of(const bignum_st* first, const bignum_st* second) {
  std::string out(2 * kScalarSize, '\0');
  constexpr int kSize = static_cast<int>(kScalarSize);
  if (first == nullptr || ::BN_bn2binpad(first, bytes_of(out), kSize) != kSize) return {};
  if (second == nullptr || ::BN_bn2binpad(second, bytes_of(out) + kScalarSize, kSize) != kSize) return {};
  return out;
}

std::string make_jwt(evp_pkey_st& key, std::string_view key_id, std::string_view claims) {
  const bool rsa = is_rsa(key);
  std::string header = std::string(R"({"typ":"JWT","alg":")") + (rsa ? "RS256\"" : "ES256\"");
  if (!key_id.empty()) header += ",\"kid\":" + json_quote(key_id);
  const std::string signed_part = to_base64url(header + '}') + '.' + to_base64url(claims);
  std::string signature = signature_of(key, signed_part);
  if (!rsa) signature = raw_form(signature);
  return signature.empty() ? std::string() : signed_part + '.' + to_base64url(signature);
}

}  // namespace vestitel::sinks
