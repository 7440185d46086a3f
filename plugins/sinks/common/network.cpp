#include "plugins/sinks/common/network.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>

namespace vestitel::sinks {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t steady_now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

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
    out.push_back(address);
  }
  freeaddrinfo(found);
  return out;
}

// Not in the sandbox, where an address that needs no resolver would seem to be within reach.
bool makes_sockets() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno != EPERM && errno != EACCES;
  ::close(fd);
  return true;
}

bool same(const std::vector<Address>& a, const std::vector<Address>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Address& x, const Address& y) {
    return x.size == y.size && std::memcmp(&x.storage, &y.storage, x.size) == 0;
  });
}

// The peer's addresses, and which to begin with: shared by the streams, so that one learns from another's failure.
struct Addresses {
  std::vector<Address> list;
  std::size_t first = 0;

  void failed(std::size_t which) {
    if (which == first) first = (first + 1) % list.size();
  }
};

// A socket that tries the peer's addresses one after the other until one answers.
class SocketStream final : public Stream {
 public:
  SocketStream(std::shared_ptr<Addresses> addresses, const PollSettings& settings)
      : addresses_(std::move(addresses)),
        settings_(settings),
        at_(addresses_->first),
        left_(addresses_->list.size()),
        until_(settings.now_us() + settings.connect_us) {
    try_next();
  }
  // One that is connected already; it is this stream's from now on.
  SocketStream(int fd, const PollSettings& settings) : settings_(settings), at_(0), left_(0), until_(0), fd_(fd) {
    const int on = 1;
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    state_ = Connected::done;
  }
  ~SocketStream() override { close_fd(); }
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  int fd() const { return fd_; }
  bool pending() const { return state_ == Connected::pending; }
  // When connected() may have news without the socket having any.
  std::int64_t due() const { return pending() ? due_ : kNever; }

  Connected connected() override {
    while (state_ == Connected::pending) {
      pollfd probe{fd_, POLLOUT, 0};
      if (::poll(&probe, 1, 0) <= 0) {
        if (settings_.now_us() < due_) return state_;
        give_up_address();
        if (left_ == 0) return state_;  // nobody else waits: until the owner's own deadline
        try_next();
        continue;
      }
      int error = 0;
      socklen_t size = sizeof error;
      if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
        state_ = Connected::done;
      } else {
        give_up_address();
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
    state_ = Connected::failed;
    while (left_ > 0 && state_ == Connected::failed) {
      const std::int64_t now = settings_.now_us();
      due_ = now + std::max<std::int64_t>(until_ - now, 0) / static_cast<std::int64_t>(left_);
      current_ = at_;
      at_ = (at_ + 1) % addresses_->list.size();
      --left_;
      state_ = try_address(addresses_->list[current_]);
      if (state_ == Connected::failed) give_up_address();
    }
  }

  Connected try_address(const Address& address) {
    close_fd();
    fd_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Connected::failed;
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return Connected::done;
    return errno == EINPROGRESS ? Connected::pending : Connected::failed;
  }

  void give_up_address() {
    addresses_->failed(current_);
    due_ = kNever;
  }

  void close_fd() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  const std::shared_ptr<Addresses> addresses_;  // never empty where there is something to try
  const PollSettings& settings_;
  std::size_t at_, left_, current_ = 0;  // the next to try, how many not tried, the one being tried
  const std::int64_t until_;
  std::int64_t due_ = kNever;  // the end of the current one's share
  int fd_ = -1;
  Connected state_ = Connected::failed;
};

class PollNetwork final : public Network {
 public:
  explicit PollNetwork(PollSettings settings) : settings_(std::move(settings)) {}
  ~PollNetwork() override {
    if (wake_fd_ >= 0) ::close(wake_fd_);
  }
  PollNetwork(const PollNetwork&) = delete;
  PollNetwork& operator=(const PollNetwork&) = delete;

  std::int64_t now_us() override { return settings_.now_us(); }

  std::unique_ptr<Stream> connect() override {
    constexpr std::int64_t kKeep = 60'000'000;
    if (!makes_sockets_) return borrowed();
    if (addresses_->list.empty() || now_us() - resolved_us_ > kKeep) {
      auto found = settings_.resolve();
      if (!same(found, addresses_->list)) addresses_ = std::make_shared<Addresses>(Addresses{std::move(found)});
      resolved_us_ = now_us();
    }
    if (addresses_->list.empty()) return borrowed();
    return std::make_unique<SocketStream>(addresses_, settings_);
  }

  void wait(std::vector<Interest>& interests, std::int64_t until_us) override {
    std::vector<pollfd> fds;
    for (const Interest& interest : interests) {
      const auto& socket = static_cast<const SocketStream&>(*interest.stream);  // every stream here is one of ours
      const bool write = interest.write || socket.pending();
      until_us = std::min(until_us, socket.due());
      fds.push_back({socket.fd(), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0});
    }
    if (wake_fd_ >= 0) fds.push_back({wake_fd_, POLLIN, 0});
    const std::int64_t left_us = std::clamp<std::int64_t>(until_us - now_us(), 0, 3'600'000'000);
    ::poll(fds.data(), fds.size(), static_cast<int>((left_us + 999) / 1000));
    if (wake_fd_ >= 0 && fds.back().revents != 0) {
      eventfd_t woken = 0;
      ::eventfd_read(wake_fd_, &woken);
    }
    for (std::size_t i = 0; i < interests.size(); ++i) interests[i].ready = fds[i].revents != 0;
  }

  void wake() override { ::eventfd_write(wake_fd_, 1); }

 private:
  std::unique_ptr<Stream> borrowed() {
    const int fd = settings_.borrow ? settings_.borrow() : -1;
    return fd < 0 ? nullptr : std::make_unique<SocketStream>(fd, settings_);
  }

  const PollSettings settings_;
  const bool makes_sockets_ = !settings_.borrow || makes_sockets();
  std::shared_ptr<Addresses> addresses_ = std::make_shared<Addresses>();
  std::int64_t resolved_us_ = 0;
  const int wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
};

}  // namespace

std::unique_ptr<Network> poll_network(PollSettings settings) {
  return std::make_unique<PollNetwork>(std::move(settings));
}

std::unique_ptr<Network> poll_network(std::string host, std::uint16_t port, std::int64_t connect_us,
                                      std::function<int()> borrow) {
  return poll_network(
      {[host = std::move(host), port] { return resolve(host, port); }, steady_now_us, connect_us, std::move(borrow)});
}

}  // namespace vestitel::sinks
