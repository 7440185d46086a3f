// The router on a thread of its own: walks until nothing is due, then waits to be woken.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/routing/router.hpp"

namespace vestitel {

class RouterWorker {
 public:
  // `routed` is told after each page that was committed. Borrows the router.
  RouterWorker(Router& router, std::function<void()> routed);
  ~RouterWorker() { stop(); }
  RouterWorker(const RouterWorker&) = delete;
  RouterWorker& operator=(const RouterWorker&) = delete;

  void start();
  void stop();
  void wake();  // something was sealed. Thread: any

  [[nodiscard]] bool idle() const { return idle_.load(); }

 private:
  void loop(const std::stop_token& stop);

  Router& router_;
  const std::function<void()> routed_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool poked_ = true;  // under mutex_
  std::atomic<bool> idle_{false};
  std::jthread thread_;
};

}  // namespace vestitel
