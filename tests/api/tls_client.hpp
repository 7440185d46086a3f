// A client that sends exactly the bytes that a test says, over TLS, and reads what comes back.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/owned_fd.hpp"
#include "tests/support/test_certificate.hpp"

namespace vestitel::test {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended without an answer
  std::string head, body;
  [[nodiscard]] std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class TlsClient {
 public:
  explicit TlsClient(int port, const TestCertificate* certificate = nullptr, const char* from = "127.0.0.1") {
    std::signal(SIGPIPE, SIG_IGN);
    connect_tcp(port, from);
    context_.reset(::SSL_CTX_new(::TLS_client_method()));
    if (certificate != nullptr) {
      ::SSL_CTX_use_certificate(context_.get(), certificate->x509());
      ::SSL_CTX_use_PrivateKey(context_.get(), certificate->key());
    }
    tls_.reset(::SSL_new(context_.get()));
    ::SSL_set_fd(tls_.get(), fd_.get());
    connected = ::SSL_connect(tls_.get()) == 1;
  }

  // False: the other side is gone.
  bool send(const std::string& bytes) {
    return connected && (bytes.empty() || ::SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0);
  }

  HttpAnswer ask(const std::string& bytes) {
    send(bytes);
    return answer();
  }

  HttpAnswer answer(bool head_only = false) {
    HttpAnswer out;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return out;
    out.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    out.status = std::stoi(out.head.substr(9, 3));
    const std::string length = out.field("Content-Length");
    const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < size)
      if (!more()) break;
    out.body = buffer_.substr(0, size);
    buffer_.erase(0, out.body.size());
    return out;
  }

  // Everything until the other side ends.
  std::string rest() {
    while (more()) continue;
    return std::exchange(buffer_, "");
  }

  bool connected = false;

 private:
  void connect_tcp(int port, const char* from) {
    fd_ = OwnedFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    const timeval patience{60, 0};  // reached only when something is wrong
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect");
  }
  bool more() {
    char bytes[16'384];
    const int n = connected ? ::SSL_read(tls_.get(), bytes, sizeof bytes) : 0;
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  struct Free {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
    void operator()(SSL* tls) const { ::SSL_free(tls); }
  };
  OwnedFd fd_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;
  std::string buffer_;
};

}  // namespace vestitel::test
