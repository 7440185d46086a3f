#include "plugins/sinks/sms_http/pattern.hpp"

#include <algorithm>

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kLongest = 500, kLongestValue = 128;
constexpr std::string_view kValue = "{value}";

bool is_of_value(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:~").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<Pattern> Pattern::make(std::string_view text, std::string& problem) {
  problem = "a pattern of 1 to 500 bytes is expected";
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  problem = "{value} once, with no letter, digit, - _ . : ~ behind it, and \\ only before * { and \\ are expected";
  Pattern out;
  out.segments_.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    Segment& segment = out.segments_.back();
    char c = text[i];
    if (c == '*') {
      out.segments_.emplace_back();
      continue;
    }
    if (c == '{') {
      if (text.substr(i, kValue.size()) != kValue || out.has_value()) return std::nullopt;
      segment.has_value = true;
      i += kValue.size() - 1;
      continue;
    }
    if (c == '\\') {
      c = ++i < text.size() ? text[i] : '\0';
      if (c != '*' && c != '{' && c != '\\') return std::nullopt;
    }
    if (segment.has_value && segment.behind.empty() && is_of_value(c)) return std::nullopt;
    (segment.has_value ? segment.behind : segment.before) += c;
  }
  problem.clear();
  return out;
}

bool Pattern::has_value() const {
  return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) { return segment.has_value; });
}

std::optional<Pattern::Found> Pattern::at(const Segment& segment, std::string_view text, std::size_t from) {
  std::string_view rest = text.substr(from);
  if (rest.substr(0, segment.before.size()) != segment.before) return std::nullopt;
  Found out;
  out.end = from + segment.before.size();
  if (!segment.has_value) return out;
  rest = text.substr(out.end, kLongestValue + 1);
  const auto* end = std::find_if_not(rest.begin(), rest.end(), is_of_value);
  out.value = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  if (out.value.empty() || out.value.size() > kLongestValue) return std::nullopt;
  out.end += out.value.size();
  if (text.substr(out.end, segment.behind.size()) != segment.behind) return std::nullopt;
  out.end += segment.behind.size();
  return out;
}

std::optional<Pattern::Found> Pattern::find(const Segment& segment, std::string_view text, std::size_t from,
                                            bool to_end) {
  // Without a value it is as long as its words, so that only one place can be the last.
  if (to_end && !segment.has_value) {
    if (text.size() - from < segment.before.size()) return std::nullopt;
    return at(segment, text, text.size() - segment.before.size());
  }
  for (std::size_t i = text.find(segment.before, from); i != std::string_view::npos;
       i = text.find(segment.before, i + 1)) {
    const auto found = at(segment, text, i);
    if (found && (!to_end || found->end == text.size())) return found;
  }
  return std::nullopt;
}

bool Pattern::match(std::string_view text, std::string_view& value) const {
  std::size_t from = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const bool last = i + 1 == segments_.size();
    auto found = i == 0 ? at(segments_[i], text, 0) : find(segments_[i], text, from, last);
    if (!found || (last && found->end != text.size())) return false;
    if (segments_[i].has_value) value = found->value;
    from = found->end;
  }
  return true;
}

bool Pattern::fits(std::string_view text) const {
  std::string_view value;
  return match(text, value);
}

std::optional<std::string> Pattern::value_in(std::string_view text) const {
  std::string_view value;
  if (!match(text, value) || value.empty()) return std::nullopt;
  return std::string(value);
}

bool any_fits(const std::vector<Pattern>& patterns, std::string_view text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& one) { return one.fits(text); });
}

}  // namespace vestitel::sms_http
