#include "plugins/sinks/smtp/bounces.hpp"

#include <vestitel/services.hpp>

#include "plugins/sinks/common/mailbox.hpp"
#include "plugins/sinks/smtp/maildir_folder.hpp"
#include "plugins/sinks/smtp/report_reading.hpp"

namespace vestitel::smtp {
namespace {

constexpr std::int64_t kLongestTurn = 20'000'000;  // of a server that stalls; mails wait meanwhile
constexpr std::int64_t kFairTurn = 5'000'000;      // of one that answers: no further report is begun
constexpr std::int64_t kConnect = 5'000'000;

bool is_this_machine(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

// The reverse path has room for a mark: a local part has 64 characters (RFC 5321, 4.5.3.1.1).
void check_envelope(const std::string& envelope_from) {
  constexpr std::string_view kIdMark = "{id}";
  const std::size_t at = envelope_from.find(kIdMark);
  if (at == std::string::npos) {
    throw Error::config("/envelope_from", "bounces are read, so it has to name the mail: {id} is missing");
  }
  std::string sample = envelope_from;
  sample.replace(at, kIdMark.size(), std::string(mail::MailMarks::kSize, 'a'));
  if (!mail::parse_mailbox(sample)) {
    throw Error::config("/envelope_from", "no mail address, or more than 14 characters beside {id} before the @");
  }
}

void check_words(const ImapOptions& imap) {
  if (!imap_quotable(imap.user) || imap.user.empty()) {
    throw Error::config("/bounces_user", "expected a text of printable ASCII");
  }
  if (!imap_quotable(imap.folder) || imap.folder.empty()) {
    throw Error::config("/bounces_folder", "expected a text of printable ASCII");
  }
  if (!imap_quotable(imap.done_folder)) {
    throw Error::config("/bounces_done_folder", "expected a text of printable ASCII");
  }
}

}  // namespace

Bounces::Bounces(const Settings& settings, const Host& host) : settings_(settings), host_(host) {
  if (!on()) return;
  if (maildir() && imap()) throw Error::config("/bounces_maildir", "a Maildir or an IMAP mailbox, not both");
  check_envelope(settings.text("envelope_from"));
  if (maildir()) return;
  imap_.user = settings.text(kBouncesUser.name);
  imap_.folder = settings.text(kBouncesFolder.name);
  imap_.done_folder = settings.text(kBouncesDoneFolder.name);
  check_words(imap_);
  const bool plain = settings.choice(kBouncesImapTls.name) == "none";
  if (plain && !is_this_machine(settings.text(kBouncesImap.name))) {
    throw Error::config("/bounces_imap_tls", "none is for this machine only: localhost, 127.0.0.1 or ::1");
  }
}

void Bounces::prepare() {
  if (!on() || marks_) return;
  std::string key = host_.secret(kBounceKey.name);
  if (key.size() < mail::MailMarks::kLeastKey) {
    throw Error::config("/bounce_key", "bounces are read, and this secret is not set or shorter than 16 characters");
  }
  if (imap()) {
    imap_.password = host_.secret(kBouncesPassword.name);
    if (imap_.password.empty() || !imap_quotable(imap_.password)) {
      throw Error::config("/bounces_password", "expected a secret of printable ASCII");
    }
    const std::string& server = settings_.text(kBouncesImap.name);
    if (settings_.choice(kBouncesImapTls.name) == "implicit") {
      std::string error;
      tls_ = sinks::TlsContext::create(settings_.text(kBouncesCaFile.name), server, error);
      if (!tls_) throw Error::config("/bounces_ca_file", error);
    }
    network_ = sinks::poll_network(server, static_cast<std::uint16_t>(settings_.integer(kBouncesImapPort.name)),
                                   kConnect, [this] { return borrow(); });
  }
  marks_.emplace(std::move(key));
}

// In the sandbox: the hub makes the connection.
int Bounces::borrow() const {
  try {
    return connect_stream(host_, settings_.text(kBouncesImap.name),
                          static_cast<std::uint16_t>(settings_.integer(kBouncesImapPort.name)),
                          std::chrono::milliseconds(kConnect / 1000));
  } catch (const Error& error) {
    host_.log(VESTITEL_LOG_WARN, "no connection from the host", {{"reason", error.what()}});
    return -1;
  }
}

void Bounces::use(const std::function<void(MailFolder&)>& work) {
  if (maildir()) {
    MaildirFolder folder(settings_.text(kBouncesMaildir.name));
    return work(folder);
  }
  ImapLink link(*network_, tls_.get(), network_->now_us() + kLongestTurn, [this] { return host_.cancelled(); });
  ImapFolder folder(link, imap_);
  work(folder);
}

void Bounces::check() {
  if (!on()) return;
  prepare();
  use([](MailFolder&) {});
}

Polled Bounces::poll(std::uint32_t max, RefusalBook& book, Receipts& receipts) {
  if (!on()) return Polled::end;
  Turn turn;
  const std::int64_t begin = host_.now_us();
  const auto over = [&] { return host_.cancelled() || host_.now_us() >= begin + kFairTurn; };
  const auto say = [&] {
    for (const auto& [word, count] : turn.words) {
      host_.log(VESTITEL_LOG_INFO, "smtp_reports_read", {{"outcome", word}, {"count", std::to_string(count)}});
    }
    if (turn.unreadable == 0) return;
    host_.log(VESTITEL_LOG_WARN, "smtp_reports_unreadable", {{"count", std::to_string(turn.unreadable)}});
  };
  try {
    use([&](MailFolder& folder) {
      read_reports(
          folder, {max, over}, *marks_, book, begin,
          [&](const std::string& id, const Verdict& verdict) { receipts.report(id, verdict); }, turn);
    });
  } catch (...) {
    say();
    throw;
  }
  say();
  return turn.more ? Polled::more : Polled::end;
}

}  // namespace vestitel::smtp
