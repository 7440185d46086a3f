#include "plugins/sources/pis_contacts/page.hpp"

#include <algorithm>
#include <vector>

namespace pis_contacts {
namespace {

using Kind = vestitel::JsonMember::Kind;

constexpr std::size_t kLongestCursor = 1024;
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

bool is_cursor(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7F; };
  return !text.empty() && text.size() <= kLongestCursor && std::all_of(text.begin(), text.end(), visible);
}

bool is_passing(std::uint32_t status) { return status == 408 || status == 425 || status == 429 || status / 100 == 5; }

// {"next": "...", "more": true} and nothing else.
bool read_end(std::string_view line, PageEnd& end) {
  std::vector<vestitel::JsonMember> members;
  if (vestitel::FlatJson(line).read(members) != nullptr || members.size() != 2) return false;
  std::size_t found = 0;
  for (const vestitel::JsonMember& member : members) {
    if (member.key == "next" && member.kind == Kind::text && is_cursor(member.text)) {
      end.next = member.text;
      ++found;
    } else if (member.key == "more" && member.kind == Kind::boolean) {
      end.more = member.text == "true";
      ++found;
    }
  }
  return found == members.size();
}

// Takes the next line off `body`, without its end.
std::string_view take_line(std::string_view& body) {
  const std::size_t end = body.find('\n');
  std::string_view line = body.substr(0, end);
  body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

std::string page_url(const std::string& url, std::string_view cursor, std::uint32_t limit) {
  std::string out = url + (url.find('?') == std::string::npos ? "?" : "&") + "limit=" + std::to_string(limit);
  if (!cursor.empty()) out += "&after=" + escaped(cursor);
  return out;
}

void require_page(const vestitel::HttpAnswer& answer) {
  const std::string asking = "asking for a page: ";
  if (answer.rc == VESTITEL_E_RETRY || answer.rc == VESTITEL_E_RATE) {
    throw vestitel::Error::retry(asking + answer.reason, std::max<std::int64_t>(answer.retry_after_ms, 0));
  }
  if (answer.rc < 0) throw vestitel::Error(answer.rc, asking + answer.reason);
  if (answer.status == kOk) return;
  const std::string status = asking + "the service answered " + std::to_string(answer.status);
  if (answer.status == kUnauthorized || answer.status == kForbidden) throw vestitel::Error::auth(status);
  if (answer.status == kGone) throw vestitel::Error::config("", status + ": it does not know the cursor any more");
  if (is_passing(answer.status)) {
    throw vestitel::Error::retry(status, std::max<std::int64_t>(answer.retry_after_ms, 0));
  }
  throw vestitel::Error::config("/url", status);
}

PageEnd read_page(std::string_view body, std::string_view cursor, std::uint32_t limit, Profiles& profiles,
                  vestitel::Emit& out) {
  PageEnd end;
  const char* const begin = body.data();
  for (std::uint32_t number = 1; !body.empty(); ++number) {
    const vestitel_place place = {static_cast<std::uint64_t>(body.data() - begin), number, 1};
    const std::string_view line = take_line(body);
    if (line.empty()) continue;
    if (read_end(line, end)) {
      if (!body.empty()) throw vestitel::Error::data("reading a page: it goes on behind its last line");
      if (end.more && end.next == cursor) throw vestitel::Error::data("reading a page: it leads back to itself");
      return end;
    }
    if (++end.lines > limit) throw vestitel::Error::data("reading a page: it is longer than was asked for");
    if (const LineFault fault = profiles.take(line, place)) out.quarantine(place, fault.element, fault.reason, line);
  }
  throw vestitel::Error::data("reading a page: its last line, with the cursor, is missing");
}

}  // namespace pis_contacts
