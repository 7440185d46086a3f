// Sends each message as one mail to one recipient through a relay. The final dot is the border: a message whose dot has
// not left is safe to send again, one whose answer never came is unknown and keeps its Message-ID in a repeat.
#include <vestitel/plugin.hpp>

#include <memory>
#include <mutex>
#include <optional>

#include "plugins/sinks/common/dkim.hpp"
#include "plugins/sinks/common/mail.hpp"
#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls_settings.hpp"
#include "plugins/sinks/smtp/bounces.hpp"
#include "plugins/sinks/smtp/domain_pace.hpp"
#include "plugins/sinks/smtp/mail_jobs.hpp"
#include "plugins/sinks/smtp/pool.hpp"
#include "plugins/sinks/smtp/session.hpp"
#include "plugins/sinks/smtp/signing.hpp"
#include "plugins/sinks/smtp/verdicts.hpp"

namespace vestitel::smtp {
namespace {

using std::chrono::seconds;

constexpr seconds kStartWindow{330};  // from the call of deliver to the last final dot that leaves
constexpr seconds kLongestDot{600};   // RFC 5321, 4.5.3.2.6
constexpr std::int64_t kMaxSessions = 32;
// What a call holds when the hub is killed is in doubt, begun or not, so a call takes few: one mail for each of
// the most sessions, eight a session with the default of four. Against 256 a call that costs about 5 % of the rate
// with a relay that takes 5 ms a mail.
constexpr std::uint32_t kMaxBatch = kMaxSessions;

constexpr Field kFields[] = {
    field::text("host", "The relay that takes the mail.").required().example("mail.example.bg").group("Connection"),
    field::integer("port", "Its port: 587 for submission, 25 between servers, 465 with tls: implicit.")
        .by_default("587")
        .range(1, 65535)
        .group("Connection"),
    field::choice("tls",
                  "required: STARTTLS or nothing. opportunistic: STARTTLS where it is offered. implicit: TLS from the "
                  "first byte. none: plaintext, only with dangerously_allow_plaintext.",
                  "required|opportunistic|implicit|none")
        .by_default("required")
        .group("Connection"),
    field::boolean("dangerously_allow_plaintext", "Confirms tls: none. Mail then crosses the network readable.")
        .by_default("false")
        .advanced()
        .group("Connection"),
    field::boolean("tls_onward",
                   "The relay passes a mail on over TLS alone, or not at all (REQUIRETLS); it has to offer that.")
        .by_default("false")
        .group("Connection"),
    sinks::kCaFile,
    sinks::kServerName,
    field::text("user", "User name for AUTH; empty: no AUTH. Sent over TLS only.").group("Login"),
    field::secret("password", "Password of `user`, or its OAuth token.").group("Login"),
    field::choice("auth", "What the secret is.", "password|oauth_token").by_default("password").group("Login"),
    field::text("from", "Address in the From header.").required().example("no-reply@example.bg").group("Message"),
    field::text("from_name", "Name beside that address.").group("Message"),
    field::text("reply_to", "Address for answers; empty: none.").group("Message"),
    field::text("envelope_from",
                "Where bounces go; empty: `from`. {id} becomes an opaque id of the message, as in "
                "bounce+{id}@example.bg.")
        .group("Message"),
    field::text("message_id_domain", "Right side of Message-ID; empty: the domain of `from`.")
        .advanced()
        .group("Message"),
    field::text("list_id", "Name for the List-Id header, such as news.example.bg; empty: none.").group("Message"),
    field::text("unsubscribe_url",
                "https URL in List-Unsubscribe; {id} becomes an opaque id of the message. Its server ends the mails on "
                "a POST (one click), never on a GET.")
        .group("Message"),
    field::text("unsubscribe_mailto", "Address in List-Unsubscribe; may hold {id}.").group("Message"),
    field::choice("dsn", "Delivery reports to ask the relay for.", "off|failure|all")
        .by_default("off")
        .group("Message"),
    kDkimDomain,
    kDkimRsaSelector,
    kDkimRsaKey,
    kDkimEd25519Selector,
    kDkimEd25519Key,
    kDkimLifetime,
    field::text("helo", "Name given in EHLO; empty: the domain of `from`.").advanced().group("Connection"),
    field::integer("sessions", "Connections kept open and worked at once.")
        .by_default("4")
        .range(1, kMaxSessions)
        .group("Speed"),
    field::integer("domain_sessions", "Mails on their way to one recipient domain at once; 0: as many as sessions.")
        .by_default("0")
        .range(0, kMaxSessions)
        .group("Speed"),
    field::text(
        "domain_rate",
        "Mails to one recipient domain: N/s, N/m or N/h, evenly spread; empty: as fast as the relay takes them.")
        .group("Speed"),
    field::duration("idle", "A connection that rested longer is not used again.")
        .by_default("60s")
        .range(1'000, 3'600'000)
        .advanced()
        .group("Speed"),
    field::duration("connect_timeout", "Longest wait for a connection, shared by all addresses of the relay.")
        .by_default("5s")
        .range(100, 60'000)
        .advanced()
        .group("Waits"),
    field::duration("handshake_timeout", "Longest wait for a TLS handshake.")
        .by_default("30s")
        .range(100, 300'000)
        .advanced()
        .group("Waits"),
    field::duration("reply_timeout", "Longest wait for the greeting and for the answers to EHLO, AUTH, MAIL and RCPT.")
        .by_default("5m")
        .range(100, 300'000)
        .advanced()
        .group("Waits"),
    field::duration("data_timeout", "Longest wait for the answer to DATA.")
        .by_default("2m")
        .range(100, 300'000)
        .advanced()
        .group("Waits"),
    field::duration("block_timeout", "Longest wait while the relay takes a block of the message.")
        .by_default("3m")
        .range(100, 300'000)
        .advanced()
        .group("Waits"),
    field::duration("dot_timeout", "Longest wait for the answer to the final dot; a shorter one makes more unknowns.")
        .by_default("10m")
        .range(100, 600'000)
        .advanced()
        .group("Waits"),
    kBouncesMaildir,
    kBouncesImap,
    kBouncesImapPort,
    kBouncesImapTls,
    kBouncesCaFile,
    kBouncesUser,
    kBouncesPassword,
    kBouncesFolder,
    kBouncesDoneFolder,
    kBounceKey,
};

std::int64_t micros(std::chrono::milliseconds time) { return time.count() * 1000; }

TlsMode tls_mode(const Settings& settings) {
  const std::string& mode = settings.choice("tls");
  if (mode == "required") return TlsMode::required;
  if (mode == "opportunistic") return TlsMode::opportunistic;
  if (mode == "implicit") return TlsMode::implicit;
  if (!settings.boolean("dangerously_allow_plaintext")) {
    throw Error::config("/tls", "none sends mail in plaintext: confirm with dangerously_allow_plaintext: true");
  }
  if (!settings.text("user").empty()) throw Error::config("/user", "AUTH is only done over TLS, and tls is none");
  return TlsMode::none;
}

SessionOptions session_options(const Settings& settings) {
  SessionOptions out;
  out.tls = tls_mode(settings);
  out.tls_onward = settings.boolean("tls_onward");
  if (out.tls_onward && out.tls == TlsMode::none) throw Error::config("/tls_onward", "needs TLS, and tls is none");
  const std::string& dsn = settings.choice("dsn");
  out.dsn = dsn == "all" ? DsnMode::all : dsn == "failure" ? DsnMode::failure : DsnMode::off;
  out.user = settings.text("user");
  out.token = settings.choice("auth") == "oauth_token";
  if (!mail::clean_field(out.user)) throw Error::config("/user", "expected a text without control characters");
  const std::string& from = settings.text("from");
  const std::string& helo = settings.text("helo");
  const auto name = mail::to_ascii_domain(helo.empty() ? from.substr(from.rfind('@') + 1) : helo);
  if (!name) throw Error::config(helo.empty() ? "/from" : "/helo", "expected a host name");
  out.helo = *name;
  out.timeouts.connect = micros(settings.duration("connect_timeout"));
  out.timeouts.handshake = micros(settings.duration("handshake_timeout"));
  out.timeouts.greeting = micros(settings.duration("reply_timeout"));
  out.timeouts.data = micros(settings.duration("data_timeout"));
  out.timeouts.block = micros(settings.duration("block_timeout"));
  out.timeouts.dot = micros(settings.duration("dot_timeout"));
  return out;
}

PoolOptions pool_options(const Settings& settings) {
  PoolOptions out;
  out.sessions = static_cast<std::size_t>(settings.integer("sessions"));
  out.idle_us = micros(settings.duration("idle"));
  return out;
}

PaceLimits pace_limits(const Settings& settings) {
  PaceLimits out;
  out.at_once = static_cast<std::uint32_t>(settings.integer("domain_sessions"));
  const std::string& rate = settings.text("domain_rate");
  if (rate.empty()) return out;
  const auto interval = interval_of_rate(rate);
  if (!interval) throw Error::config("/domain_rate", "expected N/s, N/m or N/h with N from 1 to 1000000");
  out.interval_us = *interval;
  return out;
}

mail::MailMaker mail_maker(const Settings& settings) {
  mail::MailPolicy policy;
  policy.from = settings.text("from");
  policy.from_name = settings.text("from_name");
  policy.reply_to = settings.text("reply_to");
  policy.envelope_from = settings.text("envelope_from");
  policy.message_id_domain = settings.text("message_id_domain");
  policy.list_id = settings.text("list_id");
  policy.unsubscribe = {settings.text("unsubscribe_url"), settings.text("unsubscribe_mailto")};
  auto made = mail::MailMaker::create(policy);
  if (made) return std::move(*made.value);
  const std::size_t colon = made.error.find(": ");  // "setting: what is wrong"
  throw Error::config('/' + made.error.substr(0, colon), made.error.substr(colon + 2));
}

class SmtpSink {
 public:
  static constexpr Traits kTraits =
      Traits()
          .needs_net()
          .nodelete()  // GMime's types live as long as the process
          .max_batch(kMaxBatch)
          .max_body(kMaxBody)
          .max_send(kStartWindow + kLongestDot)
          .capabilities(
              R"({"network":["{host}:{port}","{bounces_imap}:{bounces_imap_port}"],"services":["vestitel.connect/1"],)"
              R"("files":["{ca_file}","{bounces_ca_file}"],"write":["{bounces_maildir}"],)"
              R"("secrets":["password","dkim_rsa_key","dkim_ed25519_key","bounces_password","bounce_key"],)"
              R"("libraries":["libssl.so.3: TLS to the relay",)"
              R"("libcrypto.so.3: certificates, signatures and the keys of messages",)"
              R"("libgmime-3.0.so.0: the parts of what comes back",)"
              R"("libgobject-2.0.so.0: its objects",)"
              R"("libglib-2.0.so.0: its dates and bytes",)"
              R"("libidn2.so.0: domain names with letters beyond ASCII"]})");

  SmtpSink(const Settings& settings, const Host& host)
      : settings_(settings),
        host_(host),
        options_(session_options(settings)),
        pool_options_(pool_options(settings)),
        maker_(mail_maker(settings)),
        signing_(settings, mail::parse_mailbox(settings.text("from"))->domain),
        pace_(pace_limits(settings)),
        bounces_(settings, host) {}

  // Goes as far as a session gets without a mail: connection, TLS, EHLO, AUTH, QUIT.
  void check() {
    const std::lock_guard lock(mutex_);
    prepare();
    Pool probe(options_, pool_options_, tls_.get(), *network_);
    const Ending ending = probe.probe([this] { return host_.cancelled(); });
    if (ending.fault == Fault::none && ending.step == Step::idle) return bounces_.check();
    const Verdict verdict = judge(ending, {}, host_.now_us()).verdict;
    if (verdict.kind() != VESTITEL_CONFIG_ERROR) throw Error::retry(verdict.reason());
    if (ending.step == Step::auth) throw Error::auth(verdict.reason());
    throw Error::config(ending.fault == Fault::onward_missing ? "/tls_onward" : "/tls", verdict.reason());
  }

  void start() {
    const std::lock_guard lock(mutex_);
    prepare();
    pool_ = std::make_unique<Pool>(options_, pool_options_, tls_.get(), *network_);
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    const Workshop workshop{
        maker_, signer_ ? &*signer_ : nullptr, bounces_.on() ? &bounces_.marks() : nullptr, book_, pace_, *network_,
        host_};
    MailJobs jobs(batch, delivery, workshop);
    pool_->run(jobs, network_->now_us() + std::chrono::microseconds(kStartWindow).count());
  }

  // What came back since the last time.
  Polled poll_receipts(std::uint32_t max, Receipts& receipts) {
    const std::lock_guard lock(mutex_);
    return bounces_.poll(max, book_, receipts);
  }

  // A running deliver sees the stop within 100 ms and returns: a mail whose dot has left is then unknown, others a
  // retry.
  void stop() {
    const std::lock_guard lock(mutex_);
    if (pool_) pool_->close();
    pool_.reset();
  }

 private:
  // What needs files and secrets, once.
  void prepare() {
    if (network_) return;
    bounces_.prepare();
    if (bounces_.on()) maker_.mark_with(bounces_.marks());
    if (!options_.user.empty()) {
      options_.secret = host_.secret("password");
      if (options_.secret.empty()) throw Error::config("/password", "`user` is set and this secret is not");
    }
    signer_ = signing_.signer(host_);
    if (options_.tls != TlsMode::none) tls_ = sinks::tls_of(settings_);
    network_ = sinks::poll_network(settings_.text("host"), static_cast<std::uint16_t>(settings_.integer("port")),
                                   options_.timeouts.connect, [this] { return borrow(); });
  }

  // In the sandbox: the hub makes the connection. It was granted one relay.
  int borrow() const {
    try {
      return connect_stream(host_, settings_.text("host"), static_cast<std::uint16_t>(settings_.integer("port")),
                            std::chrono::milliseconds(options_.timeouts.connect / 1000));
    } catch (const Error& error) {
      host_.log(VESTITEL_LOG_WARN, "no connection from the host", {{"reason", error.what()}});
      return -1;
    }
  }

  const Settings& settings_;
  const Host& host_;
  SessionOptions options_;
  const PoolOptions pool_options_;
  // Below: under mutex_, which deliver holds for its whole run, so that stop() closes what nobody uses.
  std::mutex mutex_;
  mail::MailMaker maker_;
  const Signing signing_;
  std::optional<mail::DkimSigner> signer_;
  RefusalBook book_;
  DomainPace pace_;
  Bounces bounces_;
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace
}  // namespace vestitel::smtp

VESTITEL_EXPORT_SINK(vestitel::smtp::SmtpSink, "org.vestitel.smtp", "SMTP", "1.0.0", vestitel::smtp::kFields)
