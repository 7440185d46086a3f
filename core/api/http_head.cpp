#include "core/api/http_head.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/ascii.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMostLengthDigits = 18;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool token_char(char c) {
  return digit(c) || upper(c) || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), token_char); }
bool value_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// METHOD SP TARGET SP HTTP/1.1, with a target that is a path.
std::optional<Problem> take_request_line(std::string_view line, HttpHead& head) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Problem::kBadRequest;
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
                         version = line.substr(last + 1);
  const auto visible = [](char c) { return c > ' ' && c < 0x7F && c != '#'; };
  if (!token(method) || target.empty() || target[0] != '/' || !std::all_of(target.begin(), target.end(), visible))
    return Problem::kBadRequest;
  if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7]))
    return Problem::kBadRequest;
  if (version != "HTTP/1.1") return Problem::kBadVersion;
  head.method = method;
  head.target = target;
  return std::nullopt;
}

std::optional<Problem> take_field(std::string_view line, HttpHead& head) {
  const std::size_t colon = line.find(':');
  // A blank before the colon, or at the beginning (a folded line), is no token.
  if (colon == std::string_view::npos || !token(line.substr(0, colon))) return Problem::kBadRequest;
  const std::string_view value = line.substr(colon + 1);
  if (!std::all_of(value.begin(), value.end(), value_char)) return Problem::kBadRequest;
  if (head.fields.size() == kMostFields) return Problem::kHeadTooLarge;
  head.fields.emplace_back(lower_ascii(line.substr(0, colon)), trimmed(value));
  return std::nullopt;
}

bool host_fine(const HttpHead& head) {
  const std::string_view host = head.value("host");
  return head.count("host") == 1 && !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
           return token_char(c) || std::string_view(":[]").find(c) != std::string_view::npos;
         });
}

std::optional<Problem> take_framing(HttpHead& head) {
  const std::size_t lengths = head.count("content-length"), codings = head.count("transfer-encoding");
  if (lengths + codings > 1) return Problem::kBadRequest;
  if (codings == 1) {
    head.chunked = lower_ascii(head.value("transfer-encoding")) == "chunked";
    if (!head.chunked) return Problem::kBadRequest;
  }
  if (lengths == 1) {
    const std::string_view text = head.value("content-length");
    if (text.empty() || text.size() > kMostLengthDigits || !std::all_of(text.begin(), text.end(), digit))
      return Problem::kBadRequest;
    std::uint64_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    head.length = length;
  }
  return std::nullopt;
}

std::optional<Problem> take_connection(HttpHead& head) {
  for (const auto& [name, value] : head.fields) {
    if (name != "connection") continue;
    const std::string words = lower_ascii(value);
    if (words.find("close") != std::string::npos) head.keep_alive = false;
  }
  if (head.count("expect") == 0) return std::nullopt;
  if (head.count("expect") > 1 || lower_ascii(head.value("expect")) != "100-continue") return Problem::kBadExpectation;
  head.expects_continue = head.has_body();
  return std::nullopt;
}

}  // namespace

std::size_t HttpHead::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
}

std::string_view HttpHead::value(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string_view() : found->second;
}

HeadEnd head_end(std::string_view bytes, std::size_t& size) {
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return HeadEnd::kBroken;
    size = at + 1;
    if (size > kMostHead) return HeadEnd::kTooFar;
    if (size == 2 || bytes.substr(0, size).ends_with("\r\n\r\n")) return HeadEnd::kHere;
  }
  return bytes.size() > kMostHead ? HeadEnd::kTooFar : HeadEnd::kNotYet;
}

std::variant<HttpHead, Problem> parse_head(std::string_view raw) {
  HttpHead head;
  bool first = true;
  while (true) {
    const std::size_t end = raw.find("\r\n");
    if (end == std::string_view::npos) return Problem::kBadRequest;
    const std::string_view line = raw.substr(0, end);
    raw.remove_prefix(end + 2);
    if (line.empty() && !first) break;
    if (const auto problem = first ? take_request_line(line, head) : take_field(line, head)) return *problem;
    first = false;
  }
  if (!raw.empty() || !host_fine(head)) return Problem::kBadRequest;
  if (const auto problem = take_framing(head)) return *problem;
  if (const auto problem = take_connection(head)) return *problem;
  return head;
}

}  // namespace vestitel
