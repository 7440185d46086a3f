// A batch in slices that several threads take in turn, so that one is made ready while others are on their way.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace vestitel::sinks {

// Calls work(begin, end) for every slice of [0, count), in up to `lanes` threads at a time, this one among them, and
// returns when all are done. What the first of them throws is thrown again then; the others still go on.
template <class Work>
void in_lanes(std::uint32_t count, std::uint32_t slice, std::uint32_t lanes, Work&& work) {
  std::atomic<std::uint32_t> next{0};
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto run = [&] {
    for (std::uint32_t begin = next.fetch_add(slice); begin < count; begin = next.fetch_add(slice)) {
      try {
        work(begin, std::min(count, begin + slice));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!thrown) thrown = std::current_exception();
      }
    }
  };
  const std::uint32_t slices = (count + slice - 1) / slice;
  std::vector<std::jthread> others;
  try {
    for (std::uint32_t i = 1; i < std::min(lanes, slices); ++i) others.emplace_back(run);
  } catch (const std::system_error&) {  // no more threads are to be had: those there are do all
  }
  run();
  others.clear();  // waits for them
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace vestitel::sinks
