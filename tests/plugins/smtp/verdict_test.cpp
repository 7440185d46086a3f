#include "plugins/sinks/smtp/verdicts.hpp"

#include <catch2/catch.hpp>

#include <vestitel/testing/render.hpp>

namespace vestitel::smtp::test {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000;
constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

// The verdict without its reason.
std::string show(const Verdict& verdict) {
  const std::string text = testing::render_verdict(verdict.abi());
  return text.substr(0, text.find(": "));
}

Reply parsed(const std::string& line) {
  ReplyParser parser;
  Reply reply;
  const std::string bytes = line + "\r\n";
  std::string_view in = bytes;
  REQUIRE(parser.feed(in, reply) == ReplyParser::State::reply);
  return reply;
}

Ending refused(Step step, const std::string& line) { return {step, Fault::none, parsed(line)}; }

}  // namespace

TEST_CASE("each answer has one verdict", "[smtp][verdict]") {
  struct Case {
    Step step;
    const char* reply;
    const char* verdict;
  };
  const auto c = GENERATE(values<Case>({
      {Step::dot, "250 2.0.0 Ok: queued as 4XyZ-1", "accepted(4XyZ-1)"},
      {Step::dot, "250 OK id=1abc-0002-xY", "accepted(1abc-0002-xY)"},
      {Step::dot, "250 2.0.0 thanks", "accepted(<m@a>)"},
      {Step::greeting, "421 too busy", "retry(link,0)"},
      {Step::mail, "421 4.3.2 closing", "retry(link,0)"},
      {Step::dot, "421 closing, try again in 2 minutes", "retry(link,120000)"},
      {Step::greeting, "450 later", "retry(link,0)"},
      {Step::rcpt, "450 4.7.1 try later", "retry(recipient,300000)"},
      {Step::rcpt, "451 4.7.1 Greylisted for 600 seconds", "retry(recipient,600000)"},
      {Step::rcpt, "450 Recipient greylisted", "retry(recipient,300000)"},
      {Step::rcpt, "451 4.7.1 come back in 20 hours", "retry(recipient,3600000)"},
      {Step::dot, "451 4.7.1 throttled", "retry(message,0)"},
      {Step::rcpt, "452 4.2.2 mailbox full", "retry(recipient,7200000)"},
      {Step::rcpt, "450 4.2.2 over quota", "retry(recipient,7200000)"},
      {Step::mail, "452 4.3.1 no space", "retry(sink,300000)"},
      {Step::mail, "452 no space", "retry(sink,300000)"},
      {Step::dot, "451 4.3.0 local error", "retry(sink,300000)"},
      {Step::mail, "454 4.7.0 auth trouble", "retry(link,0)"},
      {Step::auth, "454 4.7.0 temporary", "retry(link,0)"},
      {Step::starttls, "454 not available", "retry(link,0)"},
      {Step::mail, "451 4.4.1 later", "retry(message,0)"},
      {Step::dot, "450 wait 30 seconds", "retry(message,30000)"},
      {Step::auth, "535 5.7.8 bad password", "config_error"},
      {Step::auth, "534 5.7.9 too weak", "config_error"},
      {Step::auth, "538 encryption needed", "config_error"},
      {Step::mail, "530 5.7.0 authentication required", "config_error"},
      {Step::mail, "530 5.7.0 must issue STARTTLS first", "config_error"},
      {Step::ehlo, "501 bad name", "config_error"},
      {Step::starttls, "502 not implemented", "config_error"},
      {Step::rcpt, "550 5.1.1 no such user", "contact_dead(1800000000000000)"},
      {Step::rcpt, "550 5.1.2 bad domain", "contact_dead(1800000000000000)"},
      {Step::rcpt, "556 5.1.10 null MX", "contact_dead(1800000000000000)"},
      {Step::dot, "550 5.1.1 unknown", "permanent"},
      {Step::mail, "553 5.1.3 bad sender syntax", "permanent"},
      {Step::mail, "550 5.1.8 bad sender domain", "permanent"},
      {Step::rcpt, "550 5.1.3 bad syntax", "permanent"},
      {Step::rcpt, "550 5.1.6 moved", "permanent"},
      {Step::rcpt, "550 5.2.1 disabled", "permanent"},
      {Step::rcpt, "552 5.2.2 full", "permanent"},
      {Step::mail, "552 5.3.4 too big", "permanent"},
      {Step::rcpt, "550 5.7.30 REQUIRETLS needed", "permanent"},
      {Step::dot, "552 5.2.3 too big", "permanent"},
      {Step::mail, "552 exceeded storage", "permanent"},
      {Step::rcpt, "550 5.7.1 relaying denied", "permanent"},
      {Step::dot, "554 5.7.1 spam", "permanent"},
      {Step::dot, "550 5.7.20 DKIM", "permanent"},
      {Step::dot, "550 5.7.23 SPF", "permanent"},
      {Step::dot, "550 5.7.26 DMARC", "permanent"},
      {Step::dot, "550 looks like spam", "permanent"},
      {Step::mail, "500 what", "permanent"},
      {Step::mail, "501 what", "permanent"},
      {Step::mail, "503 order", "permanent"},
      {Step::mail, "555 parameter", "permanent"},
      {Step::mail, "550 5.6.7 no SMTPUTF8", "permanent"},
      {Step::rcpt, "553 5.6.9 no SMTPUTF8", "permanent"},
      {Step::rcpt, "550 go away", "permanent"},
      {Step::rcpt, "550 User unknown", "permanent"},
      {Step::greeting, "554 no service", "retry(link,0)"},
      {Step::dot, "554 transaction failed", "permanent"},
  }));
  CAPTURE(c.reply);
  CHECK(show(judge(refused(c.step, c.reply), "<m@a>", kNow).verdict) == c.verdict);
}

