#include "core/api/inbox_answer.hpp"

#include <fmt/chrono.h>

namespace vestitel {
namespace {

std::string_view word_of(std::uint32_t status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Answer";
  }
}

// When to come again, in seconds.
const char* again_after(Problem problem) {
  switch (problem) {
    case Problem::kTooManyFailures: return "60";
    case Problem::kTooManyBodies: return "2";
    case Problem::kNoRoom:
    case Problem::kNotNow:
    case Problem::kStorage: return "60";
    default: return nullptr;
  }
}

}  // namespace

InboxAnswer answer_of(Problem problem) {
  InboxAnswer answer{text_of(problem).status, "application/problem+json", {}, problem_json(problem)};
  if (answer.status == 401) answer.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"vestitel\"");
  if (const char* after = again_after(problem)) answer.fields.emplace_back("Retry-After", after);
  if (problem == Problem::kBadEncoding) answer.fields.emplace_back("Accept-Encoding", "gzip");
  return answer;
}

std::string answer_head(const InboxAnswer& answer, std::uint64_t size, bool close, Instant now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", answer.status,
                                word_of(answer.status), fmt::gmtime(seconds));
  out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.type, size);
  for (const auto& [name, value] : answer.fields) out += name + ": " + value + "\r\n";
  out +=
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nStrict-Transport-Security: max-age=31536000\r\n";
  return out + (close ? "Connection: close\r\n\r\n" : "\r\n");
}

}  // namespace vestitel
