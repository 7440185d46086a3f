#include "core/api/inbox_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace vestitel {
namespace {

constexpr const char* kCiphers =  // of TLS 1.2; those of 1.3 are good as they are
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr long kMostCertificates = 32L * 1024;

// Set on a connection whose certificate leads to no authority of ours, or fails in any other way.
int chain_broken_index() {
  static const int index = ::SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Lets every certificate through the handshake, and remembers. Who is refused for it gets an answer that says so.
int remember_chain(int fine, X509_STORE_CTX* store) {
  auto* connection = static_cast<SSL*>(::X509_STORE_CTX_get_ex_data(store, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (fine == 0) ::SSL_set_ex_data(connection, chain_broken_index(), connection);
  return 1;
}

Error refused(const std::string& what, const std::string& path) {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return {Failure::kConfig, "reading " + what + " " + path + ": " + (reason == nullptr ? "it cannot be used" : reason)};
}

Instant to_instant(const ASN1_TIME* time) {
  std::tm fields{};
  if (::ASN1_TIME_to_tm(time, &fields) != 1) return Instant{};
  return Instant{std::chrono::seconds{::timegm(&fields)}};
}

std::optional<Digest> digest_of(const X509* certificate) {
  Digest digest{};
  unsigned size = digest.size();
  if (certificate == nullptr || ::X509_digest(certificate, ::EVP_sha256(), digest.data(), &size) != 1)
    return std::nullopt;
  return digest;
}

Result<> load_client_ca(SSL_CTX* context, const std::string& path) {
  if (path.empty()) return Done{};
  if (::SSL_CTX_load_verify_file(context, path.c_str()) != 1) return refused("inbox.client_ca", path);
  STACK_OF(X509_NAME)* names = ::SSL_load_client_CA_file(path.c_str());
  if (names == nullptr) return refused("inbox.client_ca", path);
  ::SSL_CTX_set_client_CA_list(context, names);  // takes them over
  return Done{};
}

}  // namespace

Result<> prepare_tls(SSL_CTX* context, const TlsFiles& files) {
  ::ERR_clear_error();
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_num_tickets(context, 0);
  ::SSL_CTX_set_max_cert_list(context, kMostCertificates);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // a connection that waits costs little
  if (::SSL_CTX_set_cipher_list(context, kCiphers) != 1) return refused("the list of ciphers", "");
  if (::SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return refused("inbox.certificate", files.certificate);
  if (::SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(context) != 1)
    return refused("inbox.key", files.key);
  if (auto loaded = load_client_ca(context, files.client_ca); !loaded) return loaded;
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, remember_chain);
  return Done{};
}

std::optional<PeerCertificate> peer_certificate(SSL* connection) {
  const std::unique_ptr<X509, void (*)(X509*)> shown(::SSL_get1_peer_certificate(connection), ::X509_free);
  const auto digest = digest_of(shown.get());
  if (!digest) return std::nullopt;
  PeerCertificate peer;
  peer.digest = *digest;
  peer.from = to_instant(::X509_get0_notBefore(shown.get()));
  peer.until = to_instant(::X509_get0_notAfter(shown.get()));
  const auto* authorities = ::SSL_CTX_get_client_CA_list(::SSL_get_SSL_CTX(connection));
  const bool asked = authorities != nullptr && sk_X509_NAME_num(authorities) > 0;
  peer.chain_fine = !asked || ::SSL_get_ex_data(connection, chain_broken_index()) == nullptr;
  return peer;
}

std::optional<Digest> own_certificate(SSL_CTX* context) { return digest_of(::SSL_CTX_get0_certificate(context)); }

}  // namespace vestitel
