// What the settings say about the mailbox of bounces, and the turns at it. Off where none is named.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/mail_marks.hpp"
#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls.hpp"
#include "plugins/sinks/smtp/imap_folder.hpp"
#include "plugins/sinks/smtp/verdicts.hpp"

namespace vestitel::smtp {

inline constexpr Field kBouncesMaildir =
    field::text("bounces_maildir", "Maildir into which bounces are delivered; this or bounces_imap.")
        .group("What comes back");
inline constexpr Field kBouncesImap =
    field::text("bounces_imap", "IMAP server of the mailbox into which bounces are delivered.")
        .group("What comes back");
inline constexpr Field kBouncesImapPort =
    field::integer("bounces_imap_port", "Its port.").by_default("993").range(1, 65535).group("What comes back");
inline constexpr Field kBouncesImapTls =
    field::choice("bounces_imap_tls", "implicit: TLS from the first byte. none: plaintext, on this machine only.",
                  "implicit|none")
        .by_default("implicit")
        .group("What comes back");
inline constexpr Field kBouncesCaFile =
    field::text("bounces_ca_file", "PEM file of the authorities to trust at the IMAP server instead of the system's.")
        .advanced()
        .group("What comes back");
inline constexpr Field kBouncesUser = field::text("bounces_user", "User of the IMAP mailbox.").group("What comes back");
inline constexpr Field kBouncesPassword =
    field::secret("bounces_password", "Password of `bounces_user`.").group("What comes back");
inline constexpr Field kBouncesFolder =
    field::text("bounces_folder", "IMAP folder that is read.").by_default("INBOX").advanced().group("What comes back");
inline constexpr Field kBouncesDoneFolder =
    field::text("bounces_done_folder", "IMAP folder into which read mails are moved; empty: they stay, as seen.")
        .advanced()
        .group("What comes back");
inline constexpr Field kBounceKey =
    field::secret("bounce_key",
                  "At least 16 characters of chance. Marks the ids of mails, so that nobody else can bounce them.")
        .group("What comes back");

// Used by one thread.
class Bounces {
 public:
  // Throws Error::config where the settings contradict each other. Borrows both.
  Bounces(const Settings& settings, const Host& host);

  bool on() const { return maildir() || imap(); }
  // Reads the secrets, once. Throws Error::config where one is missing.
  void prepare();
  // Once prepared: the marks of every mail.
  const mail::MailMarks& marks() const { return *marks_; }
  // Opens the mailbox and closes it again.
  void check();
  // At most `max` mails, within kLongestTurn for a server that does not answer.
  Polled poll(std::uint32_t max, RefusalBook& book, Receipts& receipts);

 private:
  bool maildir() const { return !settings_.text(kBouncesMaildir.name).empty(); }
  bool imap() const { return !settings_.text(kBouncesImap.name).empty(); }
  void use(const std::function<void(MailFolder&)>& work);
  int borrow() const;

  const Settings& settings_;
  const Host& host_;
  ImapOptions imap_;
  std::optional<mail::MailMarks> marks_;
  std::unique_ptr<sinks::TlsContext> tls_;
  std::unique_ptr<sinks::Network> network_;
};

}  // namespace vestitel::smtp
