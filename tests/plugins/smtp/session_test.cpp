#include <catch2/catch.hpp>

#include <string>

#include "tests/plugins/smtp/dialogue.hpp"

namespace vestitel::smtp::test {

TEST_CASE("with PIPELINING the envelope leaves in one write, and begin comes with the dot", "[smtp][session]") {
  auto chunk = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096});
  CAPTURE(chunk);
  Dialogue d(plain_options());
  d.chunk = chunk;
  d.peer("220-mx\r\n220 ready\r\n");
  CHECK(d.take() == "EHLO hub.test\r\n");
  d.peer("250-mx.test\r\n250-SIZE 10000\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
  CHECK(d.take() == "<ready>");
  d.send(one_mail());
  CHECK(d.take() == "MAIL FROM:<hub@a.test> SIZE=23\r\nRCPT TO:<ok@b.test>\r\nDATA\r\n");
  d.peer("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n");
  CHECK(d.take() == "<begin>Subject: x\r\n\r\n..hidden\r\n.\r\n");
  d.peer("250 2.0.0 Ok: queued as 4XyZ\r\n");
  CHECK(d.take() == "<result " + fault(Step::dot, Fault::none, 250) + "><ready>");
  CHECK(d.session.idle());
}

TEST_CASE("without PIPELINING each command waits for its answer", "[smtp][session]") {
  Dialogue d = ready("250 mx\r\n");
  d.send(one_mail());
  CHECK(d.take() == "MAIL FROM:<hub@a.test>\r\n");
  CHECK(d.peer("250 ok\r\n").take() == "RCPT TO:<ok@b.test>\r\n");
  CHECK(d.peer("250 ok\r\n").take() == "DATA\r\n");
  CHECK(d.peer("354 go\r\n").take() == "<begin>Subject: x\r\n\r\n..hidden\r\n.\r\n");
  CHECK(d.peer("250 ok\r\n").take() == "<result " + fault(Step::dot, Fault::none, 250) + "><ready>");
  d.send(one_mail());
  CHECK(d.take() == "MAIL FROM:<hub@a.test>\r\n");  // a finished transaction needs no RSET
}

TEST_CASE("a refused recipient costs its message alone and the next transaction starts clean", "[smtp][session]") {
  SECTION("the peer refuses DATA too") {
    Dialogue d = ready();
    d.send(one_mail()).take();
    d.peer("250 ok\r\n550 5.1.1 no\r\n554 no valid recipients\r\n");
    CHECK(d.take() == "<result " + fault(Step::rcpt, Fault::none, 550) + "><ready>");
    d.send(one_mail());
    CHECK(d.take() == "RSET\r\nMAIL FROM:<hub@a.test>\r\nRCPT TO:<ok@b.test>\r\nDATA\r\n");
    d.peer("250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n");
    CHECK(d.take() == "<begin>Subject: x\r\n\r\n..hidden\r\n.\r\n");
  }
  SECTION("the peer asks for data all the same and gets an empty message for nobody") {
    Dialogue d = ready();
    d.send(one_mail()).take();
    d.peer("250 ok\r\n550 5.1.1 no\r\n354 go\r\n");
    CHECK(d.take() == "<result " + fault(Step::rcpt, Fault::none, 550) + ">.\r\n");
    CHECK(d.peer("554 no valid recipients\r\n").take() == "<ready>");
  }
  SECTION("MAIL refused: the answers behind it are followed, not believed") {
    Dialogue d = ready();
    d.send(one_mail()).take();
    d.peer("451 4.3.0 later\r\n503 mail first\r\n503 mail first\r\n");
    CHECK(d.take() == "<result " + fault(Step::mail, Fault::none, 451) + "><ready>");
  }
}

TEST_CASE("a refused RSET ends the connection before the next message is touched", "[smtp][session]") {
  const std::string ehlo = GENERATE(std::string("250-mx\r\n250 PIPELINING\r\n"), std::string("250 mx\r\n"));
  const std::string refusal = GENERATE(std::string("502 5.5.1 not implemented\r\n"), std::string("450 not now\r\n"));
  CAPTURE(ehlo, refusal);
  Dialogue d = ready(ehlo);
  d.send(one_mail()).peer("250 ok\r\n").peer("550 5.1.1 no\r\n");
  if (!d.session.idle()) d.peer("554 nobody\r\n");
  REQUIRE(d.session.idle());
  d.send(one_mail()).take();
  d.peer(refusal + "250 sender ok\r\n250 recipient ok\r\n354 go\r\n");
  const std::string end = fault(Step::reset, Fault::lost, refusal.front() == '5' ? 502 : 450);
  CHECK(d.take() == "<result " + end + "><closed " + end + ">");  // and no dot
}

