// What a reader is given: the document and its bytes.
//
//   struct Hello {
//     void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out);
//   };
//
// parse() runs once for each document, on a [work] thread. Returning means: the document is accepted as emitted.
// Emit::reject or a thrown Error means: it is refused whole, and nothing of it happened.
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "call.hpp"

namespace vestitel {
inline namespace v1 {

// What the host knows of the document. All views are valid during parse.
struct Document {
  std::string_view name;          // as the partner called it; never a path
  std::string_view media_type;    // may be empty
  std::string_view partner;       // id of the partner that delivered it
  std::int64_t as_of_us = 0;      // the state it describes, by the sender's word; else its arrival
  std::uint64_t total_bytes = 0;  // 0: not known
  bool complete = false;          // the sender vouches that it covers its scope wholly

  static Document from(const vestitel_document& d) {
    return {view(d.name), view(d.media_type), view(d.partner),
            d.as_of_us,   d.total_bytes,      (d.flags & VESTITEL_DOC_COMPLETE) != 0};
  }
};

// The document's bytes, pulled. Bytes come in whatever pieces the host has; how they are cut means nothing.
class Input {
 public:
  // Borrows both, for the call of parse.
  Input(const vestitel_input* input, Call& call) : input_(input), call_(call) {}

  // Reads up to `cap` bytes. 0: the end, or the call is over (failed() tells). Asks for cancellation each time.
  std::size_t read(char* into, std::size_t cap) {
    if (ended_ || cap == 0 || call_.check_cancelled()) return 0;
    std::uint64_t got = 0;
    const vestitel_rc rc = input_->read(input_->ctx, reinterpret_cast<std::uint8_t*>(into), cap, &got);
    if (rc < 0) call_.fail_with(rc, rc == VESTITEL_E_CANCELLED ? "cancelled" : "reading the document");
    if (rc >= 0 && got > cap) call_.fail_with(VESTITEL_E_INVALID, "the host returned more bytes than asked for");
    ended_ = call_.failed() || got == 0;
    if (ended_) return 0;
    offset_ += got;
    return static_cast<std::size_t>(got);
  }

  // Reads until `cap` bytes are there or the document ends.
  std::size_t fill(char* into, std::size_t cap) {
    std::size_t n = 0;
    while (n < cap) {
      const std::size_t got = read(into + n, cap - n);
      if (got == 0) break;
      n += got;
    }
    return n;
  }

  // True when reading ended by cancellation or by a fault of the host. Simply return then; the layer reports it.
  bool failed() const { return call_.failed(); }
  std::uint64_t offset() const { return offset_; }
  Call& call() { return call_; }

 private:
  const vestitel_input* input_;
  Call& call_;
  std::uint64_t offset_ = 0;
  bool ended_ = false;
};

// One line without its end (LF, CRLF). `text` is valid until the next line is asked for.
struct Line {
  std::string_view text;
  vestitel_place place{};
};

// Lines of a document, streamed: memory is one buffer, however long the document. A byte order mark is left out. A
// line longer than `limit` bytes rejects the document (E_DATA).
class Lines {
 public:
  explicit Lines(Input& in, std::size_t limit = std::size_t{1} << 20) : in_(in), limit_(limit) {}

  // False at the end.
  bool next(Line& line) {
    std::size_t from = 0;
    for (;;) {
      const void* found = size_ > from ? std::memchr(at(from), '\n', size_ - from) : nullptr;
      if (found != nullptr) return take(line, static_cast<std::size_t>(static_cast<const char*>(found) - at(0)), 1);
      from = size_;
      if (size_ > limit_) {
        in_.call().fail_with(VESTITEL_E_DATA, "line " + std::to_string(line_ + 1) + ": longer than is allowed");
        return false;
      }
      if (!refill()) return !in_.failed() && size_ > 0 && take(line, size_, 0);
    }
  }

  class Iterator {
   public:
    explicit Iterator(Lines* lines) : lines_(lines) { ++*this; }
    const Line& operator*() const { return line_; }
    const Line* operator->() const { return &line_; }
    Iterator& operator++() {
      if (!lines_->next(line_)) lines_ = nullptr;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return lines_ != other.lines_; }

   private:
    friend class Lines;
    Iterator() = default;
    Lines* lines_ = nullptr;
    Line line_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(); }

 private:
  static constexpr std::size_t kRead = 64 * 1024;
  const char* at(std::size_t i) const { return buffer_.data() + start_ + i; }

  bool refill() {
    if (start_ > 0) std::memmove(buffer_.data(), buffer_.data() + start_, size_);
    start_ = 0;
    if (buffer_.size() < size_ + kRead) buffer_.resize(size_ + kRead);
    const std::size_t got = in_.read(buffer_.data() + size_, kRead);
    size_ += got;
    return got > 0;
  }

  bool take(Line& line, std::size_t length, std::size_t end) {
    std::string_view text(at(0), length);
    line.place = {byte_, ++line_, 1};
    if (line_ == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    line.text = text;
    start_ += length + end;
    size_ -= length + end;
    byte_ += length + end;
    return true;
  }

  Input& in_;
  std::size_t limit_;
  std::vector<char> buffer_;
  std::size_t start_ = 0, size_ = 0;
  std::uint64_t byte_ = 0;
  std::uint32_t line_ = 0;
};

inline Lines lines(Input& in) { return Lines(in); }

// The cells of one line of CSV (RFC 4180 within a line): a quoted cell may hold separators and doubled quotes.
// Views are valid as long as the line and this object.
class Csv {
 public:
  explicit Csv(std::string_view line, char separator = ',') {
    std::size_t at = 0;
    do {
      at = cell(line, at, separator);
    } while (at++ < line.size());
  }
  std::size_t size() const { return cells_.size(); }
  // Empty beyond the last cell.
  std::string_view operator[](std::size_t i) const { return i < cells_.size() ? cells_[i] : std::string_view(); }

 private:
  // Reads the cell at `at`; returns where its separator (or the end) stands.
  std::size_t cell(std::string_view line, std::size_t at, char separator) {
    if (at >= line.size() || line[at] != '"') {
      const std::size_t end = std::min(line.find(separator, at), line.size());
      cells_.push_back(line.substr(std::min(at, line.size()), end - at));
      return end;
    }
    auto text = std::make_unique<std::string>();
    for (++at; at < line.size(); ++at) {
      if (line[at] == '"' && (at + 1 >= line.size() || line[at + 1] != '"')) break;
      if (line[at] == '"') ++at;
      text->push_back(line[at]);
    }
    cells_.push_back(*text);
    kept_.push_back(std::move(text));
    return std::min(line.find(separator, std::min(at, line.size())), line.size());
  }

  std::vector<std::string_view> cells_;
  std::vector<std::unique_ptr<std::string>> kept_;
};

inline Csv csv(std::string_view line, char separator = ',') { return Csv(line, separator); }

// `text` without the white space (ASCII) around it.
inline std::string_view trim(std::string_view text);

// Of a record of fixed width: the `length` characters (UTF-8) from the one that is the `first`th, counted from 1,
// without the white space around them. What lies beyond the end of `text` is empty.
inline std::string_view piece(std::string_view text, std::size_t first, std::size_t length) {
  const auto skip = [&](std::size_t at, std::size_t characters) {
    for (; characters > 0 && at < text.size(); --characters) {
      do {
        ++at;
      } while (at < text.size() && detail::is_tail(static_cast<unsigned char>(text[at])));
    }
    return at;
  };
  const std::size_t from = skip(0, first > 0 ? first - 1 : 0);
  return trim(text.substr(from, skip(from, length) - from));
}

inline std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace v1
}  // namespace vestitel
