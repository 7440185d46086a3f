// A server on loopback that speaks just enough HTTP/1.1 to answer as a test wants, right or wrong.
#pragma once
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace vestitel::test {

class HttpPeer {
 public:
  // Given the request (head and body) and its number from 0: the bytes to answer with; "": close without a word.
  using Script = std::function<std::string(const std::string& request, int number)>;

  explicit HttpPeer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no peer");
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~HttpPeer() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& one : serving_) one.join();
    ::close(listener_);
  }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] int asked() const { return asked_; }
  [[nodiscard]] int connections() const { return connections_; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] bool stopping() const { return stopping_; }

  static std::string answer(int status, const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd one{listener_, POLLIN, 0};
      if (::poll(&one, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      serving_.emplace_back([this, fd] {
        serve(fd);
        ::close(fd);
      });
    }
  }

  bool more(int fd, std::string& into) {
    while (!stopping_) {
      pollfd one{fd, POLLIN, 0};
      if (::poll(&one, 1, 20) <= 0) continue;
      char bytes[16384];
      const ssize_t got = ::read(fd, bytes, sizeof bytes);
      if (got <= 0) return false;
      into.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }

  void serve(int fd) {
    std::string in;
    while (true) {
      std::size_t head = 0;
      while ((head = in.find("\r\n\r\n")) == std::string::npos)
        if (!more(fd, in)) return;
      std::size_t length = 0;
      if (const auto at = in.find("Content-Length: "); at != std::string::npos && at < head)
        length = std::stoul(in.substr(at + 16));
      while (in.size() < head + 4 + length)
        if (!more(fd, in)) return;
      const std::string request = in.substr(0, head + 4 + length);
      in.erase(0, request.size());
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string out = script_(request, asked_++);
      if (out.empty() || ::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  const Script script_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> asked_{0}, connections_{0};
  std::mutex mutex_;
  std::vector<std::string> requests_;  // under mutex_
  std::vector<std::thread> serving_;   // the accepting thread's own until it has been joined
  std::thread accepting_;
};

}  // namespace vestitel::test
