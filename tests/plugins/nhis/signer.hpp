// Authorities, certificates and signatures of the tests' own, made with OpenSSL and libxml2's canonical form alone: not
// with the library that checks them.
#pragma once
#include <libxml/c14n.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "nhis_rig.hpp"

namespace vestitel::testing {

template <class T, void (*Free)(T*)>
struct FreedBy {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY, EVP_PKEY_free>>;

inline std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                                       static_cast<int>(bytes.size()))));
  return text;
}

inline std::string hash_of(const std::string& bytes, const EVP_MD* digest) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  REQUIRE(EVP_Digest(bytes.data(), bytes.size(), out, &size, digest, nullptr) == 1);
  return {reinterpret_cast<char*>(out), size};
}

// What a certificate is made with.
struct Wish {
  const char* curve = nullptr;  // RSA without one
  unsigned bits = 2048;
  bool authority = false;
  const char* usage = "digitalSignature";
  const char *from = "20260101000000Z", *to = "20270101000000Z";
  const EVP_MD* digest = EVP_sha256();
};

// One that signs certificates.
inline Wish authority() {
  Wish wish;
  wish.authority = true;
  wish.usage = "";
  return wish;
}

struct Holder {
  Key key;
  std::unique_ptr<X509, FreedBy<X509, X509_free>> certificate{X509_new()};

  // By itself where there is no issuer.
  explicit Holder(const std::string& name, const Holder* issuer, const Wish& wish = {})
      : key(wish.curve != nullptr ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", wish.curve)
                                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{wish.bits})) {
    static long serial = 1;
    X509* made = certificate.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    ASN1_TIME_set_string(X509_getm_notBefore(made), wish.from);
    ASN1_TIME_set_string(X509_getm_notAfter(made), wish.to);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* by = issuer != nullptr ? issuer->certificate.get() : made;
    X509_set_issuer_name(made, X509_get_subject_name(by));
    X509_set_pubkey(made, key.get());
    add(NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add(NID_key_usage, wish.authority ? "critical,keyCertSign" : wish.usage);
    REQUIRE(X509_sign(made, issuer != nullptr ? issuer->key.get() : key.get(), wish.digest) > 0);
  }

  std::string der() const {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate.get(), &bytes);
    REQUIRE(size > 0);
    std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }
  std::string fingerprint() const {
    std::string text;
    for (const char c : hash_of(der(), EVP_sha256())) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
      text += two;
    }
    return text;
  }
  bool elliptic() const { return EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC; }

  // As XML-DSig writes it: of a curve the two numbers, one behind the other.
  std::string sign(const std::string& bytes, const EVP_MD* digest) const {
    const std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) == 1);
    REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, text_of(bytes), bytes.size()) == 1);
    std::string out(size, '\0');
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, text_of(bytes),
                           bytes.size()) == 1);
    out.resize(size);
    return elliptic() ? two_numbers(out) : out;
  }

 private:
  static const unsigned char* text_of(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  void add(int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    REQUIRE(extension != nullptr);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  std::string two_numbers(const std::string& der) const {
    const auto* at = text_of(der);
    ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    REQUIRE(parsed != nullptr);
    const int half = (EVP_PKEY_get_bits(key.get()) + 7) / 8;
    std::string out(static_cast<std::size_t>(2 * half), '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), reinterpret_cast<unsigned char*>(out.data()), half);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), reinterpret_cast<unsigned char*>(out.data()) + half, half);
    ECDSA_SIG_free(parsed);
    return out;
  }
};

// How a message is signed; what a test does not name is right.
struct Manner {
  bool exclusive = true;
  std::string uri = "", digest_method = "http://www.w3.org/2001/04/xmlenc#sha256", signature_method = {},
              transform = {};
  bool enveloped = true;
  std::vector<const Holder*> chain = {};  // certificates behind that of the signer
  std::string key_info = {};              // instead of certificates
  const EVP_MD *content = EVP_sha256(), *info = EVP_sha256();
};

inline std::string canonical(const std::string& xml, bool exclusive) {
  const std::unique_ptr<xmlDoc, FreedBy<xmlDoc, xmlFreeDoc>> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8", XML_PARSE_NONET));
  REQUIRE(document);
  xmlChar* text = nullptr;
  const int size = xmlC14NDocDumpMemory(document.get(), nullptr, exclusive ? XML_C14N_EXCLUSIVE_1_0 : XML_C14N_1_0,
                                        nullptr, 0, &text);
  REQUIRE(size > 0);
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  xmlFree(text);
  return out;
}

// The message with its signature in front of its end.
inline std::string signed_by(const Holder& signer, const std::string& message, const Manner& manner = {}) {
  const std::string c14n =
      manner.exclusive ? "http://www.w3.org/2001/10/xml-exc-c14n#" : "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
  const std::string method = !manner.signature_method.empty() ? manner.signature_method
                             : signer.elliptic()              ? "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
                                                              : "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
  const auto algorithm = [](const std::string& element, const std::string& name) {
    return "<" + element + " Algorithm=\"" + name + "\"></" + element + ">";
  };
  const std::string transforms =
      (manner.enveloped ? algorithm("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature") : "") +
      (manner.transform.empty() ? algorithm("Transform", c14n) : manner.transform);
  const std::string info = ">" + algorithm("CanonicalizationMethod", c14n) + algorithm("SignatureMethod", method) +
                           "<Reference URI=\"" + manner.uri + "\"><Transforms>" + transforms + "</Transforms>" +
                           algorithm("DigestMethod", manner.digest_method) + "<DigestValue>" +
                           base64(hash_of(canonical(message, manner.exclusive), manner.content)) +
                           "</DigestValue></Reference></SignedInfo>";
  // In its canonical form it carries the namespaces around it: all of them, or those that it uses.
  const std::string ours = " xmlns=\"http://www.w3.org/2000/09/xmldsig#\"";
  const std::string around = manner.exclusive ? "" : " xmlns:n=\"" + kSpace + "\"";
  const std::string value = signer.sign("<SignedInfo" + ours + around + info, manner.info);
  std::string certificates = "<X509Certificate>" + base64(signer.der()) + "</X509Certificate>";
  for (const Holder* other : manner.chain)
    certificates += "<X509Certificate>" + base64(other->der()) + "</X509Certificate>";
  const std::string key_info = manner.key_info.empty() ? "<X509Data>" + certificates + "</X509Data>" : manner.key_info;
  const std::string signature = "<Signature" + ours + "><SignedInfo" + info + "<SignatureValue>" + base64(value) +
                                "</SignatureValue><KeyInfo>" + key_info + "</KeyInfo></Signature>";
  return replaced(message, "</n:message>", signature + "</n:message>");
}

// A PEM file that is gone with the object.
struct PemFile {
  std::string path;
  explicit PemFile(const std::vector<const Holder*>& holders) {
    char name[] = "/tmp/vestitel-trust-XXXXXX";
    const int fd = ::mkstemp(name);
    REQUIRE(fd >= 0);
    path = name;
    FILE* file = ::fdopen(fd, "w");
    for (const Holder* holder : holders) PEM_write_X509(file, holder->certificate.get());
    std::fclose(file);
  }
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;
  ~PemFile() { std::remove(path.c_str()); }
};

}  // namespace vestitel::testing
