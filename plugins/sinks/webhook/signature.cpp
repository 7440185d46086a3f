#include "plugins/sinks/webhook/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace vestitel::webhook {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kLeastKey = 24, kMostKey = 64;
constexpr std::size_t kMostEncoded = (kMostKey + 2) / 3 * 4;

std::string base64(const unsigned char* bytes, std::size_t n) {
  std::string out((n + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(n));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// The bytes of one secret; empty: it is none. Only the one spelling that encoding them again gives counts.
std::string key_of(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return {};
  secret.remove_prefix(kPrefix.size());
  if (secret.empty() || secret.size() > kMostEncoded || secret.size() % 4 != 0) return {};
  std::array<unsigned char, kMostEncoded> bytes{};
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(secret.data()),
                                   static_cast<int>(secret.size()));
  const std::size_t padding = secret.ends_with("==") ? 2 : secret.ends_with('=') ? 1 : 0;
  std::string key;
  if (size > 0) key.assign(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size) - padding);
  const bool fits = key.size() >= kLeastKey && key.size() <= kMostKey && base64(bytes.data(), key.size()) == secret;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!fits) OPENSSL_cleanse(key.data(), key.size());
  return fits ? key : std::string();
}

}  // namespace

std::optional<Signer> Signer::create(std::string_view secrets) {
  constexpr std::string_view kBetween = " \t\r\n";
  Signer out;
  while (true) {
    const std::size_t first = secrets.find_first_not_of(kBetween);
    if (first == std::string_view::npos) break;
    secrets.remove_prefix(first);
    const std::string_view one = secrets.substr(0, secrets.find_first_of(kBetween));
    secrets.remove_prefix(one.size());
    out.keys_.push_back(key_of(one));
    if (out.keys_.back().empty() || out.keys_.size() > kMostSecrets) return std::nullopt;
  }
  if (out.keys_.empty()) return std::nullopt;
  return out;
}

Signer::~Signer() {
  for (std::string& key : keys_) OPENSSL_cleanse(key.data(), key.size());
}

std::string Signer::sign(std::string_view id, std::int64_t timestamp, std::string_view body) const {
  std::string content(id);
  content.append(".").append(std::to_string(timestamp)).append(".").append(body);
  std::string out;
  for (const std::string& key : keys_) {
    std::array<unsigned char, 32> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
         content.size(), mac.data(), &size);
    out.append(out.empty() ? "v1," : " v1,").append(base64(mac.data(), mac.size()));
  }
  return out;
}

std::string joint_id(const std::vector<std::string_view>& ids) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string all;
  for (const std::string_view id : ids) all.append(id).append("\n");
  std::array<unsigned char, 32> digest{};
  EVP_Digest(all.data(), all.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string out = "batch_";
  for (std::size_t i = 0; i < 16; ++i) out.append({kHex[digest[i] >> 4], kHex[digest[i] & 15]});
  return out;
}

}  // namespace vestitel::webhook
