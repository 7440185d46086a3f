// SMTP replies, read from a peer that is not trusted: every size has a bound, and what is not a reply is garbage.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::smtp {

// An enhanced status code (RFC 3463): class.subject.detail. All zero: the reply carried none.
struct Enhanced {
  int cls = 0, subject = 0, detail = 0;
  friend bool operator==(const Enhanced& a, const Enhanced& b) {
    return a.cls == b.cls && a.subject == b.subject && a.detail == b.detail;
  }
};

struct Reply {
  int code = 0;  // 200..599
  Enhanced enhanced;
  std::string text;  // the lines without code and enhanced status, joined by '\n'. May quote an address: never log it

  bool positive() const { return code >= 200 && code < 300; }
  bool intermediate() const { return code >= 300 && code < 400; }
  // "550 5.1.1" or "550": safe to show, it holds nothing of the peer's text.
  std::string summary() const;
};

// Puts replies together from chunks of any size.
class ReplyParser {
 public:
  static constexpr std::size_t kMaxLine = 2048;                     // RFC 5321 asks for 512; real peers go beyond
  static constexpr std::size_t kMaxReply = std::size_t{64} * 1024;  // all lines of one reply

  enum class State { need_more, reply, garbage };

  // Takes bytes from the front of `in` until one reply is whole, and moves it to `out`. Garbage is final: a peer that
  // answered nonsense once cannot be followed any more.
  State feed(std::string_view& in, Reply& out);

  // True when part of a line or of a reply waits for the rest.
  bool mid_reply() const { return !line_.empty() || current_.code != 0; }

 private:
  State take_line(std::string_view line, Reply& out);

  std::string line_;
  Reply current_;
  std::size_t size_ = 0;
  bool broken_ = false;
};

// The wait that a text names ("try again in 5 minutes"), in milliseconds; none when it names none.
std::optional<std::int64_t> stated_delay_ms(std::string_view text);

// The id under which the peer queued the message ("queued as 4XyZ", "id=1abc-22"); empty when it names none.
std::string queue_id(std::string_view text);

// Whether the text says that the mailbox does not exist, for peers that give no enhanced code.
bool says_no_such_user(std::string_view text);

// Whether the text speaks of greylisting.
bool says_greylisted(std::string_view text);

}  // namespace vestitel::smtp
