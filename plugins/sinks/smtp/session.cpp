#include "plugins/sinks/smtp/session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace vestitel::smtp {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kFinalDot = ".\r\n";

}  // namespace

std::string dot_stuffed(std::string_view data) {
  std::string out;
  out.reserve(data.size() + data.size() / 64 + 8);
  bool line_start = true;
  while (!data.empty()) {
    if (line_start && data.front() == '.') out += '.';
    const std::size_t end = data.find('\n');
    const std::size_t size = end == std::string_view::npos ? data.size() : end + 1;
    out.append(data.substr(0, size));
    line_start = end != std::string_view::npos;
    data.remove_prefix(size);
  }
  return out.append(kFinalDot);
}

Session::Session(const SessionOptions& options, std::int64_t now) : options_(options) { wait_for(Step::connect, now); }

std::int64_t Session::wait_of(Step step) const {
  const Timeouts& t = options_.timeouts;
  switch (step) {
    case Step::connect: return t.connect;
    case Step::handshake: return t.handshake;
    case Step::data: return t.data;
    case Step::body: return t.block;
    case Step::dot: return t.dot;
    case Step::quit: return t.quit;
    default: return t.greeting;
  }
}

void Session::wait_for(Step step, std::int64_t now) {
  step_ = step;
  step_deadline_ = step == Step::idle ? kNever : now + wait_of(step);
}

std::int64_t Session::deadline() const {
  if (closed_) return kNever;
  std::int64_t due = step_deadline_;
  if (busy_ && now_.deadline != 0) due = std::min(due, now_.deadline);
  if (busy_ && now_.start_by != 0 && step_ != Step::dot) due = std::min(due, now_.start_by);
  return due;
}

std::vector<Event> Session::take_events() { return std::exchange(events_, {}); }

void Session::command(Step step, const std::string& line, std::int64_t now) {
  out_.append(line).append("\r\n");
  wait_for(step, now);
}

void Session::on_connected(std::int64_t now) {
  if (closed_) return;
  if (options_.tls != TlsMode::implicit) return wait_for(Step::greeting, now);
  wait_for(Step::handshake, now);
  emit(Event::Kind::start_tls);
}

void Session::on_tls_ready(std::int64_t now) {
  if (closed_) return;
  secure_ = true;
  if (options_.tls == TlsMode::implicit) return wait_for(Step::greeting, now);
  command(Step::ehlo, "EHLO " + options_.helo, now);
}

void Session::on_lost(Fault why, std::int64_t now) {
  (void)now;
  if (closed_) return;
  if (step_ == Step::quit) why = Fault::none;
  close({step_, why, {}});
}

void Session::on_time(std::int64_t now) {
  if (now >= deadline()) on_lost(Fault::timeout, now);
}

void Session::on_bytes(std::string_view bytes, std::int64_t now) {
  while (!closed_ && !bytes.empty()) {
    Reply reply;
    switch (parser_.feed(bytes, reply)) {
      case ReplyParser::State::need_more: return;
      case ReplyParser::State::garbage: return close({step_, Fault::garbage, {}});
      case ReplyParser::State::reply: break;
    }
    // RFC 3207: nothing may follow the answer to STARTTLS in plaintext. What does was put there by somebody else.
    const bool injected = step_ == Step::starttls && !bytes.empty();
    if (injected) return close({step_, Fault::injected, {}});
    on_reply(std::move(reply), now);
  }
}

void Session::on_reply(Reply reply, std::int64_t now) {
  if (reply.code == 421) return close({step_, Fault::none, std::move(reply)});
  switch (step_) {
    case Step::greeting: return on_greeting(reply, now);
    case Step::ehlo: return on_ehlo(reply, now);
    case Step::starttls: return on_starttls(reply, now);
    case Step::auth: return on_auth(reply, now);
    case Step::reset:
    case Step::mail:
    case Step::rcpt: return on_envelope(reply, now);
    case Step::data: return on_data_reply(reply, now);
    case Step::dot: return on_dot(reply, now);
    case Step::quit: return close({step_, Fault::none, {}});
    case Step::body:  // refused in the middle of the body, before the dot: nothing can be continued after that
      if (reply.code >= 400) return close({Step::body, Fault::none, std::move(reply)});
      break;
    case Step::connect:
    case Step::handshake:
    case Step::idle: break;
  }
  // A reply that nothing asked for: every later answer would be taken for that of another message.
  close({step_, Fault::garbage, {}});
}

std::string Session::mail_command() const {
  std::string line = "MAIL FROM:<" + now_.from + '>';
  if (offers_.size) line += " SIZE=" + std::to_string(now_.data.size());
  if (now_.needs_utf8) line += offers_.eight_bit ? " BODY=8BITMIME SMTPUTF8" : " SMTPUTF8";
  if (options_.tls_onward) line += " REQUIRETLS";
  if (offers_.dsn && options_.dsn != DsnMode::off) line += " RET=HDRS ENVID=" + now_.envelope_id;
  return line;
}

std::string Session::rcpt_command() const {
  std::string line = "RCPT TO:<" + now_.to + '>';
  if (!offers_.dsn || options_.dsn == DsnMode::off) return line;
  return line + (options_.dsn == DsnMode::all ? " NOTIFY=SUCCESS,FAILURE,DELAY" : " NOTIFY=FAILURE");
}

