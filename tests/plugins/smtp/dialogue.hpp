// One session played against a peer that the test speaks for.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/sinks/smtp/session.hpp"

namespace vestitel::smtp::test {

inline constexpr std::int64_t kSecond = 1'000'000;

// One session and everything it said, as one string: "C: ..." bytes, "<event step fault code>".
struct Dialogue {
  explicit Dialogue(SessionOptions o) : options(std::move(o)), session(options, 0) { session.on_connected(now); }

  void drain() {
    for (const Event& e : session.take_events()) {
      switch (e.kind) {
        case Event::Kind::start_tls: said += "<tls>"; break;
        case Event::Kind::ready: said += "<ready>"; break;
        case Event::Kind::begin: said += "<begin>"; break;
        case Event::Kind::result: said += "<result " + text(e.ending) + ">"; break;
        case Event::Kind::closed: said += "<closed " + text(e.ending) + ">"; break;
      }
    }
  }
  static std::string text(const Ending& e) {
    return std::to_string(static_cast<int>(e.step)) + "/" + std::to_string(static_cast<int>(e.fault)) + "/" +
           std::to_string(e.reply.code);
  }
  void flush() {
    drain();
    for (std::string_view out; !(out = session.take_output(now)).empty();) {
      drain();
      said += out;
    }
    drain();
  }
  // The peer speaks, in chunks of `chunk` bytes.
  Dialogue& peer(std::string_view bytes) {
    while (!bytes.empty()) {
      session.on_bytes(bytes.substr(0, chunk), now);
      drain();
      bytes.remove_prefix(std::min(chunk, bytes.size()));
    }
    flush();
    return *this;
  }
  Dialogue& tls_done() {
    session.on_tls_ready(now);
    flush();
    return *this;
  }
  Dialogue& send(Transaction t) {
    session.send(std::move(t), now);
    flush();
    return *this;
  }
  Dialogue& after(std::int64_t us) {
    now += us;
    session.on_time(now);
    flush();
    return *this;
  }
  std::string take() { return std::exchange(said, {}); }

  SessionOptions options;
  std::int64_t now = 0;
  std::size_t chunk = 1 << 20;
  std::string said;
  Session session;
};

inline SessionOptions plain_options() {
  SessionOptions o;
  o.tls = TlsMode::none;
  o.helo = "hub.test";
  return o;
}

inline Transaction one_mail() {
  return {"hub@a.test", "ok@b.test", "id1", "Subject: x\r\n\r\n.hidden\r\n", false, 0, 0};
}

inline Dialogue ready(std::string_view ehlo = "250-mx\r\n250 PIPELINING\r\n") {
  Dialogue d(plain_options());
  d.peer("220 mx ESMTP\r\n").peer(ehlo);
  d.take();
  return d;
}

inline std::string fault(Step step, Fault f, int code = 0) {
  return std::to_string(static_cast<int>(step)) + "/" + std::to_string(static_cast<int>(f)) + "/" +
         std::to_string(code);
}

}  // namespace vestitel::smtp::test
