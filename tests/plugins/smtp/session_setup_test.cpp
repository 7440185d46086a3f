// A session from its greeting to the first transaction: EHLO, STARTTLS, AUTH.
#include <catch2/catch.hpp>

#include <string>

#include "tests/plugins/smtp/dialogue.hpp"

namespace vestitel::smtp::test {

TEST_CASE("STARTTLS: what was learned before it is forgotten", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = TlsMode::required;
  Dialogue d(o);
  d.peer("220 mx\r\n").peer("250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
  CHECK(d.take() == "EHLO hub.test\r\nSTARTTLS\r\n");
  CHECK(d.peer("220 go\r\n").take() == "<tls>");
  CHECK(d.tls_done().take() == "EHLO hub.test\r\n");
  d.peer("250 mx\r\n").send(one_mail());
  CHECK(d.take() == "<ready>MAIL FROM:<hub@a.test>\r\n");  // PIPELINING was only offered in plaintext
}

TEST_CASE("plaintext behind the answer to STARTTLS ends the session", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = TlsMode::required;
  Dialogue d(o);
  d.peer("220 mx\r\n").peer("250-mx\r\n250 STARTTLS\r\n").take();
  d.peer("220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n");
  CHECK(d.take() == "<closed " + fault(Step::starttls, Fault::injected) + ">");
}

TEST_CASE("required TLS that is not offered, or refused, sends nothing in plaintext", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = TlsMode::required;
  Dialogue stripped(o);
  CHECK(stripped.peer("220 mx\r\n").peer("250 mx\r\n").take() ==
        "EHLO hub.test\r\n<closed " + fault(Step::starttls, Fault::tls_missing) + ">");
  Dialogue refused(o);
  CHECK(refused.peer("220 mx\r\n").peer("250-mx\r\n250 STARTTLS\r\n").peer("454 4.7.0 not now\r\n").take() ==
        "EHLO hub.test\r\nSTARTTLS\r\n<closed " + fault(Step::starttls, Fault::none, 454) + ">");
}

TEST_CASE("opportunistic TLS goes on without it, but never with a password", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = TlsMode::opportunistic;
  Dialogue anonymous(o);
  CHECK(anonymous.peer("220 mx\r\n").peer("250 mx\r\n").take() == "EHLO hub.test\r\n<ready>");
  o.user = "u";
  o.secret = "p";
  Dialogue named(o);
  CHECK(named.peer("220 mx\r\n").peer("250-mx\r\n250 AUTH PLAIN LOGIN\r\n").take() ==
        "EHLO hub.test\r\n<closed " + fault(Step::auth, Fault::auth_missing) + ">");
}

TEST_CASE("AUTH uses the first mechanism that both sides know", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = TlsMode::implicit;
  o.user = "u";
  o.secret = "p";
  const auto greeted = [](Dialogue& d, std::string_view mechanisms) {
    d.tls_done().peer("220 mx\r\n").take();
    d.peer("250-mx\r\n250 AUTH " + std::string(mechanisms) + "\r\n");
    return d.take();
  };
  SECTION("PLAIN") {
    Dialogue d(o);
    CHECK(greeted(d, "CRAM-MD5 LOGIN PLAIN") == "AUTH PLAIN AHUAcA==\r\n");
    CHECK(d.peer("235 2.7.0 ok\r\n").take() == "<ready>");
  }
  SECTION("LOGIN") {
    Dialogue d(o);
    CHECK(greeted(d, "LOGIN") == "AUTH LOGIN\r\n");
    CHECK(d.peer("334 VXNlcm5hbWU6\r\n").take() == "dQ==\r\n");
    CHECK(d.peer("334 UGFzc3dvcmQ6\r\n").take() == "cA==\r\n");
    CHECK(d.peer("535 5.7.8 wrong\r\n").take() == "<closed " + fault(Step::auth, Fault::none, 535) + ">");
  }
  SECTION("XOAUTH2, and the empty answer to its error challenge") {
    o.token = true;
    Dialogue d(o);
    CHECK(greeted(d, "PLAIN XOAUTH2") == "AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHABAQ==\r\n");
    CHECK(d.peer("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").take() == "\r\n");
    CHECK(d.peer("535 5.7.8 expired\r\n").take() == "<closed " + fault(Step::auth, Fault::none, 535) + ">");
  }
  SECTION("a token is never sent as a password") {
    o.token = true;
    Dialogue d(o);
    CHECK(greeted(d, "PLAIN LOGIN") == "<closed " + fault(Step::auth, Fault::auth_missing) + ">");
  }
}

TEST_CASE("an endless multi-line reply is cut off at 64 KiB", "[smtp][session]") {
  Dialogue d(plain_options());
  const std::string line = "220-" + std::string(1000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (!d.session.closed() && sent < (1 << 20)) {
    d.peer(line);
    sent += line.size();
  }
  CHECK(sent <= ReplyParser::kMaxReply + line.size());
  CHECK(d.take() == "<closed " + fault(Step::greeting, Fault::garbage) + ">");
}

TEST_CASE("REQUIRETLS is asked for with each mail, and only where it was offered over TLS", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.tls = GENERATE(TlsMode::required, TlsMode::opportunistic);
  o.tls_onward = true;
  SECTION("offered") {
    Dialogue d(o);
    d.peer("220 mx\r\n").peer("250-mx\r\n250 STARTTLS\r\n").peer("220 go\r\n").tls_done();
    d.peer("250-mx\r\n250-REQUIRETLS\r\n250 SIZE\r\n").take();
    CHECK(d.send(one_mail()).take() == "MAIL FROM:<hub@a.test> SIZE=23 REQUIRETLS\r\n");
  }
  SECTION("offered in plaintext alone") {
    Dialogue d(o);
    d.peer("220 mx\r\n").peer("250-mx\r\n250-REQUIRETLS\r\n250 STARTTLS\r\n").peer("220 go\r\n").tls_done().take();
    CHECK(d.peer("250 mx\r\n").take() == "<closed " + fault(Step::ehlo, Fault::onward_missing) + ">");
  }
  SECTION("no TLS at all") {
    if (o.tls == TlsMode::required) return;
    Dialogue d(o);
    d.peer("220 mx\r\n").take();
    CHECK(d.peer("250-mx\r\n250 REQUIRETLS\r\n").take() == "<closed " + fault(Step::ehlo, Fault::onward_missing) + ">");
  }
}

}  // namespace vestitel::smtp::test
