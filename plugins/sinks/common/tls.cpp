#include "plugins/sinks/common/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace vestitel::sinks {
namespace {

bool is_ip(const std::string& host) {
  std::array<unsigned char, 16> raw{};
  return inet_pton(AF_INET, host.c_str(), raw.data()) == 1 || inet_pton(AF_INET6, host.c_str(), raw.data()) == 1;
}

}  // namespace

std::unique_ptr<TlsContext> TlsContext::create(const std::string& ca_file, const std::string& host,
                                               std::string& error) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) {
    error = "no TLS context";
    return nullptr;
  }
  std::unique_ptr<TlsContext> made(new TlsContext(context, host));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    error = "the CA file cannot be read or holds no certificate";
    return nullptr;
  }
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Tls::Tls(const TlsContext& context) : ssl_(SSL_new(context.context_)) {
  if (ssl_ == nullptr) return;
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
  if (is_ip(context.host_)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), context.host_.c_str());
  } else {
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl_, context.host_.c_str());
    SSL_set_tlsext_host_name(ssl_, context.host_.c_str());
  }
}

Tls::~Tls() { SSL_free(ssl_); }

void Tls::feed(std::string_view cipher) {
  if (ssl_ != nullptr) BIO_write(SSL_get_rbio(ssl_), cipher.data(), static_cast<int>(cipher.size()));
}

Tls::State Tls::ended(int rc) {
  const int error = SSL_get_error(ssl_, rc);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return ready_ ? State::ready : State::shaking;
  if (ready_ && error == SSL_ERROR_ZERO_RETURN) return State::ended;
  if (SSL_get_verify_result(ssl_) != X509_V_OK) bad_certificate_ = true;
  return State::failed;
}

Tls::State Tls::shake() {
  ERR_clear_error();
  const int rc = SSL_do_handshake(ssl_);
  if (rc != 1) return ended(rc);
  ready_ = true;
  return State::ready;
}

Tls::State Tls::step(std::string& plain) {
  if (ssl_ == nullptr) return State::failed;
  if (!ready_) return shake();
  std::array<char, std::size_t{16} * 1024> buffer{};
  for (;;) {
    ERR_clear_error();
    const int n = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (n <= 0) return ended(n);
    plain.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

bool Tls::seal(std::string_view plain) {
  if (ssl_ == nullptr || !ready_) return false;
  ERR_clear_error();
  return plain.empty() || SSL_write(ssl_, plain.data(), static_cast<int>(plain.size())) > 0;
}

std::string Tls::take_cipher() {
  std::string out;
  if (ssl_ == nullptr) return out;
  BIO* bio = SSL_get_wbio(ssl_);
  out.resize(BIO_ctrl_pending(bio));
  if (out.empty()) return out;
  const int n = BIO_read(bio, out.data(), static_cast<int>(out.size()));
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

}  // namespace vestitel::sinks
