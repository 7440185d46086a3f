// The sockets of many requests at once, by libcurl and epoll: what an answer costs does not grow with how many others
// are awaited, as it does where all sockets are looked through each time.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <memory>

namespace vestitel {

// Thread: that of its owner, but for wake().
class HttpEvents {
 public:
  HttpEvents();
  ~HttpEvents();
  HttpEvents(const HttpEvents&) = delete;
  HttpEvents& operator=(const HttpEvents&) = delete;

  // Borrows `request` until it is removed. False: there is no memory.
  bool add(CURL* request) { return ::curl_multi_add_handle(multi_.get(), request) == CURLM_OK; }
  void remove(CURL* request) { ::curl_multi_remove_handle(multi_.get(), request); }

  // Carries all of them on by what has come; waits for that `longest` at most.
  void run(std::chrono::milliseconds longest);
  // Null: no further one has ended. The message lives until the next call.
  CURLMsg* next_ended();
  // A run that waits returns. Thread: any.
  void wake();

 private:
  using Steady = std::chrono::steady_clock;
  static int on_interest(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long ms, void* self);
  void act(curl_socket_t socket, int how);
  [[nodiscard]] int wait_ms(std::chrono::milliseconds longest) const;

  std::unique_ptr<CURLM, decltype(&::curl_multi_cleanup)> multi_;
  int epoll_, wake_;
  bool timed_ = false;
  Steady::time_point due_;  // where timed_
};

}  // namespace vestitel
