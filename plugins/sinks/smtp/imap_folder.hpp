// A folder on an IMAP server as a folder of reports: what is UNSEEN waits. Looking does not mark it (BODY.PEEK); dealt
// with, it is \Seen, and moved where a folder for that is named.
//
// Written here and not by libcurl: curl fetches by BODY[], which marks a mail as seen before anybody has taken it over,
// and hands the answer to a FETCH of one's own out without its literal; this uses the streams and the TLS that are
// here.
#pragma once
#include <optional>
#include <string>

#include "plugins/sinks/smtp/imap_link.hpp"
#include "plugins/sinks/smtp/mail_folder.hpp"

namespace vestitel::smtp {

struct ImapOptions {
  std::string user, password, folder = "INBOX", done_folder;  // printable ASCII; done_folder empty: it stays
};

class ImapFolder final : public MailFolder {
 public:
  // Logs in and selects the folder over a link that has just been made. Throws Error::auth where the login is refused,
  // Error::config where the folder is not there or cannot be changed.
  ImapFolder(ImapLink& link, const ImapOptions& options);
  ~ImapFolder() override { link_.leave(); }
  ImapFolder(const ImapFolder&) = delete;
  ImapFolder& operator=(const ImapFolder&) = delete;

  std::vector<std::string> waiting() override;
  std::optional<std::string> read(const std::string& name, std::size_t most) override;
  void done(const std::string& name) override;

 private:
  ImapLink& link_;
  const std::string done_folder_;
};

}  // namespace vestitel::smtp
