// The sockets of many requests at once, by libcurl and epoll: what an answer costs does not grow with how many
// connections wait for theirs, as it does where all sockets are looked through each time.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>

#include "core/base/owned_fd.hpp"

namespace vestitel {

// Thread: that of its owner, but for wake().
class HttpEvents {
 public:
  HttpEvents();
  HttpEvents(const HttpEvents&) = delete;
  HttpEvents& operator=(const HttpEvents&) = delete;

  // Borrows `request` until it is removed. False: there is no memory.
  bool add(CURL* request);
  void remove(CURL* request);
  // What is added from now on goes by connections of its own; those there are end when all that they carry together has
  // ended. False, and nothing done: several rounds of them are still there.
  bool renew();

  // Carries all of them on by what has come; waits for that `longest` at most.
  void run(std::chrono::milliseconds longest);
  // Null: no further one has ended. The message lives until the next call.
  CURLMsg* next_ended();
  // A run that waits returns. Thread: any.
  void wake();

 private:
  using Steady = std::chrono::steady_clock;
  // Requests that share connections.
  struct Pool {
    Pool(HttpEvents& of, std::uint32_t name);
    HttpEvents& events;
    const std::uint32_t number;
    const std::unique_ptr<CURLM, decltype(&::curl_multi_cleanup)> multi;
    std::size_t carried = 0;
    bool timed = false;
    Steady::time_point due;  // where timed
  };
  static int on_interest(CURL*, curl_socket_t socket, int what, void* pool, void*);
  static int on_timer(CURLM*, long ms, void* pool);
  void act(Pool& pool, curl_socket_t socket, int how);
  void act_on_time();
  [[nodiscard]] int wait_ms(std::chrono::milliseconds longest) const;

  const OwnedFd epoll_, wake_;
  std::uint32_t pools_made_ = 0;
  std::list<Pool> pools_;  // the newest last: it takes what is added
};

}  // namespace vestitel
