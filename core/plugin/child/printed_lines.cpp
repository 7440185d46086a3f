#include "core/plugin/child/printed_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kNames[] = {"stdout", "stderr"};

}  // namespace

Result<> PrintedLines::open() {
  for (Stream& stream : streams_) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {Failure::kIo, "making a pipe for a plugin's words: " + os_error()};
    stream.reading = OwnedFd(ends[0]);
    stream.writing = OwnedFd(ends[1]);
    stream.line.clear();
    stream.ended = false;
    ::fcntl(stream.reading.get(), F_SETFL, O_NONBLOCK);
  }
  return Done{};
}

void PrintedLines::close_writing() {
  for (Stream& stream : streams_) stream.writing = OwnedFd();
}

int PrintedLines::readable(std::size_t stream) const {
  const Stream& one = streams_[stream];
  return one.ended || taken_ >= kBytesPerSecond ? -1 : one.reading.get();
}

void PrintedLines::take(std::chrono::milliseconds now) {
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    taken_ = 0;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    Stream& stream = streams_[i];
    char bytes[4096];
    while (!stream.ended && taken_ < kBytesPerSecond) {
      const ssize_t got = ::read(stream.reading.get(), bytes, sizeof bytes);
      if (got <= 0) {
        stream.ended = got == 0;
        break;
      }
      taken_ += static_cast<std::size_t>(got);
      split(stream, {bytes, static_cast<std::size_t>(got)}, kNames[i]);
    }
  }
}

void PrintedLines::split(Stream& stream, std::string_view bytes, std::string_view name) {
  for (const char c : bytes) {
    if (c == '\n')
      tell(name, stream.line);
    else if (stream.line.size() < kLongestLine)
      stream.line += c;
  }
}

void PrintedLines::tell(std::string_view name, std::string& line) {
  if (!line.empty()) take_(name, without_personal(safe_text(line, kLongestLine)));
  line.clear();
}

void PrintedLines::finish() {
  for (std::size_t i = 0; i < 2; ++i) tell(kNames[i], streams_[i].line);
}

}  // namespace vestitel
