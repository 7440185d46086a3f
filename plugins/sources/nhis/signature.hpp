// The digital signature of a message: enveloped XML-DSig over the whole of it. What is kept of one, and, against the
// authorities of a trust store, whether it holds.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nhis {

// SHA-256 of the certificate that stands in base64, in hexadecimal; empty: it is not one.
std::string fingerprint_of(std::string_view base64);
// The value of a signature without white space; empty: it is no base64, or longer than any signature.
std::string signature_value(std::string_view base64);

class TrustStore {
 public:
  static constexpr std::size_t kLargest = 1024 * 1024;  // bytes of a message that is checked

  // Reads a PEM file of certificates. Throws vestitel::Error (E_CONFIG at /trust_store) where there is none in it.
  explicit TrustStore(const std::string& path);
  ~TrustStore();
  TrustStore(const TrustStore&) = delete;
  TrustStore& operator=(const TrustStore&) = delete;

  // Why the signature of `message` proves nothing, in fixed words; null: it holds, and was made by whom an authority of
  // the store knew at `at_us`. The message is a document of its own, in UTF-8.
  const char* fault_of(std::string_view message, std::int64_t at_us) const;

 private:
  struct Authorities;
  const std::unique_ptr<Authorities> authorities_;
};

}  // namespace nhis
