// What a plugin prints becomes log lines: bounded in length and rate, without bytes that a terminal obeys, and without
// what looks like a person's number or address.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"

namespace vestitel {

class PrintedLines {
 public:
  // Takes a line that may be shown. `stream`: "stdout" or "stderr".
  using Take = std::function<void(std::string_view stream, std::string_view line)>;
  static constexpr std::size_t kBytesPerSecond = 64UL * 1024, kLongestLine = 1024;

  explicit PrintedLines(Take take) : take_(std::move(take)) {}

  // The writing ends are the runner's 1 and 2; each open() begins anew.
  Result<> open();
  [[nodiscard]] int out() const { return streams_[0].writing.get(); }
  [[nodiscard]] int err() const { return streams_[1].writing.get(); }
  void close_writing();

  // For poll(): the reading ends, or -1 while more has come this second than is taken.
  [[nodiscard]] int readable(std::size_t stream) const;
  // Reads what is there, within the rate. `now`: any clock that never steps back.
  void take(std::chrono::milliseconds now);
  void finish();  // what is left, as a last line

 private:
  struct Stream {
    OwnedFd reading, writing;
    std::string line;
    bool ended = false;
  };
  void split(Stream& stream, std::string_view bytes, std::string_view name);
  void tell(std::string_view name, std::string& line);

  Take take_;
  Stream streams_[2];
  std::chrono::milliseconds second_{0};
  std::size_t taken_ = 0;  // in this second
};

}  // namespace vestitel
