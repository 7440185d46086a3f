#include "plugins/sinks/smtp/imap_folder.hpp"

#include <vestitel/error.hpp>

#include "plugins/sinks/smtp/fields.hpp"

namespace vestitel::smtp {
namespace {

bool says(const std::string& line, std::string_view lower_word) {
  return lower_case(line).find(lower_word) != std::string::npos;
}

[[noreturn]] void refused(const char* command) {
  throw Error::retry(std::string("reading the IMAP mailbox: the server refuses ") + command);
}

}  // namespace

ImapFolder::ImapFolder(ImapLink& link, const ImapOptions& options) : link_(link), done_folder_(options.done_folder) {
  link_.greet();
  const ImapAnswer login = link_.command("LOGIN " + imap_quoted(options.user) + ' ' + imap_quoted(options.password));
  if (!login.ok) {
    if (says(login.line, "[unavailable]") || says(login.line, "[inuse]")) refused("LOGIN for now");  // RFC 5530
    throw Error::auth("the IMAP server refuses user or password");
  }
  const ImapAnswer selected = link_.command("SELECT " + imap_quoted(options.folder));
  if (!selected.ok) throw Error::config("/bounces_folder", "the IMAP server does not open this folder");
  if (says(selected.line, "[read-only]")) throw Error::config("/bounces_folder", "it may be read and not changed");
}

std::vector<std::string> ImapFolder::waiting() {
  const ImapAnswer found = link_.command("UID SEARCH UNSEEN UNDELETED");
  if (!found.ok) refused("SEARCH");
  std::vector<std::string> out;
  for (const ImapReply& reply : found.responses) {
    if (!reply.is("*", "SEARCH")) continue;
    for (const std::uint32_t uid : numbers_of(reply.text, kMostListed - out.size())) out.push_back(std::to_string(uid));
  }
  return out;
}

// What somebody else took away meanwhile has no answer, and may be done for all we know.
std::optional<std::string> ImapFolder::read(const std::string& name, std::size_t most) {
  const ImapAnswer fetched = link_.command("UID FETCH " + name + " (UID BODY.PEEK[]<0." + std::to_string(most) + ">)");
  if (!fetched.ok) return std::nullopt;
  for (const ImapReply& reply : fetched.responses) {
    const std::string text = lower_case(reply.text) + ' ';
    const bool of_it =
        text.find("uid " + name + ' ') != std::string::npos || text.find("uid " + name + ')') != std::string::npos;
    if (of_it && text.find("body[]") != std::string::npos && reply.literals.size() == 1) {
      return reply.literals.front().substr(0, most);
    }
  }
  return std::nullopt;
}

void ImapFolder::done(const std::string& name) {
  if (!link_.command("UID STORE " + name + " +FLAGS.SILENT (\\Seen)").ok) refused("STORE");
  if (done_folder_.empty()) return;
  if (!link_.command("UID MOVE " + name + ' ' + imap_quoted(done_folder_)).ok) {
    throw Error::config("/bounces_done_folder", "the IMAP server does not move mails there (RFC 6851)");
  }
}

}  // namespace vestitel::smtp
