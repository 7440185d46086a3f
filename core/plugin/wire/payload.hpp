// The inside of a frame: numbers in little-endian order and texts with their length in front, nothing aligned.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/plugin/wire/frame.hpp"

namespace vestitel::wire {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the wire is little-endian, and so is every machine we run on");

class PayloadWriter {
 public:
  template <class Number>
  PayloadWriter& number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  PayloadWriter& text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_ += text;
    return *this;
  }
  PayloadWriter& bytes(std::string_view raw) {
    out_ += raw;
    return *this;
  }
  [[nodiscard]] const std::string& view() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what the other end wrote, which may be anything: after the first thing that is not there every answer is 0 or
// "", and ok() is false.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view in) : in_(in) {}

  template <class Number>
  Number number() {
    static_assert(std::is_arithmetic_v<Number>);
    Number value{};
    if (const auto raw = bytes(sizeof value); raw.size() == sizeof value) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  // Borrowed from the payload; longer than `most`: not ok.
  std::string_view text(std::size_t most = kMaxPayload) {
    const auto size = number<std::uint32_t>();
    if (size > most) ok_ = false;
    return bytes(size);
  }
  std::string_view bytes(std::size_t size) {
    if (!ok_ || size > in_.size()) {
      ok_ = false;
      return {};
    }
    const auto raw = in_.substr(0, size);
    in_.remove_prefix(size);
    return raw;
  }
  [[nodiscard]] std::string_view rest() const { return in_; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool whole() const { return ok_ && in_.empty(); }  // all was there and nothing is left

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace vestitel::wire
