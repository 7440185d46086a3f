// The lines of a document with the places of their bytes, streamed. A line that is too long costs itself alone.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace rows {

// One line without its end (LF, CRLF) and without a byte order mark; valid until the next one is asked for.
struct RawLine {
  std::string_view bytes;
  vestitel_place place{};
  bool marked = false;    // a byte order mark of UTF-8 stood before it
  bool overlong = false;  // it goes on: these are its first bytes, the rest is read past
};

class LineReader {
 public:
  static constexpr std::size_t kLongest = std::size_t{256} * 1024;

  explicit LineReader(vestitel::Input& in) : in_(in) {}

  // False at the end, and when the call is over.
  bool next(RawLine& line);

 private:
  static constexpr std::size_t kBuffer = kLongest + std::size_t{64} * 1024;

  bool refill();
  bool take(RawLine& line, std::size_t length, std::size_t end);
  bool take_overlong(RawLine& line);
  void skip_rest();
  void drop_mark(RawLine& line) const;

  vestitel::Input& in_;
  std::unique_ptr<char[]> buffer_;
  std::size_t start_ = 0, size_ = 0;
  std::uint64_t byte_ = 0;  // of the document, at start_
  std::uint32_t line_ = 0;
  bool skipping_ = false;
};

}  // namespace rows
