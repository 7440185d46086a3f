// Certificates as a test wants them: by whom, from when, until when.
#pragma once
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "core/base/crypto.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {

class TestCertificate {
 public:
  // Days from now; `issuer` null: signed by itself, and fit to sign others.
  TestCertificate(const std::string& name, const TestCertificate* issuer, int from_days = -1, int until_days = 2)
      : key_(::EVP_EC_gen("P-256"), ::EVP_PKEY_free), certificate_(::X509_new(), ::X509_free) {
    static long serial = 0;
    X509* made = certificate_.get();
    ::X509_set_version(made, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(made), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(made), 86'400L * from_days);
    ::X509_gmtime_adj(::X509_getm_notAfter(made), 86'400L * until_days);
    ::X509_set_pubkey(made, key_.get());
    X509_NAME* subject = ::X509_get_subject_name(made);
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                                 -1, 0);
    const TestCertificate& by = issuer == nullptr ? *this : *issuer;
    ::X509_set_issuer_name(made, ::X509_get_subject_name(by.certificate_.get()));
    add(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    if (::X509_sign(made, by.key_.get(), ::EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  }

  void write(const std::string& certificate_path, const std::string& key_path) const {
    write_pem(certificate_path, [&](BIO* to) { ::PEM_write_bio_X509(to, certificate_.get()); });
    write_pem(key_path,
              [&](BIO* to) { ::PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

  [[nodiscard]] Digest digest() const {
    Digest digest{};
    unsigned size = digest.size();
    ::X509_digest(certificate_.get(), ::EVP_sha256(), digest.data(), &size);
    return digest;
  }
  [[nodiscard]] X509* x509() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

 private:
  void add(int what, const char* value) {
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    ::X509_add_ext(certificate_.get(), extension, -1);
    ::X509_EXTENSION_free(extension);
  }
  template <class Write>
  static void write_pem(const std::string& path, const Write& write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(::BIO_new(::BIO_s_mem()), ::BIO_free);
    write(memory.get());
    char* bytes = nullptr;
    const long size = ::BIO_get_mem_data(memory.get(), &bytes);
    write_file(path, std::string(bytes, static_cast<std::size_t>(size)));
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

}  // namespace vestitel::test
