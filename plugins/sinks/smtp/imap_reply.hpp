// What an IMAP server says (RFC 3501, 7; RFC 9051), put together from chunks of any size. Pure; the server is not
// trusted: every size has a bound.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::smtp {

// One response: its line, in which each literal is left as its size in braces, and those literals.
struct ImapReply {
  std::string text;
  std::vector<std::string> literals;
  // "OK", "NO", "BAD", "BYE", "PREAUTH" behind the tag `tag` ("*": untagged); false for any other response.
  bool is(std::string_view tag, std::string_view word) const;
  // Tagged with `tag`, whatever it says.
  bool tagged(std::string_view tag) const;
};

class ImapParser {
 public:
  static constexpr std::size_t kMaxLine = std::size_t{64} * 1024;
  static constexpr std::size_t kMaxLiteral = std::size_t{512} * 1024;
  static constexpr std::size_t kMaxLiterals = 16;  // of one response

  enum class State { need_more, reply, garbage };

  // Takes bytes from the front of `in` until one response is whole, and moves it to `out`. Garbage is final. Of a list
  // of numbers ("* SEARCH") what is longer than a line may be is left out.
  State feed(std::string_view& in, ImapReply& out);

 private:
  State take_line(ImapReply& out);
  bool is_search() const;

  ImapReply now_;
  std::string line_;
  std::size_t literal_left_ = 0;
  bool cut_ = false, broken_ = false;
};

// The numbers of "* SEARCH 1 2 3", at most `most`; what is none ends them.
std::vector<std::uint32_t> numbers_of(std::string_view search, std::size_t most);

// `text` as a quoted string; what cannot stand in one (RFC 3501: CR, LF, NUL, 8-bit) has been refused before.
std::string imap_quoted(std::string_view text);
bool imap_quotable(std::string_view text);

}  // namespace vestitel::smtp
