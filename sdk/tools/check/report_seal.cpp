// The report as a file that others can believe: Ed25519 over its exact bytes.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/os_error.hpp"
#include "sdk/tools/check/subject.hpp"

namespace vestitel::check {
namespace {

constexpr std::size_t kSignature = 64, kMaxReport = 4 << 20, kMaxKey = 16 << 10;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

Key read_pem(const std::string& pem, bool is_private) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase, so that nobody is asked for one.
  char empty[] = "";
  Key key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, empty)
                     : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, empty));
  if (key && EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) return nullptr;
  return key;
}

Result<std::string> sign(const std::string& text, const std::string& key_path) {
  const auto pem = read_file(key_path, kMaxKey);
  if (!pem) return pem.error();
  const Key key = read_pem(*pem, true);
  if (!key) return {Failure::kInvalid, "reading " + key_path + ": no private Ed25519 key in PEM"};
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::string signature(kSignature, '\0');
  std::size_t length = signature.size();
  const bool signed_ok = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                         EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  if (!signed_ok || length != kSignature) return {Failure::kInternal, "signing the report: OpenSSL refused"};
  return signature;
}

bool verifies(const std::string& text, const std::string& signature, EVP_PKEY* key) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return signature.size() == kSignature && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

// Whole or not at all.
Result<> write_file(const std::string& path, const std::string& bytes) {
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file.good() || std::rename(part.c_str(), path.c_str()) != 0)
    return {Failure::kIo, "writing " + path + ": " + os_error()};
  return Done{};
}

}  // namespace

Result<> write_report(const Report& report, const std::string& path, const std::string& key_path) {
  const std::string text = to_json(report) + "\n";
  if (key_path.empty()) return write_file(path, text);
  auto signature = sign(text, key_path);
  if (!signature) return signature.error();
  if (auto written = write_file(path, text); !written) return written;
  return write_file(path + ".sig", *signature);
}

Result<> verify_report(const std::string& path, const std::string& public_key_pem, const std::string& library_sha256) {
  const auto denied = [&](const char* why) { return Result<>(Failure::kDenied, "the report " + path + " " + why); };
  const auto text = read_file(path, kMaxReport);
  if (!text) return text.error();
  const auto signature = read_file(path + ".sig", kSignature);
  if (!signature) return denied("is not signed");
  const Key key = read_pem(public_key_pem, false);
  if (!key) return {Failure::kInvalid, "verifying " + path + ": no public Ed25519 key in PEM"};
  if (!verifies(*text, *signature, key.get())) return denied("is not signed by this key");
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != "vestitel-check/1")
    return denied("is no report of this kit");
  if (json.value("sha256", nlohmann::json()) != library_sha256) return denied("speaks of another library");
  if (json.value("passed", nlohmann::json()) != true) return denied("says that the plugin did not pass");
  return Done{};
}

}  // namespace vestitel::check
