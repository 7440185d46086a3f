#include "core/host/control.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/base/os_error.hpp"
#include "core/host/setup.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMost = 16U << 20;

struct Socket {
  int fd = -1;
  explicit Socket(int f) : fd(f) {}
  ~Socket() {
    if (fd >= 0) ::close(fd);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
};

Error broken(const char* action) {
  return {Failure::kIo, std::string(action) + " over the control socket: " + os_error()};
}

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool receive_all(int fd, char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, into, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    into += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool send_frame(int fd, const json& value) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto n = static_cast<std::uint32_t>(text.size());
  if (n > kMost) return false;
  const std::array<char, 4> head{static_cast<char>(n), static_cast<char>(n >> 8), static_cast<char>(n >> 16),
                                 static_cast<char>(n >> 24)};
  return send_all(fd, {head.data(), head.size()}) && send_all(fd, text);
}

std::optional<json> receive_frame(int fd) {
  std::array<unsigned char, 4> head{};
  if (!receive_all(fd, reinterpret_cast<char*>(head.data()), head.size())) return std::nullopt;
  const std::uint32_t n = head[0] | static_cast<std::uint32_t>(head[1]) << 8 |
                          static_cast<std::uint32_t>(head[2]) << 16 | static_cast<std::uint32_t>(head[3]) << 24;
  if (n > kMost) return std::nullopt;
  std::string text(n, '\0');
  if (!receive_all(fd, text.data(), text.size())) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

std::optional<ControlRequest> request_of(const json& value) {
  if (!value.contains("words") || !value["words"].is_array()) return std::nullopt;
  ControlRequest request;
  for (const json& word : value["words"]) {
    if (!word.is_string()) return std::nullopt;
    request.words.push_back(word.get<std::string>());
  }
  if (value.contains("folder") && value["folder"].is_string()) request.folder = value["folder"].get<std::string>();
  request.standings = value.value("standings", json(false)) == true;
  request.metrics = value.value("metrics", json(false)) == true;
  if (value.contains("input") && value["input"].is_string()) request.input = value["input"].get<std::string>();
  return request;
}

}  // namespace

std::string control_path(const HubConfig& config) { return store_folder(config) + "/control.sock"; }

bool control_listens(const HubConfig& config) {
  sockaddr_un address{};
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return address_of(control_path(config), address) &&
         ::connect(socket.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<ControlAnswer> ask_hub(const HubConfig& config, const ControlRequest& request,
                              std::optional<std::chrono::milliseconds> patience) {
  sockaddr_un address{};
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address_of(control_path(config), address) ||
      ::connect(socket.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return broken("asking the running hub");
  if (request.input.size() > kMost / 2)
    return Error{Failure::kInvalid, "asking the running hub: more than 8 MiB on standard input; give a file"};
  if (patience) {
    const timeval wait{patience->count() / 1000, patience->count() % 1000 * 1000};
    ::setsockopt(socket.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
  const bool sent = send_frame(socket.fd, {{"words", request.words},
                                           {"folder", request.folder},
                                           {"input", request.input},
                                           {"standings", request.standings},
                                           {"metrics", request.metrics}});
  errno = 0;
  const auto answer = sent ? receive_frame(socket.fd) : std::nullopt;
  if (!answer && errno == EAGAIN) return Error{Failure::kBusy, "asking the running hub: it is carrying out a verb"};
  if (!answer)
    return Error{Failure::kCancelled,
                 "asking the running hub: the hub ended while it worked; the same command goes on later"};
  return ControlAnswer{answer->value("exit", 1), answer->value("out", ""), answer->value("err", "")};
}

Result<std::unique_ptr<ControlServer>> ControlServer::open(const HubConfig& config, Handler handler) {
  const std::string path = control_path(config);
  sockaddr_un address{};
  if (!address_of(path, address))
    return Error{Failure::kConfig, "opening the control socket " + path + ": the path is too long"};
  ::unlink(path.c_str());  // ours: the store's lock is held
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return broken("listening");
  // The folder is closed to others, so nobody else can reach the socket between bind and chmod.
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd, 8) != 0) {
    ::close(fd);
    return broken("listening");
  }
  return std::unique_ptr<ControlServer>(new ControlServer(path, fd, std::move(handler)));
}

ControlServer::ControlServer(std::string path, int fd, Handler handler)
    : path_(std::move(path)), fd_(fd), handler_(std::move(handler)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

ControlServer::~ControlServer() {
  thread_.request_stop();
  thread_.join();
  ::close(fd_);
  ::unlink(path_.c_str());
}

void ControlServer::loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    const Socket peer(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.fd < 0) continue;
    const timeval patience{5, 0};
    ::setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto frame = receive_frame(peer.fd);
    const auto request = frame ? request_of(*frame) : std::nullopt;
    if (!request) continue;
    const ControlAnswer answer = handler_(*request, stop);
    if (!send_frame(peer.fd, {{"exit", answer.exit}, {"out", answer.out}, {"err", answer.err}}))
      log::warning("control_answer_lost");
  }
}

}  // namespace vestitel