TEST_CASE("no dot is sent for a recipient that the peer took and whose message it did not get", "[smtp][session]") {
  Dialogue d = ready();
  d.send(one_mail()).take();
  d.peer("553 5.1.8 bad sender\r\n250 recipient ok all the same\r\n354 go\r\n");
  CHECK(d.take() ==
        "<result " + fault(Step::mail, Fault::none, 553) + "><closed " + fault(Step::data, Fault::garbage, 354) + ">");
}

TEST_CASE("421 ends the session at any step, and the message with it", "[smtp][session]") {
  const std::string bye = "421 4.3.2 closing\r\n";
  SECTION("greeting") {
    Dialogue d(plain_options());
    CHECK(d.peer(bye).take() == "<closed " + fault(Step::greeting, Fault::none, 421) + ">");
  }
  SECTION("idle") {
    Dialogue d = ready();
    CHECK(d.peer(bye).take() == "<closed " + fault(Step::idle, Fault::none, 421) + ">");
  }
  SECTION("behind an accepted MAIL, accepted RCPT, and the dot") {
    const std::string before = GENERATE(std::string(""), std::string("250 ok\r\n"), std::string("250 ok\r\n250 ok\r\n"),
                                        std::string("250 ok\r\n250 ok\r\n354 go\r\n"));
    const Step at = before.empty()       ? Step::mail
                    : before.size() < 9  ? Step::rcpt
                    : before.size() < 17 ? Step::data
                                         : Step::dot;
    Dialogue d = ready();
    d.send(one_mail()).peer(before).take();
    d.peer(bye);
    const std::string end = fault(at, Fault::none, 421);
    CHECK(d.take() == "<result " + end + "><closed " + end + ">");
  }
}

TEST_CASE("a connection lost is told with the step it was lost at, and the message ends once", "[smtp][session]") {
  Dialogue d = ready();
  d.send(one_mail());
  SECTION("before the dot") {
    d.peer("250 ok\r\n").take();
    d.session.on_lost(Fault::lost, d.now);
    d.flush();
    CHECK(d.take() == "<result " + fault(Step::rcpt, Fault::lost) + "><closed " + fault(Step::rcpt, Fault::lost) + ">");
  }
  SECTION("behind the dot") {
    d.peer("250 ok\r\n250 ok\r\n354 go\r\n").take();
    d.session.on_lost(Fault::lost, d.now);
    d.session.on_lost(Fault::lost, d.now);
    d.flush();
    CHECK(d.take() == "<result " + fault(Step::dot, Fault::lost) + "><closed " + fault(Step::dot, Fault::lost) + ">");
  }
}

TEST_CASE("each step has its own deadline", "[smtp][session]") {
  SECTION("a greeting that never comes") {
    Dialogue d(plain_options());
    CHECK(d.after(300 * kSecond - 1).take().empty());
    CHECK(d.after(1).take() == "<closed " + fault(Step::greeting, Fault::timeout) + ">");
  }
  SECTION("a connection that is never made") {
    SessionOptions o = plain_options();
    Session s(o, 0);
    CHECK(s.deadline() == 5 * kSecond);
  }
  SECTION("the final dot waits ten minutes") {
    Dialogue d = ready();
    d.send(one_mail()).peer("250 ok\r\n250 ok\r\n354 go\r\n").take();
    CHECK(d.after(600 * kSecond - 1).take().empty());
    const std::string end = fault(Step::dot, Fault::timeout);
    CHECK(d.after(1).take() == "<result " + end + "><closed " + end + ">");
  }
  SECTION("each answer starts the wait anew") {
    Dialogue d = ready();
    d.send(one_mail()).after(299 * kSecond).peer("250 ok\r\n").after(299 * kSecond);
    CHECK(d.session.step() == Step::rcpt);
    CHECK_FALSE(d.session.closed());
  }
  SECTION("a message's own deadline is nearer, and one for starting does not cut the wait behind the dot") {
    Dialogue d = ready();
    Transaction t = one_mail();
    t.start_by = 10 * kSecond;
    d.send(t);
    CHECK(d.session.deadline() == 10 * kSecond);
    d.peer("250 ok\r\n250 ok\r\n354 go\r\n");
    CHECK(d.session.deadline() == 600 * kSecond);
    Dialogue e = ready();
    t.deadline = 20 * kSecond;
    e.send(t).peer("250 ok\r\n250 ok\r\n354 go\r\n");
    CHECK(e.session.deadline() == 20 * kSecond);
  }
  SECTION("rest has none") {
    Dialogue d = ready();
    CHECK(d.session.deadline() == INT64_MAX);
  }
}

