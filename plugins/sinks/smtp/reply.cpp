#include "plugins/sinks/smtp/reply.hpp"

#include <algorithm>
#include <array>

namespace vestitel::smtp {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// Reads up to three digits at the front of `text` and removes them; -1 when there are none.
int take_number(std::string_view& text) {
  int value = 0;
  std::size_t n = 0;
  while (n < text.size() && n < 3 && is_digit(text[n])) value = value * 10 + (text[n++] - '0');
  text.remove_prefix(n);
  return n == 0 ? -1 : value;
}

bool take_dot(std::string_view& text) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

// Removes "5.1.1 " from the front of `text` when its class agrees with the reply code.
Enhanced take_enhanced(int code, std::string_view& text) {
  std::string_view rest = text;
  Enhanced e;
  e.cls = take_number(rest);
  if (e.cls != code / 100 || !take_dot(rest)) return {};
  e.subject = take_number(rest);
  if (e.subject < 0 || !take_dot(rest)) return {};
  e.detail = take_number(rest);
  if (e.detail < 0 || (!rest.empty() && rest.front() != ' ')) return {};
  if (!rest.empty()) rest.remove_prefix(1);
  text = rest;
  return e;
}

}  // namespace

std::string Reply::summary() const {
  std::string out = std::to_string(code);
  if (enhanced.cls != 0) {
    out += ' ' + std::to_string(enhanced.cls) + '.' + std::to_string(enhanced.subject) + '.' +
           std::to_string(enhanced.detail);
  }
  return out;
}

ReplyParser::State ReplyParser::feed(std::string_view& in, Reply& out) {
  while (!broken_ && !in.empty()) {
    const std::size_t end = in.find('\n');
    const std::string_view part = in.substr(0, end == std::string_view::npos ? in.size() : end + 1);
    if (line_.size() + part.size() > kMaxLine) break;
    line_.append(part);
    in.remove_prefix(part.size());
    if (end == std::string_view::npos) return State::need_more;
    std::string line;
    line.swap(line_);
    line.pop_back();
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const State state = take_line(line, out);
    if (state != State::need_more) return state;
  }
  if (in.empty() && !broken_) return State::need_more;
  broken_ = true;
  return State::garbage;
}

ReplyParser::State ReplyParser::take_line(std::string_view line, Reply& out) {
  broken_ = true;  // until the line has passed every check
  size_ += line.size() + 2;
  if (size_ > kMaxReply || line.size() < 3) return State::garbage;
  std::string_view rest = line;
  const int code = take_number(rest);
  if (rest.size() != line.size() - 3 || code < 200 || code > 599) return State::garbage;
  if (current_.code != 0 && current_.code != code) return State::garbage;
  const char mark = rest.empty() ? ' ' : rest.front();
  if (mark != ' ' && mark != '-') return State::garbage;
  if (!rest.empty()) rest.remove_prefix(1);
  const Enhanced enhanced = take_enhanced(code, rest);
  if (current_.code == 0) {
    current_.code = code;
    current_.enhanced = enhanced;
  } else {
    current_.text += '\n';
  }
  current_.text.append(rest);
  broken_ = false;
  if (mark == '-') return State::need_more;
  out = std::move(current_);
  current_ = Reply{};
  size_ = 0;
  return State::reply;
}

std::optional<std::int64_t> stated_delay_ms(std::string_view text) {
  const std::string t = lowered(text);
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (!is_digit(t[i])) continue;
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (i < t.size() && is_digit(t[i])) {
      if (digits++ < 6) value = value * 10 + (t[i] - '0');
      ++i;
    }
    if (digits > 6) continue;
    std::string_view rest = std::string_view(t).substr(i);
    if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (rest.starts_with("sec")) return value * 1000;
    if (rest.starts_with("min")) return value * 60'000;
    if (rest.starts_with("hour")) return value * 3'600'000;
  }
  return std::nullopt;
}

std::string queue_id(std::string_view text) {
  constexpr std::array<std::string_view, 4> kMarks = {"queued as ", "queued mail for delivery as ",
                                                      "id=", "queued id "};
  const std::string t = lowered(text);
  for (const auto mark : kMarks) {
    const std::size_t at = t.find(mark);
    if (at == std::string::npos) continue;
    const std::string_view rest = text.substr(at + mark.size());
    const auto is_id = [](char c) {
      return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_' || c == '.';
    };
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_id);
    const auto size = static_cast<std::size_t>(end - rest.begin());
    if (size > 0 && size <= 128) return std::string(rest.substr(0, size));
  }
  return {};
}

bool says_no_such_user(std::string_view text) {
  constexpr std::array<std::string_view, 9> kPhrases = {"no such user",      "user unknown",      "unknown user",
                                                        "no such recipient", "recipient unknown", "unknown recipient",
                                                        "no such mailbox",   "mailbox not found", "does not exist"};
  const std::string t = lowered(text);
  return std::any_of(kPhrases.begin(), kPhrases.end(), [&](auto p) { return t.find(p) != std::string::npos; });
}

bool says_greylisted(std::string_view text) {
  const std::string t = lowered(text);
  return t.find("greylist") != std::string::npos || t.find("graylist") != std::string::npos;
}

}  // namespace vestitel::smtp
