#include "plugins/sinks/smtp/network.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace vestitel::smtp {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = 0;
};

// Blocks for as long as the machine's resolver does; relays are few and near, and the answer is kept for a minute.
std::vector<Address> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  std::vector<Address> out;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return out;
  for (const addrinfo* a = found; a != nullptr && out.size() < 8; a = a->ai_next) {
    Address address;
    if (a->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
    address.size = a->ai_addrlen;
    address.family = a->ai_family;
    out.push_back(address);
  }
  freeaddrinfo(found);
  return out;
}

// A socket that tries the peer's addresses one after the other until one answers.
class SocketStream final : public Stream {
 public:
  explicit SocketStream(std::vector<Address> addresses) : addresses_(std::move(addresses)) { try_next(); }
  ~SocketStream() override { close_fd(); }
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  int fd() const { return fd_; }
  bool pending() const { return state_ == Connected::pending; }

  Connected connected() override {
    while (state_ == Connected::pending) {
      pollfd probe{fd_, POLLOUT, 0};
      if (::poll(&probe, 1, 0) <= 0) return state_;
      int error = 0;
      socklen_t size = sizeof error;
      if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
        state_ = Connected::done;
      } else {
        try_next();
      }
    }
    return state_;
  }

  IoResult read(char* into, std::size_t cap) override {
    const ssize_t n = ::recv(fd_, into, cap, 0);
    if (n > 0) return {IoResult::Kind::done, static_cast<std::size_t>(n)};
    return {n < 0 && would_block() ? IoResult::Kind::again : IoResult::Kind::ended};
  }

  IoResult write(std::string_view bytes) override {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) return {IoResult::Kind::done, static_cast<std::size_t>(n)};
    return {would_block() ? IoResult::Kind::again : IoResult::Kind::ended};
  }

 private:
  static bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  void try_next() {
    for (state_ = Connected::failed; next_ < addresses_.size() && state_ == Connected::failed; ++next_) {
      close_fd();
      const Address& address = addresses_[next_];
      fd_ = ::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (fd_ < 0) continue;
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      const int rc = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size);
      if (rc == 0) state_ = Connected::done;
      if (rc != 0 && errno == EINPROGRESS) state_ = Connected::pending;
    }
  }

  void close_fd() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  int fd_ = -1;
  Connected state_ = Connected::failed;
};

class PollNetwork final : public Network {
 public:
  PollNetwork(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  std::int64_t now_us() override {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
  }

  std::unique_ptr<Stream> connect() override {
    constexpr std::int64_t kKeep = 60'000'000;
    if (addresses_.empty() || now_us() - resolved_us_ > kKeep) {
      addresses_ = resolve(host_, port_);
      resolved_us_ = now_us();
    }
    if (addresses_.empty()) return nullptr;
    return std::make_unique<SocketStream>(addresses_);
  }

  void wait(std::vector<Interest>& interests, std::int64_t until_us) override {
    std::vector<pollfd> fds;
    for (const Interest& interest : interests) {
      const auto& socket = static_cast<const SocketStream&>(*interest.stream);  // every stream here is one of ours
      const bool write = interest.write || socket.pending();
      fds.push_back({socket.fd(), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0});
    }
    const std::int64_t left_us = std::clamp<std::int64_t>(until_us - now_us(), 0, 3'600'000'000);
    ::poll(fds.data(), fds.size(), static_cast<int>((left_us + 999) / 1000));
    for (std::size_t i = 0; i < fds.size(); ++i) interests[i].ready = fds[i].revents != 0;
  }

 private:
  const std::string host_;
  const std::uint16_t port_;
  std::vector<Address> addresses_;
  std::int64_t resolved_us_ = 0;
};

}  // namespace

std::unique_ptr<Network> poll_network(std::string host, std::uint16_t port) {
  return std::make_unique<PollNetwork>(std::move(host), port);
}

}  // namespace vestitel::smtp