TEST_CASE("what is not SMTP ends the session before it can be mistaken for an answer", "[smtp][session]") {
  const std::string nonsense =
      GENERATE(std::string("hello\r\n"), std::string("25\r\n"), std::string("250x ok\r\n"), std::string("999 no\r\n"),
               std::string("250-a\r\n251 b\r\n"), std::string("\r\n"), std::string("\x16\x03\x01\x02\n"),
               std::string(3000, 'a'), "250 " + std::string(70'000, 'b'));
  CAPTURE(nonsense.substr(0, 20));
  Dialogue d = ready();
  d.send(one_mail()).take();
  d.peer(nonsense);
  const std::string end = fault(Step::mail, Fault::garbage);
  CHECK(d.take() == "<result " + end + "><closed " + end + ">");
}

TEST_CASE("an answer that nobody asked for ends the session", "[smtp][session]") {
  Dialogue d = ready();
  CHECK(d.peer("250 late\r\n").take() == "<closed " + fault(Step::idle, Fault::garbage) + ">");
}

TEST_CASE("what the peer cannot take is not sent", "[smtp][session]") {
  Dialogue small = ready("250-mx\r\n250-PIPELINING\r\n250 SIZE 10\r\n");
  CHECK(small.send(one_mail()).take() == "<result " + fault(Step::mail, Fault::too_big) + "><ready>");
  CHECK(small.session.idle());
  Transaction t = one_mail();
  t.needs_utf8 = true;
  Dialogue old = ready();
  CHECK(old.send(t).take() == "<result " + fault(Step::mail, Fault::utf8_missing) + "><ready>");
  Dialogue modern = ready("250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
  CHECK(modern.send(t).take() == "MAIL FROM:<hub@a.test> BODY=8BITMIME SMTPUTF8\r\n");
}

TEST_CASE("delivery reports are asked for only where both sides want them", "[smtp][session]") {
  SessionOptions o = plain_options();
  o.dsn = DsnMode::failure;
  Dialogue with(o);
  with.peer("220 mx\r\n").peer("250-mx\r\n250-PIPELINING\r\n250 DSN\r\n").take();
  CHECK(with.send(one_mail()).take() ==
        "MAIL FROM:<hub@a.test> RET=HDRS ENVID=id1\r\nRCPT TO:<ok@b.test> NOTIFY=FAILURE\r\nDATA\r\n");
  Dialogue without(o);
  without.peer("220 mx\r\n").peer("250-mx\r\n250 PIPELINING\r\n").take();
  CHECK(without.send(one_mail()).take() == "MAIL FROM:<hub@a.test>\r\nRCPT TO:<ok@b.test>\r\nDATA\r\n");
}

TEST_CASE("a long body leaves in blocks, and nothing of the final dot before begin", "[smtp][session]") {
  Dialogue d = ready();
  Transaction t = one_mail();
  // The body ends so that a block of 64 KiB would cut the final dot in two.
  const std::size_t over = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4});
  t.data = std::string(Session::kMaxChunk - 3 - over, 'x') + "\r\n";
  const std::string body = t.data;
  d.send(t).take();
  d.peer("250 ok\r\n250 ok\r\n354 go\r\n");
  const std::string said = d.take();
  const std::size_t begin = said.find("<begin>");
  REQUIRE(begin != std::string::npos);
  CHECK(said.substr(0, begin) + said.substr(begin + 7) == body + ".\r\n");
  CHECK(begin <= body.size());
}

TEST_CASE("a refusal in the middle of the body is that message's answer", "[smtp][session]") {
  Dialogue d = ready();
  Transaction t = one_mail();
  t.data = std::string(3 * Session::kMaxChunk, 'x') + "\r\n";
  d.session.send(t, d.now);
  d.flush();
  d.take();
  d.session.on_bytes("250 ok\r\n250 ok\r\n354 go\r\n", d.now);
  CHECK(d.session.take_output(d.now).size() == Session::kMaxChunk);
  d.session.on_bytes("552 5.3.4 too big\r\n", d.now);
  d.flush();
  const std::string end = fault(Step::body, Fault::none, 552);
  CHECK(d.take() == "<result " + end + "><closed " + end + ">");
}

TEST_CASE("dots at the start of a line are doubled, others are not", "[smtp][session]") {
  CHECK(dot_stuffed(".a\r\nb.\r\n..c\r\n") == "..a\r\nb.\r\n...c\r\n.\r\n");
  CHECK(dot_stuffed("\r\n.\r\n") == "\r\n..\r\n.\r\n");
  CHECK(dot_stuffed("") == ".\r\n");
}

}  // namespace vestitel::smtp::test
