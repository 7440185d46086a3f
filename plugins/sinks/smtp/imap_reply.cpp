#include "plugins/sinks/smtp/imap_reply.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace vestitel::smtp {
namespace {

bool equal_words(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || ((x ^ y) == 0x20 && ((x | 0x20) >= 'a' && (x | 0x20) <= 'z'));
         });
}

// The size of the literal that a line announces at its end: "... {123}".
std::optional<std::uint64_t> announced(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::uint64_t size = 0;
  const char* const end = line.data() + line.size() - 1;
  const auto read = std::from_chars(line.data() + open + 1, end, size);
  if (read.ec == std::errc::result_out_of_range) return UINT64_MAX;
  return read.ec == std::errc() && read.ptr == end ? std::optional(size) : std::nullopt;
}

}  // namespace

bool ImapReply::tagged(std::string_view tag) const {
  return text.size() > tag.size() && std::string_view(text).substr(0, tag.size()) == tag && text[tag.size()] == ' ';
}

bool ImapReply::is(std::string_view tag, std::string_view word) const {
  if (!tagged(tag)) return false;
  const std::string_view rest = std::string_view(text).substr(tag.size() + 1);
  return equal_words(rest.substr(0, rest.find(' ')), word);
}

bool ImapParser::is_search() const {
  return now_.text.empty() && now_.literals.empty() && equal_words(std::string_view(line_).substr(0, 9), "* SEARCH ");
}

ImapParser::State ImapParser::take_line(ImapReply& out) {
  if (line_.ends_with('\r')) line_.pop_back();
  const auto literal = cut_ ? std::nullopt : announced(line_);
  now_.text += line_;
  line_.clear();
  if (literal) {
    if (*literal > kMaxLiteral || now_.literals.size() == kMaxLiterals) return State::garbage;
    literal_left_ = static_cast<std::size_t>(*literal);
    now_.literals.emplace_back();
    return State::need_more;
  }
  if (cut_) now_.text.resize(std::min(now_.text.rfind(' '), now_.text.size()));  // its last number is half of one
  cut_ = false;
  out = std::move(now_);
  now_ = {};
  return State::reply;
}

ImapParser::State ImapParser::feed(std::string_view& in, ImapReply& out) {
  while (!broken_ && !in.empty()) {
    if (literal_left_ > 0) {
      const std::size_t size = std::min(literal_left_, in.size());
      now_.literals.back().append(in.substr(0, size));
      literal_left_ -= size;
      in.remove_prefix(size);
      continue;
    }
    const std::size_t end = in.find('\n');
    const std::string_view piece = in.substr(0, end);
    in.remove_prefix(std::min(end, in.size() - 1) + 1);
    const std::size_t room = kMaxLine - std::min(line_.size() + now_.text.size(), kMaxLine);
    cut_ = cut_ || piece.size() > room;
    line_.append(piece.substr(0, room));
    if (cut_ && !is_search()) broken_ = true;
    if (broken_ || end == std::string_view::npos) continue;
    const State state = take_line(out);
    if (state == State::garbage) broken_ = true;
    if (state == State::reply) return state;
  }
  return broken_ ? State::garbage : State::need_more;
}

std::vector<std::uint32_t> numbers_of(std::string_view search, std::size_t most) {
  std::vector<std::uint32_t> out;
  constexpr std::size_t kHead = 9;  // "* SEARCH "
  const char* at = search.data() + std::min(kHead, search.size());
  const char* const end = search.data() + search.size();
  while (at < end && out.size() < most) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc() || number == 0) break;
    out.push_back(number);
    for (at = read.ptr; at < end && *at == ' ';) ++at;
  }
  return out;
}

bool imap_quotable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string imap_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

}  // namespace vestitel::smtp
