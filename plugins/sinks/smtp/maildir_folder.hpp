// A Maildir as a folder of reports: what lies in new/ waits, and goes to cur/ with the flag S (seen) when it is dealt
// with.
#pragma once
#include <string>

#include "plugins/sinks/smtp/mail_folder.hpp"

namespace vestitel::smtp {

class MaildirFolder final : public MailFolder {
 public:
  // Throws Error::config where `path` has no new/ and cur/ that can be opened.
  explicit MaildirFolder(const std::string& path);
  ~MaildirFolder() override;
  MaildirFolder(const MaildirFolder&) = delete;
  MaildirFolder& operator=(const MaildirFolder&) = delete;

  std::vector<std::string> waiting() override;
  std::optional<std::string> read(const std::string& name, std::size_t most) override;
  void done(const std::string& name) override;

 private:
  int new_ = -1, cur_ = -1;
};

}  // namespace vestitel::smtp
