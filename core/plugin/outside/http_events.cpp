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

#include "core/plugin/services/tables.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kEvents = 64;  // taken at a time
constexpr std::size_t kMostPools = 4;
constexpr std::uint64_t kWake = 0;  // pools count from 1

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] { static_cast<void>(::curl_global_init(CURL_GLOBAL_DEFAULT)); });
}

int opened(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "the HTTP client");
  return descriptor;
}

}  // namespace

HttpEvents::Pool::Pool(HttpEvents& of, std::uint32_t name)
    : events(of), number(name), multi(::curl_multi_init(), ::curl_multi_cleanup) {
  ::curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  ::curl_multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, long{kHttpInFlight});
  ::curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, long{kHttpInFlight});
  ::curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &HttpEvents::on_interest);
  ::curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &HttpEvents::on_timer);
  ::curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
}

HttpEvents::HttpEvents()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))), wake_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  initialize();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWake;
  static_cast<void>(opened(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event)));
  static_cast<void>(renew());
}

bool HttpEvents::renew() {
  if (!pools_.empty() && pools_.back().carried == 0) pools_.pop_back();
  if (pools_.size() >= kMostPools) return false;
  if (!pools_.empty())
    ::curl_multi_setopt(pools_.back().multi.get(), CURLMOPT_MAXCONNECTS, 1L);  // none is needed again
  pools_.emplace_back(*this, ++pools_made_);
  return true;
}

bool HttpEvents::add(CURL* request) {
  Pool& pool = pools_.back();
  if (::curl_multi_add_handle(pool.multi.get(), request) != CURLM_OK) return false;
  ++pool.carried;
  return true;
}

void HttpEvents::remove(CURL* request) {
  for (auto pool = pools_.begin(); pool != pools_.end(); ++pool) {
    if (::curl_multi_remove_handle(pool->multi.get(), request) != CURLM_OK) continue;
    if (--pool->carried == 0 && &*pool != &pools_.back()) pools_.erase(pool);
    return;
  }
}

void HttpEvents::run(std::chrono::milliseconds longest) {
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms(longest));
  for (int i = 0; i < count; ++i) {
    const auto [bits, data] = events[static_cast<std::size_t>(i)];
    if (data.u64 == kWake) {
      std::uint64_t calls = 0;
      static_cast<void>(::read(wake_.get(), &calls, sizeof calls) == 0);
      continue;
    }
    const auto number = static_cast<std::uint32_t>(data.u64 >> 32);
    const auto socket = static_cast<curl_socket_t>(data.u64 & 0xffff'ffff);
    const int how = ((bits & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((bits & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                    ((bits & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    for (Pool& pool : pools_)
      if (pool.number == number) act(pool, socket, how);
  }
  act_on_time();  // last: what it ends is not waited on
}

void HttpEvents::act_on_time() {
  const auto now = Steady::now();
  for (Pool& pool : pools_)
    if (pool.timed && pool.due <= now) {
      pool.timed = false;
      act(pool, CURL_SOCKET_TIMEOUT, 0);
    }
}

void HttpEvents::act(Pool& pool, curl_socket_t socket, int how) {
  int running = 0;
  ::curl_multi_socket_action(pool.multi.get(), socket, how, &running);
}

int HttpEvents::wait_ms(std::chrono::milliseconds longest) const {
  const auto now = Steady::now();
  for (const Pool& pool : pools_)
    if (pool.timed)
      longest = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(pool.due - now), std::chrono::milliseconds(0),
                           longest);
  return static_cast<int>(longest.count());
}

CURLMsg* HttpEvents::next_ended() {
  int left = 0;
  for (const Pool& pool : pools_)
    while (CURLMsg* message = ::curl_multi_info_read(pool.multi.get(), &left))
      if (message->msg == CURLMSG_DONE) return message;
  return nullptr;
}

void HttpEvents::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one) == 0);
}

// What libcurl wants to hear of a socket. One that it has closed meanwhile has left epoll by itself.
int HttpEvents::on_interest(CURL*, curl_socket_t socket, int what, void* of, void*) {
  const Pool& pool = *static_cast<Pool*>(of);
  const int epoll = pool.events.epoll_.get();
  epoll_event event{};
  event.data.u64 = std::uint64_t{pool.number} << 32 | static_cast<std::uint32_t>(socket);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  event.events = (what == CURL_POLL_OUT ? 0U : unsigned{EPOLLIN}) | (what == CURL_POLL_IN ? 0U : unsigned{EPOLLOUT});
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0) return 0;
  if (errno == EEXIST) ::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event);
  return 0;  // what is not heard of runs into its time; a failure would end all requests of the pool
}

int HttpEvents::on_timer(CURLM*, long ms, void* of) {
  Pool& pool = *static_cast<Pool*>(of);
  pool.timed = ms >= 0;
  if (pool.timed) pool.due = Steady::now() + std::chrono::milliseconds(ms);
  return 0;
}

}  // namespace vestitel
