// The head of an HTTP/1.1 request, in the one form that has one meaning. What two programs could read in two ways
// (a length beside a transfer coding, a folded line, a bare line feed) is refused, so that nobody before or behind the
// hub sees other requests than the hub does.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/api/inbox_problem.hpp"

namespace vestitel {

inline constexpr std::size_t kMostHead = 16UL * 1024;
inline constexpr std::size_t kMostFields = 100;

struct HttpHead {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, values without blanks around them
  std::optional<std::uint64_t> length;                      // Content-Length
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  [[nodiscard]] std::size_t count(std::string_view name) const;
  // The value of a field that is there; "" where it is not.
  [[nodiscard]] std::string_view value(std::string_view name) const;
  // Whether a body follows.
  [[nodiscard]] bool has_body() const { return chunked || length.value_or(0) > 0; }
};

// Where the head ends in what has come so far. kHere: `size` is its size, with the empty line. A line that ends in a
// bare line feed is broken at once, not waited for.
enum class HeadEnd : std::uint8_t { kNotYet, kHere, kBroken, kTooFar };
HeadEnd head_end(std::string_view bytes, std::size_t& size);

// `raw`: up to and with the empty line.
std::variant<HttpHead, Problem> parse_head(std::string_view raw);

}  // namespace vestitel