TEST_CASE("a fault before the final dot is a retry, behind it unknown", "[smtp][verdict]") {
  struct Case {
    Step step;
    Fault fault;
    const char* verdict;
  };
  const auto c = GENERATE(values<Case>({
      {Step::connect, Fault::lost, "retry(link,0)"},
      {Step::connect, Fault::timeout, "retry(link,0)"},
      {Step::handshake, Fault::tls_failed, "retry(link,0)"},
      {Step::handshake, Fault::bad_certificate, "config_error"},
      {Step::starttls, Fault::tls_missing, "config_error"},
      {Step::starttls, Fault::injected, "retry(link,0)"},
      {Step::auth, Fault::auth_missing, "config_error"},
      {Step::greeting, Fault::garbage, "retry(link,0)"},
      {Step::mail, Fault::lost, "retry(link,0)"},
      {Step::data, Fault::timeout, "retry(link,0)"},
      {Step::body, Fault::lost, "retry(link,0)"},
      {Step::mail, Fault::too_big, "permanent"},
      {Step::mail, Fault::utf8_missing, "permanent"},
      {Step::ehlo, Fault::onward_missing, "config_error"},
      {Step::mail, Fault::cancelled, "retry(message,0)"},
      {Step::dot, Fault::lost, "unknown"},
      {Step::dot, Fault::timeout, "unknown"},
      {Step::dot, Fault::garbage, "unknown"},
      {Step::dot, Fault::cancelled, "unknown"},
  }));
  CAPTURE(static_cast<int>(c.step), static_cast<int>(c.fault));
  CHECK(show(judge({c.step, c.fault, {}}, "<m@a>", kNow).verdict) == c.verdict);
}

TEST_CASE("no reason repeats what the peer wrote, for it may hold the address", "[smtp][verdict]") {
  const Verdict verdict = judge(refused(Step::rcpt, "550 5.7.1 <ivan.petrov@b.test>: denied"), "<m@a>", kNow).verdict;
  CHECK(verdict.reason() == "the sender is refused at RCPT: peer answered 550 5.7.1");
}

TEST_CASE("a doubtful address is dead the second time within 7 days", "[smtp][verdict]") {
  const Judgement doubtful = judge(refused(Step::rcpt, "550 5.1.3 bad"), "", kNow);
  RefusalBook book;
  CHECK(show(book.enter(doubtful, "a@b.test", kNow)) == "permanent");
  CHECK(show(book.enter(doubtful, "other@b.test", kNow)) == "permanent");
  CHECK(show(book.enter(doubtful, "a@b.test", kNow + 7 * kDay)) == "contact_dead(1800000000000000)");
  RefusalBook later;
  CHECK(show(later.enter(doubtful, "a@b.test", kNow)) == "permanent");
  CHECK(show(later.enter(doubtful, "a@b.test", kNow + 7 * kDay + 1)) == "permanent");
  const Judgement by_text = judge(refused(Step::rcpt, "550 No such user here"), "", kNow);
  CHECK(show(later.enter(by_text, "a@b.test", kNow + 8 * kDay)) != "permanent");
}

