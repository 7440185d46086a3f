#include "plugins/sources/pis_contacts/page.hpp"

#include <vector>

namespace pis_contacts {
namespace {

using sources::PageEnd;
using Kind = vestitel::JsonMember::Kind;

// {"next": "...", "more": true} and nothing else.
bool read_end(std::string_view line, PageEnd& end) {
  std::vector<vestitel::JsonMember> members;
  if (vestitel::FlatJson(line).read(members) != nullptr || members.size() != 2) return false;
  std::size_t found = 0;
  for (const vestitel::JsonMember& member : members) {
    if (member.key == "next" && member.kind == Kind::text && sources::is_cursor(member.text)) {
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

PageEnd read_page(std::string_view body, std::uint32_t limit, Profiles& profiles, vestitel::Emit& out) {
  PageEnd end;
  const char* const begin = body.data();
  for (std::uint32_t number = 1; !body.empty(); ++number) {
    const vestitel_place place = {static_cast<std::uint64_t>(body.data() - begin), number, 1};
    const std::string_view line = take_line(body);
    if (line.empty()) continue;
    if (read_end(line, end)) {
      if (!body.empty()) throw vestitel::Error::data("reading a page: it goes on behind its last line");
      return end;
    }
    if (++end.records > limit) throw vestitel::Error::data("reading a page: it is longer than was asked for");
    if (const LineFault fault = profiles.take(line, place)) out.quarantine(place, fault.element, fault.reason, line);
  }
  throw vestitel::Error::data("reading a page: its last line, with the cursor, is missing");
}

}  // namespace pis_contacts
