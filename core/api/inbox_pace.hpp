// What one connection may take of the server: time, and a share of a count.
#pragma once
#include <algorithm>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "core/api/inbox_server.hpp"

namespace vestitel {

// One more while it lives.
class Counted {
 public:
  Counted(std::map<std::string, std::size_t>& counts, std::string of) : counts_(counts), of_(std::move(of)) {
    ++counts_[of_];
  }
  ~Counted() {
    const auto here = counts_.find(of_);
    if (--here->second == 0) counts_.erase(here);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::map<std::string, std::size_t>& counts_;
  const std::string of_;
};

// How fast the other side has to be: so many bytes in each stretch of time, and all of it in time.
class Pace {
 public:
  Pace(boost::beast::tcp_stream& stream, const InboxLimits& limits)
      : stream_(stream), limits_(limits), last_(std::chrono::steady_clock::now() + limits.request) {
    next();
  }
  void moved(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ >= limits_.progress_bytes) next();
  }

 private:
  void next() {
    bytes_ = 0;
    stream_.expires_at(std::min(std::chrono::steady_clock::now() + limits_.progress, last_));
  }
  boost::beast::tcp_stream& stream_;
  const InboxLimits& limits_;
  const std::chrono::steady_clock::time_point last_;
  std::size_t bytes_ = 0;
};

}  // namespace vestitel
