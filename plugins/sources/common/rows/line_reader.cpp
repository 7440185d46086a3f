#include "plugins/sources/common/rows/line_reader.hpp"

#include <cstring>

namespace rows {

bool LineReader::next(RawLine& line) {
  if (skipping_) skip_rest();
  std::size_t from = 0;
  for (;;) {
    const char* begin = buffer_.get() + start_;
    const void* found = size_ > from ? std::memchr(begin + from, '\n', size_ - from) : nullptr;
    if (found != nullptr) return take(line, static_cast<std::size_t>(static_cast<const char*>(found) - begin), 1);
    from = size_;
    if (size_ > kLongest) return take_overlong(line);
    if (!refill()) return !in_.failed() && size_ > 0 && take(line, size_, 0);
  }
}

bool LineReader::refill() {
  if (!buffer_) buffer_.reset(new char[kBuffer]);
  if (start_ > 0) std::memmove(buffer_.get(), buffer_.get() + start_, size_);
  start_ = 0;
  const std::size_t got = in_.read(buffer_.get() + size_, kBuffer - size_);
  size_ += got;
  return got > 0;
}

bool LineReader::take(RawLine& line, std::size_t length, std::size_t end) {
  line = {{buffer_.get() + start_, length}, {byte_, ++line_, 1}, false, false};
  drop_mark(line);
  if (!line.bytes.empty() && line.bytes.back() == '\r') line.bytes.remove_suffix(1);
  if (line.bytes.size() > kLongest) {
    line.bytes = line.bytes.substr(0, kLongest);
    line.overlong = true;
  }
  start_ += length + end;
  size_ -= length + end;
  byte_ += length + end;
  return true;
}

bool LineReader::take_overlong(RawLine& line) {
  line = {{buffer_.get() + start_, kLongest}, {byte_, ++line_, 1}, false, true};
  drop_mark(line);
  skipping_ = true;
  return true;
}

void LineReader::skip_rest() {
  skipping_ = false;
  do {
    const void* found = size_ > 0 ? std::memchr(buffer_.get() + start_, '\n', size_) : nullptr;
    const std::size_t gone =
        found == nullptr ? size_
                         : static_cast<std::size_t>(static_cast<const char*>(found) - (buffer_.get() + start_)) + 1;
    start_ += gone;
    size_ -= gone;
    byte_ += gone;
    if (found != nullptr) return;
  } while (refill());
}

void LineReader::drop_mark(RawLine& line) const {
  if (line_ != 1 || line.bytes.substr(0, 3) != "\xEF\xBB\xBF") return;
  line.bytes.remove_prefix(3);
  line.place.byte += 3;
  line.marked = true;
}

}  // namespace rows
