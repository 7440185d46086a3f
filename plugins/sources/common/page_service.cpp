#include "plugins/sources/common/page_service.hpp"

#include <algorithm>

namespace sources {
namespace {

constexpr std::size_t kLongestCursor = 1024;
constexpr std::uint64_t kLongestPage = std::uint64_t{8} << 20;
constexpr std::uint32_t kOk = 200, kUnauthorized = 401, kForbidden = 403, kGone = 410;

bool unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (unreserved(c)) {
      out += c;
    } else {
      out.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
  return out;
}

// The page of at most `limit` behind the cursor, "" being the beginning.
std::string page_url(const std::string& url, std::string_view cursor, std::uint32_t limit) {
  std::string out = url + (url.find('?') == std::string::npos ? "?" : "&") + "limit=" + std::to_string(limit);
  if (!cursor.empty()) out += "&after=" + escaped(cursor);
  return out;
}

bool is_passing(std::uint32_t status) { return status == 408 || status == 425 || status == 429 || status / 100 == 5; }

// Throws what an answer other than 200 means: to be asked again later, or a thing that a person has to mend.
void require_page(const vestitel::HttpAnswer& answer) {
  const std::string asking = "asking for a page: ";
  const std::int64_t wait_ms = std::max<std::int64_t>(answer.retry_after_ms, 0);
  if (answer.rc == VESTITEL_E_RETRY || answer.rc == VESTITEL_E_RATE) {
    throw vestitel::Error::retry(asking + answer.reason, wait_ms);
  }
  if (answer.rc < 0) throw vestitel::Error(answer.rc, asking + answer.reason);
  if (answer.status == kOk) return;
  const std::string status = asking + "the service answered " + std::to_string(answer.status);
  if (answer.status == kUnauthorized || answer.status == kForbidden) throw vestitel::Error::auth(status);
  if (answer.status == kGone) throw vestitel::Error::config("", status + ": it does not know the cursor any more");
  if (is_passing(answer.status)) throw vestitel::Error::retry(status, wait_ms);
  throw vestitel::Error::config("/url", status);
}

}  // namespace

bool is_cursor(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7F; };
  return !text.empty() && text.size() <= kLongestCursor && std::all_of(text.begin(), text.end(), visible);
}

PageService::PageService(const vestitel::Settings& settings, const vestitel::Host& host, const char* media_type)
    : url_(settings.url("url")),
      page_size_(static_cast<std::uint32_t>(settings.integer("page_size"))),
      pause_(settings.duration("pause")),
      timeout_(settings.duration("timeout")),
      host_(host),
      media_type_(media_type) {
  if (url_.compare(0, 8, "https://") != 0) throw vestitel::Error::config("/url", "expected an https address");
  if (url_.find('#') != std::string::npos) throw vestitel::Error::config("/url", "expected an address without #");
}

void PageService::check() const { page("", 1); }

vestitel::Polled PageService::poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out,
                                   const Read& read) {
  if (more_ && !vestitel::sleep_for(host_, pause_)) throw vestitel::Error(VESTITEL_E_CANCELLED, "cancelled");
  more_ = false;
  const std::uint32_t limit = std::min(page_size_, std::max(max_events, 1U));
  const PageEnd end = read(page(cursor, limit), limit);
  if (end.more && end.next == cursor) throw vestitel::Error::data("reading a page: it leads back to itself");
  if (end.records == 0 && end.next == cursor) return vestitel::Polled::end;
  if (!out.commit(end.next)) return vestitel::Polled::end;
  more_ = end.more;
  return end.more ? vestitel::Polled::more : vestitel::Polled::end;
}

std::string PageService::page(std::string_view cursor, std::uint32_t limit) const {
  auto request = vestitel::HttpRequest::get(page_url(url_, cursor, limit));
  request.timeout = timeout_;
  request.max_answer = kLongestPage;
  request.header("accept", media_type_);
  host_.with_secret(
      "token", [&](std::string_view token) { request.header("authorization", std::string("Bearer ").append(token)); });
  if (host_.with_secret("client_certificate", [](std::string_view) {})) {
    request.client_certificate = "client_certificate";
    request.client_key = "client_key";
  }
  vestitel::HttpAnswer answer = vestitel::Http(host_).request(request);
  require_page(answer);
  return std::move(answer.body);
}

}  // namespace sources
