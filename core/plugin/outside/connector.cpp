#include "core/plugin/outside/connector.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/outside/addresses.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

struct Addresses {
  explicit Addresses(addrinfo* found) : first(found, ::freeaddrinfo) {}
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> first;
};

constexpr milliseconds kLook{100};  // how often it is asked whether anybody still waits

// 0, or the errno of what failed.
int connect_to(int socket, const addrinfo& address, Steady::time_point until, const std::atomic<bool>& cancelled) {
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - Steady::now());
    if (left.count() <= 0) return ETIMEDOUT;
    if (cancelled) return ECANCELED;
    pollfd one{socket, POLLOUT, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min(left, kLook).count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) return errno;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }
}

class GrantedConnector final : public Connector {
 public:
  explicit GrantedConnector(Reach reach) : reach_(std::move(reach)) {}

  void cancel() override { cancelled_ = true; }
  void resume() override { cancelled_ = false; }

  Result<OwnedFd> connect(std::string_view host, std::uint16_t port, milliseconds patience) override {
    const std::string name = safe_text(host, 253) + ':' + std::to_string(port);
    if (!reach_.allows(host, port)) return {Failure::kDenied, "connecting to " + name + ": not granted"};
    const auto until = Steady::now() + patience;
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(std::string(host).c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (failed != 0) return {Failure::kBusy, "connecting to " + name + ": " + ::gai_strerror(failed)};
    const Addresses addresses(found);
    const bool only_public = reach_.only_by_wildcard(host, port);
    int error = EADDRNOTAVAIL;
    for (const addrinfo* one = addresses.first.get(); one != nullptr; one = one->ai_next) {
      if (only_public && !is_public(*one->ai_addr)) continue;
      OwnedFd socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (!socket) return {Failure::kIo, "connecting to " + name + ": " + os_error()};
      error = connect_to(socket.get(), *one, until, cancelled_);
      if (error == ECANCELED) return {Failure::kCancelled, "connecting to " + name + ": cancelled"};
      if (error != 0) continue;
      ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
      return Result<OwnedFd>(std::move(socket));
    }
    return {Failure::kBusy, "connecting to " + name + ": " + os_error(error)};
  }

 private:
  const Reach reach_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

std::shared_ptr<Connector> make_connector(Reach reach) { return std::make_shared<GrantedConnector>(std::move(reach)); }

}  // namespace vestitel