TEST_CASE("refusals of one address within an hour are one doubt", "[smtp][verdict]") {
  const Judgement doubtful = judge(refused(Step::dot, "550 5.2.1 disabled"), "", kNow);
  RefusalBook book;
  for (const std::int64_t after : {std::int64_t{0}, std::int64_t{0}, kMinute, 60 * kMinute - 1})
    CHECK(show(book.enter(doubtful, "a@b.test", kNow + after)) == "permanent");
  CHECK(show(book.enter(doubtful, "a@b.test", kNow + 60 * kMinute)) == "contact_dead(1800000000000000)");
  RefusalBook clock_set_back;
  CHECK(show(clock_set_back.enter(doubtful, "a@b.test", kNow)) == "permanent");
  CHECK(show(clock_set_back.enter(doubtful, "a@b.test", kNow - kDay)) == "permanent");
}

TEST_CASE("a refusal of MAIL or DATA casts no doubt on the recipient", "[smtp][verdict]") {
  const Step step = GENERATE(Step::mail, Step::data);
  const std::string code = GENERATE(std::string("5.1.1"), std::string("5.1.2"), std::string("5.1.3"),
                                    std::string("5.1.6"), std::string("5.1.10"), std::string("5.2.1"));
  CAPTURE(static_cast<int>(step), code);
  const Judgement refusal = judge(refused(step, "553 " + code + " user unknown"), "", kNow);
  RefusalBook book;
  for (int day = 0; day < 3; ++day)
    CHECK(show(book.enter(refusal, "innocent@b.test", kNow + day * kDay)) == "permanent");
}

TEST_CASE("no way on over TLS alone is the recipient's matter, however often", "[smtp][verdict]") {
  RefusalBook book;
  for (int i = 0; i < 20; ++i) {
    const Judgement no_way = judge(refused(Step::rcpt, "550 5.7.30 REQUIRETLS needed"), "", kNow);
    CHECK(show(book.enter(no_way, "a@b.test", kNow)) == "permanent");
  }
}

TEST_CASE("10 refusals of the sender within 5 minutes are a matter of settings", "[smtp][verdict]") {
  const Judgement refusal = judge(refused(Step::dot, "550 5.7.26 DMARC"), "", kNow);
  RefusalBook book;
  for (int i = 0; i < 9; ++i) CHECK(show(book.enter(refusal, "a@b.test", kNow + i)) == "permanent");
  CHECK(show(book.enter(refusal, "a@b.test", kNow + 9)) == "config_error");
  RefusalBook at_mail;
  const Judgement unwanted =
      judge(refused(Step::mail, GENERATE(as<std::string>(), "553 5.1.3 bad", "550 5.1.8 bad domain",
                                         "550 5.2.1 disabled", "550 denied", "553 not yours")),
            "", kNow);
  for (int i = 0; i < 9; ++i) CHECK(show(at_mail.enter(unwanted, "a@b.test", kNow + i)) == "permanent");
  CHECK(show(at_mail.enter(unwanted, "a@b.test", kNow + 9)) == "config_error");
  RefusalBook slow;
  for (int i = 0; i < 40; ++i) CHECK(show(slow.enter(refusal, "a@b.test", kNow + i * kMinute)) == "permanent");
}

TEST_CASE("a peer that greets with a refusal for an hour is a matter of settings", "[smtp][verdict]") {
  const Judgement refusal = judge(refused(Step::greeting, "554 no"), "", kNow);
  RefusalBook book;
  CHECK(show(book.enter(refusal, "", kNow)) == "retry(link,0)");
  CHECK(show(book.enter(refusal, "", kNow + 59 * kMinute)) == "retry(link,0)");
  CHECK(show(book.enter(refusal, "", kNow + 60 * kMinute)) == "config_error");
  book.greeted();
  CHECK(show(book.enter(refusal, "", kNow + 61 * kMinute)) == "retry(link,0)");
}

}  // namespace vestitel::smtp::test
