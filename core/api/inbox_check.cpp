#include "core/api/inbox_check.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <memory>

#include "core/api/inbox_tls.hpp"
#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"

namespace vestitel {
namespace {

constexpr timeval kPatience{5, 0};

using Context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;
using Connection = std::unique_ptr<SSL, void (*)(SSL*)>;

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

Address address_of(const InboxSettings& settings) {
  Address out;
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.bytes);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.bytes);
  if (::inet_pton(AF_INET6, settings.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(settings.port);
    out.size = sizeof *v6;
  } else if (::inet_pton(AF_INET, settings.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(settings.port);
    out.size = sizeof *v4;
  }
  return out;
}

OwnedFd socket_for(const Address& address) {
  OwnedFd fd(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  return fd;
}

// The certificate of whoever answers there.
std::optional<Digest> shown_at(const Address& address) {
  const OwnedFd fd = socket_for(address);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) != 0) return std::nullopt;
  const Context context(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
  const Connection connection(::SSL_new(context.get()), ::SSL_free);
  ::SSL_set_fd(connection.get(), fd.get());
  if (::SSL_connect(connection.get()) != 1) return std::nullopt;
  const auto peer = peer_certificate(connection.get());
  return peer ? std::optional(peer->digest) : std::nullopt;
}

Result<Context> prepared(const InboxSettings& settings) {
  Context context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
  if (auto ready = prepare_tls(context.get(), {settings.certificate, settings.key, settings.client_ca}); !ready)
    return ready.error();
  return context;
}

}  // namespace

Result<> inbox_usable(const InboxSettings& settings) {
  const auto context = prepared(settings);
  return context ? Result<>(Done{}) : context.error();
}

Result<> inbox_reachable(const InboxSettings& settings) {
  const auto context = prepared(settings);
  if (!context) return context.error();
  const Address address = address_of(settings);
  const OwnedFd fd = socket_for(address);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0 &&
      ::listen(fd.get(), 1) == 0)
    return Done{};
  const int why = errno;
  if (why == EADDRINUSE && shown_at(address) == own_certificate(context->get())) return Done{};
  return {Failure::kConfig,
          "inbox.listen: " + settings.host + " port " + std::to_string(settings.port) + ": " + os_error(why)};
}

}  // namespace vestitel
