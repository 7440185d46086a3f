// What a text of a stranger is held against: stars and one value, no regular expression (docs/adr/0010), so that the
// time is linear in the text, whatever it is.
//
//   0: Accepted*            begins so
//   *throughput exceeded*   holds it
//   Success "{value}"*      and the value is what stands there: 1 to 128 letters, digits and - _ . : ~
//
// The pattern is held against the whole text. \* \{ \\ are the characters themselves.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::sms_http {

class Pattern {
 public:
  // None: `problem` says what is expected. At most 500 bytes.
  static std::optional<Pattern> make(std::string_view text, std::string& problem);

  bool fits(std::string_view text) const;
  // None: it does not fit, or has no value.
  std::optional<std::string> value_in(std::string_view text) const;
  bool has_value() const;

 private:
  // What stands between two stars: before, value, behind.
  struct Segment {
    std::string before, behind;
    bool has_value = false;
  };
  struct Found {
    std::size_t end = 0;
    std::string_view value;
  };

  static std::optional<Found> at(const Segment& segment, std::string_view text, std::size_t from);
  // The first from there on; with `to_end` the first that ends with the text.
  static std::optional<Found> find(const Segment& segment, std::string_view text, std::size_t from, bool to_end);
  bool match(std::string_view text, std::string_view& value) const;

  std::vector<Segment> segments_;  // never empty
};

// Whether one of them fits; no patterns: everything does.
bool any_fits(const std::vector<Pattern>& patterns, std::string_view text);

}  // namespace vestitel::sms_http
