// TLS over OpenSSL with memory buffers on both sides: cipher bytes and plain bytes in and out, no socket. TLS 1.2 at
// least; the certificate has to chain to the CA file (or the system's) and to name the host.
#pragma once
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace vestitel::sinks {

// The settings of every connection. Immutable once made; [any].
class TlsContext {
 public:
  // `ca_file`: PEM, empty: the system's. Null, with `error` saying why, when it cannot be read.
  static std::unique_ptr<TlsContext> create(const std::string& ca_file, const std::string& host, std::string& error);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class Tls;
  TlsContext(ssl_ctx_st* context, std::string host) : context_(context), host_(std::move(host)) {}
  ssl_ctx_st* context_;
  std::string host_;
};

// One connection's TLS. Not shared between threads.
class Tls {
 public:
  enum class State { shaking, ready, ended, failed };

  // Borrows the context. The first flight is ready for take_cipher() after step().
  explicit Tls(const TlsContext& context);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  void feed(std::string_view cipher);
  // Goes on with the handshake, or reads what has come into `plain`.
  State step(std::string& plain);
  // Why step() failed: the peer's certificate does not prove its name, or else.
  bool bad_certificate() const { return bad_certificate_; }
  // False when the connection can no longer be written.
  bool seal(std::string_view plain);
  std::string take_cipher();

 private:
  State shake();
  State ended(int rc);
  ssl_st* ssl_;
  bool ready_ = false;
  bool bad_certificate_ = false;
};

}  // namespace vestitel::sinks
