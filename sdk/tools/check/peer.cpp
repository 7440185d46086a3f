#include "sdk/tools/check/peer.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace vestitel::check {
namespace {

constexpr std::size_t kMaxWire = 64 << 20;
constexpr int kSlowMs = 50;  // a byte each

OwnedFd bound(int& port) {
  OwnedFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return {};
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

std::unique_ptr<Peer> Peer::start(const std::string& kind) {
  std::unique_ptr<Peer> peer(new Peer(kind));
  if (!peer->listen()) return nullptr;
  std::thread([at = peer.get()] { at->run(); }).detach();  // as long as the process
  return peer;
}

bool Peer::listen() {
  listener_ = bound(port_);
  closed_ = bound(closed_port_);
  return listener_ && closed_ && ::listen(listener_.get(), 64) == 0;
}

void Peer::play(const std::string& scene) {
  const std::lock_guard lock(mutex_);
  scene_ = scene;
  for (auto& [fd, line] : lines_) line.close = true;
}

std::vector<std::string> Peer::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::string Peer::wire() const {
  const std::lock_guard lock(mutex_);
  return wire_;
}

std::size_t Peer::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_.size();
}

void Peer::run() {
  for (;;) {
    std::vector<pollfd> watched = {{listener_.get(), POLLIN, 0}};
    bool slow = false;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [fd, line] : lines_) {
        slow = slow || line.slow;
        const bool full = !line.slow && !line.out.empty();
        watched.push_back({fd, static_cast<short>(POLLIN | (full ? POLLOUT : 0)), 0});
      }
    }
    ::poll(watched.data(), watched.size(), slow ? kSlowMs : 20);
    const std::lock_guard lock(mutex_);
    for (int fd = 0; (fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;)
      lines_[fd] = Line();
    for (auto at = lines_.begin(); at != lines_.end();) {
      step(at->first, at->second);
      if (at->second.close && at->second.out.empty()) {
        ::close(at->first);
        at = lines_.erase(at);
      } else {
        ++at;
      }
    }
  }
}

void Peer::step(int fd, Line& line) {
  char buffer[65536];
  for (ssize_t n = 0; !line.close && (n = ::recv(fd, buffer, sizeof buffer, 0)) != -1;) {
    if (n == 0) {
      line.close = true;
      line.out.clear();
      return;
    }
    line.in.append(buffer, static_cast<std::size_t>(n));
    if (wire_.size() < kMaxWire) wire_.append(buffer, static_cast<std::size_t>(n));
  }
  if (!line.mute && !line.close) answer(line);
  if (!send(fd, line)) {
    line.close = true;
    line.out.clear();
  }
}

void Peer::answer(Line& line) {
  if (kind_ == "smtp") return answer_smtp(scene_, line, taken_);
  answer_http(scene_, line, taken_);
}

bool Peer::send(int fd, Line& line) {
  if (line.out.empty()) return true;
  const auto n = ::send(fd, line.out.data(), line.slow ? 1 : line.out.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN;
  line.out.erase(0, static_cast<std::size_t>(n));
  return true;
}

}  // namespace vestitel::check
