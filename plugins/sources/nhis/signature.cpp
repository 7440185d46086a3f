#include "signature.hpp"

#include <libxml/parser.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <xmlsec/xmlsec.h>  // before errors.h, which needs it

#include <xmlsec/errors.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>

#include <algorithm>
#include <mutex>
#include <vector>
#include <vestitel/plugin.hpp>

#include "signature_form.hpp"

namespace nhis {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Document = std::unique_ptr<xmlDoc, Freed<xmlDoc, xmlFreeDoc>>;
using Context = std::unique_ptr<xmlSecDSigCtx, Freed<xmlSecDSigCtx, xmlSecDSigCtxDestroy>>;

// By another plugin that is made of this: what it began is in use there, and beginning it again would take it away.
bool library_begun() {
  const xmlSecPtrListPtr known = xmlSecTransformIdsGet();
  return known->id != nullptr &&
         xmlSecTransformIdListFindByHref(known, xmlSecHrefRsaSha256, xmlSecTransformUsageSignatureMethod) != nullptr;
}

// Once for the process, and never undone: others in it may use the same library. Plugins start one after the other.
bool library_ready() {
  static std::once_flag once;
  static bool ready = false;
  std::call_once(once, [] {
    ready = xmlSecCheckVersion() == 1;
    if (!ready || library_begun()) return;
    ready = xmlSecInit() >= 0 && xmlSecOpenSSLInit() >= 0;
    // Its words quote the message.
    xmlSecErrorsSetCallback([](const char*, int, const char*, const char*, const char*, int, const char*) {});
  });
  return ready;
}

// Without white space; empty where another character than those of base64 stands in it.
std::string packed_of(std::string_view base64) {
  std::string packed;
  for (const char c : base64) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && c != '+' && c != '/' && c != '=') return {};
    packed += c;
  }
  return packed;
}

std::string decoded(std::string_view base64) {
  const std::string packed = packed_of(base64);
  if (packed.empty() || packed.size() % 4 != 0) return {};
  std::string bytes(packed.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  const std::size_t padding = packed.size() - (packed.find_last_not_of('=') + 1);
  if (size < 0 || padding > 2) return {};
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

Certificate certificate_of(std::string_view base64) {
  const std::string bytes = decoded(base64);
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = at + bytes.size();
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  return at == end ? std::move(certificate) : nullptr;
}

// That which has made none of the others.
X509* signer_of(const std::vector<Certificate>& certificates) {
  for (const Certificate& one : certificates) {
    const bool made = std::any_of(certificates.begin(), certificates.end(), [&](const Certificate& other) {
      return other != one && X509_check_issued(one.get(), other.get()) == X509_V_OK;
    });
    if (!made) return one.get();
  }
  return nullptr;
}

bool may_sign(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);  // all bits where it does not say
  return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

// The key is that of the certificate that was believed: nothing else of KeyInfo is looked at.
bool holds(xmlNodePtr signature, X509* signer) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(signer, &der);
  if (size <= 0) return false;
  const Context context(xmlSecDSigCtxCreate(nullptr));
  if (context)
    context->signKey = xmlSecOpenSSLAppKeyLoadMemory(der, static_cast<xmlSecSize>(size), xmlSecKeyDataFormatCertDer,
                                                     nullptr, nullptr, nullptr);
  OPENSSL_free(der);
  if (!context || context->signKey == nullptr) return false;
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
  context->flags |= XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
  return xmlSecDSigCtxVerify(context.get(), signature) >= 0 && context->status == xmlSecDSigStatusSucceeded;
}

}  // namespace

std::string fingerprint_of(std::string_view base64) {
  const Certificate certificate = certificate_of(base64);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) return {};
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr char kHex[] = "0123456789abcdef";
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 0xF];
  }
  return text;
}

std::string signature_value(std::string_view base64) {
  constexpr std::size_t kMost = 1500;  // of RSA with 8,192 bits
  std::string value = packed_of(base64);
  return value.size() > kMost ? std::string() : value;
}

struct TrustStore::Authorities {
  std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>> store{X509_STORE_new()};

  bool believes(X509* signer, const std::vector<Certificate>& others, std::int64_t at_us) const {
    const std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX, X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    for (const Certificate& other : others) sk_X509_push(chain.get(), other.get());
    if (!check || X509_STORE_CTX_init(check.get(), store.get(), signer, chain.get()) != 1) return false;
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(check.get());
    X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(at_us / 1'000'000));
    X509_VERIFY_PARAM_set_auth_level(rules, 2);  // no SHA-1, no RSA below 2,048 bits
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(check.get()) == 1;
  }
};

TrustStore::TrustStore(const std::string& path) : authorities_(std::make_unique<Authorities>()) {
  if (X509_STORE_load_file(authorities_->store.get(), path.c_str()) != 1)
    throw vestitel::Error::config("/trust_store", "expected a PEM file of certificates that can be read");
  if (!library_ready()) throw vestitel::Error::config("/trust_store", "libxmlsec1 cannot be used");
}

TrustStore::~TrustStore() = default;

const char* TrustStore::fault_of(std::string_view message, std::int64_t at_us) const {
  const Document document(xmlReadMemory(message.data(), static_cast<int>(message.size()), nullptr, "UTF-8",
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!document) return "cannot be checked: its message is not whole by itself";
  SignatureForm form;
  if (const char* fault = read_form(xmlDocGetRootElement(document.get()), form)) return fault;
  std::vector<Certificate> certificates;
  for (const std::string& text : form.certificates) {
    certificates.push_back(certificate_of(text));
    if (!certificates.back()) return "holds a certificate that cannot be read";
  }
  X509* signer = signer_of(certificates);
  if (signer == nullptr || !authorities_->believes(signer, certificates, at_us))
    return "is by a certificate that no authority of the trust store vouches for at that time";
  if (!may_sign(signer)) return "is by a certificate that is not for signatures";
  return holds(form.signature, signer) ? nullptr : "does not hold: the message is not the one that was signed";
}

}  // namespace nhis
