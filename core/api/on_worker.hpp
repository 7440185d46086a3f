// From the server's thread to a worker and back.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace vestitel {

// Does `work` on a worker and comes back to the server's thread with what it gave; until then that thread has something
// to wait for. What it captures has to be trivial, such as references into the coroutine: the compiler of this version
// destroys the arguments of a coroutine twice.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> on_worker(boost::asio::thread_pool& workers, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  using Given = std::invoke_result_t<Work>;
  auto begin = [&workers](auto handler, Work task) {
    auto home = boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                    boost::asio::execution::outstanding_work.tracked);
    boost::asio::post(workers, [handler = std::move(handler), home = std::move(home), task]() mutable {
      Given given = task();
      boost::asio::post(
          home, [handler = std::move(handler), given = std::move(given)]() mutable { handler(std::move(given)); });
    });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Given)>(
      begin, boost::asio::use_awaitable, work);
}

}  // namespace vestitel
