#include "plugins/sinks/smtp/imap_link.hpp"

#include <algorithm>
#include <array>

#include <vestitel/error.hpp>

namespace vestitel::smtp {
namespace {

constexpr std::int64_t kLook = 100'000;  // how often it is asked whether anybody still waits

[[noreturn]] void fail(const char* what) { throw Error::retry(std::string("reading the IMAP mailbox: ") + what); }

}  // namespace

ImapLink::ImapLink(sinks::Network& network, const sinks::TlsContext* tls, std::int64_t until_us,
                   std::function<bool()> cancelled)
    : network_(network), until_us_(until_us), cancelled_(std::move(cancelled)) {
  connect();
  if (tls == nullptr) return;
  tls_.emplace(*tls);
  shake();
}

void ImapLink::connect() {
  stream_ = network_.connect();
  if (!stream_) fail("no connection");
  while (true) {
    const sinks::Connected state = stream_->connected();
    if (state == sinks::Connected::done) return;
    if (state == sinks::Connected::failed) fail("no connection");
    wait(true);
  }
}

void ImapLink::shake() {
  std::string plain;
  while (true) {
    const sinks::Tls::State state = tls_->step(plain);
    out_ += tls_->take_cipher();
    flush();
    if (state == sinks::Tls::State::ready) break;
    if (state != sinks::Tls::State::shaking && tls_->bad_certificate()) {
      throw Error::config("/bounces_imap", "the IMAP server's certificate does not prove its name");
    }
    if (state != sinks::Tls::State::shaking) fail("TLS handshake failed");
    std::array<char, 4096> buffer{};
    const sinks::IoResult got = stream_->read(buffer.data(), buffer.size());
    if (got.kind == sinks::IoResult::Kind::ended) fail("connection lost");
    if (got.kind == sinks::IoResult::Kind::again) wait(false);
    tls_->feed({buffer.data(), got.size});
  }
}

void ImapLink::wait(bool write) {
  if (cancelled_ && cancelled_()) throw Error(VESTITEL_E_CANCELLED, "cancelled");
  const std::int64_t now = network_.now_us();
  if (now >= until_us_) fail("the server did not answer in time");
  std::vector<sinks::Interest> one{{stream_.get(), write, false}};
  network_.wait(one, std::min(until_us_, now + kLook));
}

void ImapLink::flush() {
  while (!out_.empty()) {
    const sinks::IoResult sent = stream_->write(out_);
    if (sent.kind == sinks::IoResult::Kind::ended) fail("connection lost");
    if (sent.kind == sinks::IoResult::Kind::again) wait(true);
    out_.erase(0, sent.size);
  }
}

void ImapLink::send(std::string_view plain) {
  if (tls_) {
    if (!tls_->seal(plain)) fail("connection lost");
    out_ += tls_->take_cipher();
  } else {
    out_ += plain;
  }
  flush();
}

void ImapLink::receive() {
  in_.erase(0, in_at_);
  in_at_ = 0;
  while (in_.empty()) {
    std::array<char, std::size_t{16} * 1024> buffer{};
    const sinks::IoResult got = stream_->read(buffer.data(), buffer.size());
    if (got.kind == sinks::IoResult::Kind::ended) fail("connection lost");
    if (got.kind == sinks::IoResult::Kind::again) {
      wait(false);
      continue;
    }
    received_ += got.size;
    if (received_ > kMostBytes) fail("the server says more than a mailbox can");
    if (!tls_) {
      in_.append(buffer.data(), got.size);
      continue;
    }
    tls_->feed({buffer.data(), got.size});
    const sinks::Tls::State state = tls_->step(in_);
    out_ += tls_->take_cipher();
    flush();
    if (state != sinks::Tls::State::ready && in_.empty()) fail("connection lost");
  }
}

ImapReply ImapLink::next() {
  ImapReply reply;
  while (true) {
    if (in_at_ == in_.size()) receive();
    std::string_view rest = std::string_view(in_).substr(in_at_);
    const ImapParser::State state = parser_.feed(rest, reply);
    in_at_ = in_.size() - rest.size();
    if (state == ImapParser::State::garbage) fail("the answer is not IMAP");
    // An endless stream of answers never waits: time and cancellation are looked at here too.
    if (network_.now_us() >= until_us_) fail("the server did not answer in time");
    if (state == ImapParser::State::reply) return reply;
  }
}

void ImapLink::greet() {
  const ImapReply first = next();
  if (first.is("*", "OK")) return;
  fail(first.is("*", "BYE") ? "the server refuses its service" : "the greeting is not IMAP");
}

ImapAnswer ImapLink::command(std::string_view text) {
  const std::string tag = "a" + std::to_string(++tags_);
  send(tag + ' ' + std::string(text) + "\r\n");
  ImapAnswer answer;
  while (true) {
    ImapReply reply = next();
    if (reply.tagged(tag)) {
      answer.ok = reply.is(tag, "OK");
      answer.line = std::move(reply.text);
      return answer;
    }
    if (reply.is("*", "BYE")) fail("the server closed the session");
    if (!reply.tagged("*")) fail("the answer is not IMAP");
    if (answer.responses.size() == kMostResponses) fail("the server says more than a mailbox can");
    answer.responses.push_back(std::move(reply));
  }
}

void ImapLink::leave() {
  const std::string line = "a" + std::to_string(++tags_) + " LOGOUT\r\n";
  if (tls_ && !tls_->seal(line)) return;
  static_cast<void>(stream_->write(tls_ ? tls_->take_cipher() : line));
}

}  // namespace vestitel::smtp