void Session::send(Transaction transaction, std::int64_t now) {
  now_ = std::move(transaction);
  busy_ = true;
  failed_ = recipient_taken_ = false;
  if (offers_.max_size != 0 && now_.data.size() > offers_.max_size) {
    settle({Step::mail, Fault::too_big, {}});
    return emit(Event::Kind::ready);
  }
  if (now_.needs_utf8 && !offers_.utf8) {
    settle({Step::mail, Fault::utf8_missing, {}});
    return emit(Event::Kind::ready);
  }
  const bool reset = std::exchange(needs_reset_, true);
  wait_for(reset ? Step::reset : Step::mail, now);
  if (!offers_.pipelining) return send_next(now);
  if (reset) out_ += "RSET\r\n";
  out_ += mail_command() + "\r\n" + rcpt_command() + "\r\nDATA\r\n";
}

void Session::send_next(std::int64_t now) {
  switch (step_) {
    case Step::reset: return command(Step::reset, "RSET", now);
    case Step::mail: return command(Step::mail, mail_command(), now);
    case Step::rcpt: return command(Step::rcpt, rcpt_command(), now);
    default: return command(Step::data, "DATA", now);
  }
}

// RSET, MAIL or RCPT was answered. A refusal settles the message; with PIPELINING the commands behind it are already on
// their way, so their answers are still followed. A refused RSET says nothing of the message: what is open on this
// connection is then anybody's guess, and the message, of which nothing was sent, is for another one.
void Session::on_envelope(const Reply& reply, std::int64_t now) {
  const Step at = step_;
  if (reply.intermediate()) return close({at, Fault::garbage, {}});
  if (at == Step::reset && !reply.positive()) return close({at, Fault::lost, reply});
  if (at == Step::rcpt) recipient_taken_ = reply.positive();
  if (!reply.positive() && !failed_) {
    settle({at, Fault::none, reply});
    if (!offers_.pipelining) {
      become_idle(now);
      return;
    }
    failed_ = true;
  }
  wait_for(at == Step::reset ? Step::mail : at == Step::mail ? Step::rcpt : Step::data, now);
  if (!offers_.pipelining) send_next(now);
}

void Session::on_data_reply(const Reply& reply, std::int64_t now) {
  if (reply.code < 400 && reply.code != 354) return close({Step::data, Fault::garbage, {}});
  if (reply.code != 354) {
    if (!failed_) settle({Step::data, Fault::none, reply});
    return become_idle(now);
  }
  if (failed_) {
    // A dot now would send an empty mail to somebody. Without one the peer has to drop what it took.
    if (recipient_taken_) return close({Step::data, Fault::garbage, reply});
    // RFC 2920: the peer asks for data although it took no recipient. An empty message to nobody ends that.
    out_ += kFinalDot;
    return wait_for(Step::dot, now);
  }
  body_ = dot_stuffed(now_.data);
  body_at_ = 0;
  wait_for(Step::body, now);
}

void Session::on_dot(const Reply& reply, std::int64_t now) {
  if (reply.intermediate()) return close({Step::dot, Fault::garbage, {}});
  needs_reset_ = failed_;
  if (!failed_) settle({Step::dot, Fault::none, reply});
  become_idle(now);
}

std::string_view Session::take_output(std::int64_t now) {
  if (closed_) return {};
  if (out_at_ < out_.size()) {
    chunk_.assign(out_, out_at_, kMaxChunk);
    out_at_ += chunk_.size();
    if (out_at_ == out_.size()) {
      out_.clear();
      out_at_ = 0;
    }
    return chunk_;
  }
  if (body_at_ >= body_.size()) return {};
  chunk_.assign(body_, body_at_, kMaxChunk);
  body_at_ += chunk_.size();
  if (body_at_ < body_.size()) {
    // Never part of the final dot without the rest: what has left then cannot end the message.
    const std::size_t rest = body_.size() - body_at_;
    if (rest < kFinalDot.size()) {
      const std::size_t back = kFinalDot.size() - rest;
      body_at_ -= back;
      chunk_.resize(chunk_.size() - back);
    }
    wait_for(Step::body, now);
    return chunk_;
  }
  // This chunk holds the final dot: once it leaves, the peer may act on the message. Before it nothing could.
  body_.clear();
  body_at_ = 0;
  wait_for(Step::dot, now);
  emit(Event::Kind::begin);
  return chunk_;
}

void Session::settle(Ending ending) {
  if (!busy_) return;
  busy_ = false;
  emit(Event::Kind::result, std::move(ending));
}

void Session::become_idle(std::int64_t now) {
  failed_ = false;
  now_ = {};
  wait_for(Step::idle, now);
  emit(Event::Kind::ready);
}

void Session::quit(std::int64_t now) {
  if (closed_) return;
  if (step_ != Step::idle) return close({step_, Fault::cancelled, {}});
  command(Step::quit, "QUIT", now);
}

void Session::close(Ending ending) {
  closed_ = true;
  settle(ending);
  out_.clear();
  body_.clear();
  out_at_ = body_at_ = 0;
  emit(Event::Kind::closed, std::move(ending));
}

}  // namespace vestitel::smtp
