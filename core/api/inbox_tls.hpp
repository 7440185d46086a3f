// TLS of the inbox: what the hub shows, and what a partner showed.
#pragma once
#include <optional>
#include <string>

#include "core/api/inbox_auth.hpp"
#include "core/base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace vestitel {

struct TlsFiles {
  std::string certificate;  // PEM, with the certificates that lead to its authority
  std::string key;          // PEM
  std::string client_ca;    // PEM, or ""
};

// TLS 1.2 and 1.3, a client certificate asked for and not required, no session that is taken up again: each connection
// shows its certificate anew. kConfig: a file cannot be used, or certificate and key are no pair.
Result<> prepare_tls(ssl_ctx_st* context, const TlsFiles& files);

// What the peer showed in a handshake that has ended.
std::optional<PeerCertificate> peer_certificate(ssl_st* connection);

// The SHA-256 of the hub's own certificate, that of a prepared context.
std::optional<Digest> own_certificate(ssl_ctx_st* context);

}  // namespace vestitel
