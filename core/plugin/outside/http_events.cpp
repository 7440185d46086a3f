#include "core/plugin/outside/http_events.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <system_error>

#include "core/plugin/outside/link_pace.hpp"
#include "core/plugin/services/tables.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kEvents = 64;  // taken at a time

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] { static_cast<void>(::curl_global_init(CURL_GLOBAL_DEFAULT)); });
}

int opened(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "the HTTP client");
  return descriptor;
}

}  // namespace

HttpEvents::HttpEvents()
    : multi_((initialize(), ::curl_multi_init()), ::curl_multi_cleanup),
      epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))),
      wake_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  CURLM* const multi = multi_.get();
  ::curl_multi_setopt(multi, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  ::curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, long{kHttpInFlight});
  ::curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, long{kHttpInFlight});
  ::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &HttpEvents::on_interest);
  ::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &HttpEvents::on_timer);
  ::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  static_cast<void>(opened(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event)));
}

// The connections that are kept are closed while epoll still stands.
HttpEvents::~HttpEvents() {
  multi_.reset();
  ::close(wake_);
  ::close(epoll_);
}

void HttpEvents::run(std::chrono::milliseconds longest) {
  if (timed_ && due_ <= Steady::now()) {
    timed_ = false;
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms(longest));
  for (int i = 0; i < count; ++i) {
    const auto [bits, data] = events[static_cast<std::size_t>(i)];
    if (data.fd == wake_) {
      std::uint64_t calls = 0;
      static_cast<void>(::read(wake_, &calls, sizeof calls) == 0);
      continue;
    }
    act(data.fd, ((bits & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((bits & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                     ((bits & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0));
  }
}

void HttpEvents::act(curl_socket_t socket, int how) {
  int running = 0;
  ::curl_multi_socket_action(multi_.get(), socket, how, &running);
}

int HttpEvents::wait_ms(std::chrono::milliseconds longest) const {
  if (!timed_) return static_cast<int>(longest.count());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Steady::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
}

CURLMsg* HttpEvents::next_ended() {
  int left = 0;
  while (CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE) return message;
  return nullptr;
}

void HttpEvents::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_, &one, sizeof one) == 0);
}

// What libcurl wants to hear of a socket. One that it has closed meanwhile has left epoll by itself.
int HttpEvents::on_interest(CURL*, curl_socket_t socket, int what, void* self, void*) {
  const int epoll = static_cast<HttpEvents*>(self)->epoll_;
  epoll_event event{};
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  event.events = (what == CURL_POLL_OUT ? 0U : unsigned{EPOLLIN}) | (what == CURL_POLL_IN ? 0U : unsigned{EPOLLOUT});
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0) return 0;
  return errno == EEXIST && ::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0 ? 0 : -1;
}

int HttpEvents::on_timer(CURLM*, long ms, void* self) {
  auto& me = *static_cast<HttpEvents*>(self);
  me.timed_ = ms >= 0;
  if (me.timed_) me.due_ = Steady::now() + std::chrono::milliseconds(ms);
  return 0;
}

}  // namespace vestitel
