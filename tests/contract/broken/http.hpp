// A sink that posts each message to host:port over a socket of its own, and passes the kit. Broken ones change the
// verdict or the request.
#pragma once
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vestitel/plugin.hpp>

namespace http {

using vestitel::Scope;
using vestitel::Verdict;

constexpr vestitel::Field kFields[] = {
    vestitel::field::text("host", "The provider.").required().example("127.0.0.1"),
    vestitel::field::integer("port", "Its port.").by_default("80").range(1, 65535),
};

// What came of one request: a status and its Retry-After, or neither.
struct Answer {
  bool sent = false;  // the request has left
  int status = 0;
  std::int64_t retry_after_ms = 0;
};

class Sink {
 public:
  static constexpr vestitel::Traits kTraits = vestitel::Traits().needs_net().max_batch(20).max_body(1 << 20);
  Sink(const vestitel::Settings& settings, const vestitel::Host& host) : settings_(settings), host_(host) {}
  virtual ~Sink() = default;

  void check() {
    const int fd = dial();
    if (fd < 0) throw vestitel::Error::retry("the provider cannot be reached");
    ::close(fd);
  }

  Verdict deliver(const vestitel::Message& message) {
    if (message.body.size() > 1 << 20) return Verdict::permanent("the body is too large");
    const int fd = dial();
    if (fd < 0) return Verdict::retry("the provider cannot be reached", Scope::link);
    const Answer answer = exchange(fd, request(message));
    ::close(fd);
    return verdict(answer);
  }

  // Of a provider that knows its messages by their keys.
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i) {
      const int fd = plain(doubts[i].idem_key) ? dial() : -1;
      if (fd < 0) continue;
      const std::string key(doubts[i].idem_key);
      answers.settle(i, found(exchange(fd, "GET /messages/" + key + " HTTP/1.1\r\nHost: provider\r\n\r\n")));
      ::close(fd);
    }
  }

 protected:
  virtual Verdict found(const Answer& a) const {
    if (a.status == 200) return Verdict::delivered();
    return a.status == 404 ? Verdict::retry("not there") : Verdict::unknown("no usable answer");
  }
  virtual std::string headers(const vestitel::Message&) const { return {}; }
  virtual Verdict verdict(const Answer& a) const {
    const std::string why = "the provider answered " + std::to_string(a.status);
    if (!a.sent) return Verdict::retry("connection lost", Scope::link);
    if (a.status == 0) return Verdict::unknown("no usable answer");
    if (a.status == 200) return Verdict::delivered();
    if (a.status == 401) return Verdict::config_error(why);
    if (a.status == 410) return Verdict::contact_dead(why);
    if (a.status == 429 || a.status >= 500)
      return Verdict::retry(why, Scope::sink, std::chrono::milliseconds(a.retry_after_ms));
    return Verdict::permanent(why);
  }

 private:
  static bool plain(std::string_view key) {
    for (const char c : key)
      if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return false;
    return !key.empty() && key.size() < 200;
  }
  int dial() const {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    const std::string port = std::to_string(settings_.integer("port"));
    if (::getaddrinfo(settings_.text("host").c_str(), port.c_str(), &hints, &found) != 0) return -1;
    const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = fd >= 0 && ::connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    ::freeaddrinfo(found);
    if (connected) return fd;
    if (fd >= 0) ::close(fd);
    return -1;
  }
  std::string request(const vestitel::Message& message) const {
    const std::string body = "{\"to\":" + vestitel::json_quote(message.to) +
                             ",\"title\":" + vestitel::json_quote(message.title) +
                             ",\"text\":" + vestitel::json_quote(message.body) + "}";
    return "POST /messages HTTP/1.1\r\nHost: provider\r\n" + headers(message) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  // Two seconds are all that it waits, and a cancel ends it sooner.
  Answer exchange(int fd, const std::string& text) const {
    Answer answer;
    for (std::size_t at = 0; at < text.size();) {
      const auto n = ::send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return answer;
      at += static_cast<std::size_t>(n);
    }
    answer.sent = true;
    std::string head;
    for (int waited = 0;
         waited < 40 && !host_.cancelled() && head.find("\r\n\r\n") == std::string::npos && head.size() < 4096;
         ++waited) {
      pollfd ready{fd, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      char buffer[1024];
      const auto n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      head.append(buffer, static_cast<std::size_t>(n));
    }
    if (head.substr(0, 9) != "HTTP/1.1 " || head.find("\r\n\r\n") == std::string::npos) return answer;
    answer.status = std::atoi(head.c_str() + 9);
    const std::size_t later = head.find("Retry-After: ");
    if (later != std::string::npos) answer.retry_after_ms = std::atoi(head.c_str() + later + 13) * 1000;
    return answer;
  }

  const vestitel::Settings& settings_;
  const vestitel::Host& host_;
};

}  // namespace http

#define BROKEN_HTTP(Class) VESTITEL_EXPORT_SINK(Class, "com.example.broken", "Broken", "1.0.0", http::kFields)
