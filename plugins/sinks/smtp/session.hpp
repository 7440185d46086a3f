// One SMTP dialogue as a pure state machine: bytes and times in, bytes, events and a deadline out. It has no socket, no
// clock and no thread, so that every answer a peer can give, cut at every place, is tested without waiting.
//
//   connect -> [handshake] -> greeting -> EHLO -> [STARTTLS -> handshake -> EHLO] -> [AUTH] -> idle
//   idle -> [RSET] MAIL RCPT DATA (one write with PIPELINING) -> body -> dot -> idle
//
// The owner moves bytes: what read() gave goes to on_bytes(), what take_output() gives goes to the socket, and after
// each call it drains the events. Times are microseconds of one monotonic clock.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/smtp/reply.hpp"

namespace vestitel::smtp {

enum class Step { connect, handshake, greeting, ehlo, starttls, auth, idle, reset, mail, rcpt, data, body, dot, quit };

// Why a step ended without a reply that says so.
enum class Fault {
  none,             // the reply says it
  lost,             // the connection ended, could not be made, or is of no more use (RSET refused)
  timeout,          // the deadline of the step passed
  garbage,          // what came is no reply
  injected,         // plaintext behind the answer to STARTTLS
  tls_missing,      // TLS is required and not offered
  tls_failed,       // the handshake failed
  bad_certificate,  // the peer's certificate does not prove its name
  auth_missing,     // no mechanism that we may use is offered
  too_big,          // larger than the peer's SIZE
  utf8_missing,     // needs SMTPUTF8, which is not offered
  onward_missing,   // REQUIRETLS is wanted and not offered over TLS
  cancelled         // we stopped
};

// How a message or a session ended: where, and by which reply or fault.
struct Ending {
  Step step = Step::idle;
  Fault fault = Fault::none;
  Reply reply;
};

enum class TlsMode { required, opportunistic, implicit, none };
enum class DsnMode { off, failure, all };

// Per-step waits in microseconds.
struct Timeouts {
  std::int64_t connect = 5'000'000;
  std::int64_t handshake = 30'000'000;
  std::int64_t greeting = 300'000'000;  // also EHLO, AUTH, MAIL, RCPT, RSET
  std::int64_t data = 120'000'000;      // DATA to 354
  std::int64_t block = 180'000'000;     // between two blocks of the body that the peer takes
  std::int64_t dot = 600'000'000;       // the final dot to its answer
  std::int64_t quit = 500'000;          // a courtesy: nothing depends on its answer
};

struct SessionOptions {
  TlsMode tls = TlsMode::required;
  DsnMode dsn = DsnMode::off;
  bool tls_onward = false;  // REQUIRETLS (RFC 8689): the peer passes mails on over TLS alone
  std::string helo = "localhost";
  std::string user, secret;  // no user: no AUTH
  bool token = false;        // `secret` is an OAuth token: XOAUTH2
  Timeouts timeouts;
};

// One transaction; one recipient. `data` ends its last line with CRLF and is not dot-stuffed.
struct Transaction {
  std::string from, to, envelope_id, data;
  bool needs_utf8 = false;
  std::int64_t start_by = 0;  // the final dot leaves before this or not at all, same clock; 0: none
  std::int64_t deadline = 0;  // of the whole send; 0: none
};

struct Event {
  enum class Kind {
    start_tls,  // the owner shakes hands on this connection and calls on_tls_ready()
    ready,      // idle: send() may be called
    begin,      // the bytes just taken hold the final dot: from here on the peer may act
    result,     // the transaction ended as `ending` says
    closed      // the session is over as `ending` says; nothing follows
  };
  Kind kind;
  Ending ending;
};

class Session {
 public:
  static constexpr std::size_t kMaxChunk = std::size_t{64} * 1024;

  // The connection is being made; `options` outlives the session.
  Session(const SessionOptions& options, std::int64_t now);

  void on_connected(std::int64_t now);
  void on_tls_ready(std::int64_t now);
  void on_bytes(std::string_view bytes, std::int64_t now);
  void on_lost(Fault why, std::int64_t now);  // the connection ended by no doing of ours
  void on_time(std::int64_t now);             // deadlines that have passed take effect

  bool idle() const { return step_ == Step::idle && !closed_; }
  bool closed() const { return closed_; }
  bool busy() const { return busy_; }
  bool secure() const { return secure_; }
  Step step() const { return step_; }

  // Starts a transaction on an idle session. Ends in exactly one `result`, perhaps at once.
  void send(Transaction transaction, std::int64_t now);
  void quit(std::int64_t now);
  // The transaction of the last result, to be sent on another session.
  Transaction reclaim() { return std::move(now_); }

  // The next bytes for the peer, at most kMaxChunk; empty: none. Valid until the next call. When the chunk holds the
  // final dot, the event `begin` is there before this returns: the owner drains events between taking and writing.
  std::string_view take_output(std::int64_t now);
  bool has_output() const { return out_at_ < out_.size() || body_at_ < body_.size(); }

  // When on_time() is due; INT64_MAX: never.
  std::int64_t deadline() const;

  bool has_events() const { return !events_.empty(); }
  std::vector<Event> take_events();

 private:
  void on_reply(Reply reply, std::int64_t now);
  void on_greeting(const Reply& reply, std::int64_t now);
  void on_ehlo(const Reply& reply, std::int64_t now);
  void on_starttls(const Reply& reply, std::int64_t now);
  void on_auth(const Reply& reply, std::int64_t now);
  void on_envelope(const Reply& reply, std::int64_t now);
  void on_data_reply(const Reply& reply, std::int64_t now);
  void on_dot(const Reply& reply, std::int64_t now);

  void learn(const std::string& ehlo_text);
  void choose_next(std::int64_t now);  // after EHLO: TLS, AUTH or idle
  void begin_auth(std::int64_t now);
  void command(Step step, const std::string& line, std::int64_t now);
  void wait_for(Step step, std::int64_t now);
  std::int64_t wait_of(Step step) const;
  std::string mail_command() const;
  std::string rcpt_command() const;
  void send_next(std::int64_t now);  // without PIPELINING: the command of step_
  void settle(Ending ending);
  void become_idle(std::int64_t now);
  void close(Ending ending);
  void emit(Event::Kind kind, Ending ending = {}) { events_.push_back({kind, std::move(ending)}); }

  struct Offers {
    bool starttls = false, pipelining = false, size = false, eight_bit = false, utf8 = false, dsn = false,
         requiretls = false;
    bool plain = false, login = false, xoauth2 = false;
    std::uint64_t max_size = 0;  // 0: no limit stated
  };

  const SessionOptions& options_;
  Step step_ = Step::connect;
  std::int64_t step_deadline_ = 0;
  bool secure_ = false, closed_ = false, busy_ = false;
  bool failed_ = false;           // the running transaction is settled; the rest of its replies is only followed
  bool recipient_taken_ = false;  // the peer took the running transaction's recipient
  bool needs_reset_ = false;      // the peer may still hold a transaction of ours
  int auth_round_ = 0;            // LOGIN: 1 user asked, 2 password asked
  Offers offers_;
  Transaction now_;
  ReplyParser parser_;
  std::string out_, body_, chunk_;
  std::size_t out_at_ = 0, body_at_ = 0;
  std::vector<Event> events_;
};

// Doubles each dot at the start of a line and appends the final dot.
std::string dot_stuffed(std::string_view data);

}  // namespace vestitel::smtp
