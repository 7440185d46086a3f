// What comes back, as far as it is pure: reading, matching, judging.
#include <catch2/catch.hpp>

#include <atomic>
#include <random>

#include "plugins/sinks/common/mail.hpp"
#include "plugins/sinks/smtp/fields.hpp"
#include "plugins/sinks/smtp/settled.hpp"
#include "tests/plugins/smtp/report_rig.hpp"

namespace vestitel::smtp::test {
namespace {

const std::string kDead = "dead it contact_dead(" + std::to_string(kArrived) + ")";
const std::string kComplained = "complaint it contact_dead(" + std::to_string(kArrived) + ")";

std::string heard_of(const std::string& action, const std::string& status, const std::string& answer = "") {
  Bounce bounce;
  bounce.groups = Bounce::group(action, status, answer);
  return heard(bounce.text());
}

}  // namespace

TEST_CASE("each report has one verdict", "[smtp][bounce]") {
  struct Case {
    const char* action;
    const char* status;
    const char* answer;
    const char* heard;
  };
  const auto c = GENERATE(values<Case>({
      {"failed", "5.1.1", "550 5.1.1 no such user", "dead"},
      {"failed", "5.1.2", "", "dead"},
      {"failed", "5.1.10", "556 5.1.10 null MX", "dead"},
      {"Failed", "5.1.1 (bad mailbox)", "", "dead"},
      {"failed", "5.0.0", "550 5.1.1 no such user", "dead"},  // the peer's answer says more
      {"failed", "5.0.0", "550-5.1.1 gone\r\n 550 5.1.1 really", "dead"},
      {"failed", "5.0.0", "550 User unknown", "failed it permanent"},  // the row of 5.1.3
      {"failed", "5.1.0", "550 5.1.1 no such user", "failed it permanent"},
      {"failed", "5.1.3", "", "failed it permanent"},
      {"failed", "5.1.6", "", "failed it permanent"},
      {"failed", "5.2.1", "", "failed it permanent"},
      {"failed", "5.2.2", "552 5.2.2 full", "failed it permanent"},
      {"failed", "5.2.3", "", "failed it permanent"},
      {"failed", "5.3.4", "", "failed it permanent"},
      {"failed", "5.4.4", "", "failed it permanent"},
      {"failed", "5.6.7", "", "failed it permanent"},
      {"failed", "5.7.1", "554 5.7.1 <p1@example.test>: spam", "failed it permanent"},
      {"failed", "5.7.26", "550 5.7.26 not aligned", "failed it permanent"},
      {"failed", "5.0.0", "535 5.7.8 credentials", "failed it permanent"},  // never a matter of our settings
      {"failed", "5.5.4", "501 5.5.4 syntax", "failed it permanent"},
      {"failed", "4.4.1", "451 4.4.1 no answer", "failed it permanent"},
      {"failed", "4.2.2", "", "failed it permanent"},
      {"failed", "4.1.1", "450 4.1.1 unknown", "failed it permanent"},
      {"failed", "nonsense", "", "failed it permanent"},
      {"failed", "5.1.1.9.9", "", "dead"},
      {"delayed", "4.4.1", "", "waiting"},
      {"relayed", "2.0.0", "", "waiting"},
      {"expanded", "2.0.0", "", "waiting"},
      {"eaten", "5.1.1", "", "waiting"},
      {"delivered", "2.0.0", "", "delivered it delivered"},
  }));
  CAPTURE(c.action, c.status, c.answer);
  CHECK(heard_of(c.action, c.status, c.answer) == (std::string_view(c.heard) == "dead" ? kDead : c.heard));
}

TEST_CASE("what says nothing of the address never ends it, however often it comes", "[smtp][bounce]") {
  Bounce bounce;
  bounce.groups = GENERATE(as<std::string>(), Bounce::group("failed", "4.1.1", "450 4.1.1 User unknown"),
                           Bounce::group("failed", "5.7.1", "550 5.7.1 not from you"),
                           Bounce::group("failed", "5.2.2", "552 5.2.2 full"));
  RefusalBook book;
  for (int day = 1; day < 20; ++day) {
    bounce.arrival = std::to_string(day) + " Oct 2026 10:00:00 +0200";
    for (int again = 0; again < 12; ++again) {
      CHECK(shown(hear(read_report(bounce.text()), kMarks, book, kReportNow)) == "failed it permanent");
    }
  }
}

TEST_CASE("a complaint ends the address, other feedback nothing", "[smtp][bounce]") {
  const auto [type, expected] = GENERATE(Catch::Generators::table<const char*, const char*>({{"abuse", "complaint"},
                                                                                             {"Abuse", "complaint"},
                                                                                             {"fraud", "complaint"},
                                                                                             {"opt-out", "complaint"},
                                                                                             {"not-spam", "other"},
                                                                                             {"auth-failure", "other"},
                                                                                             {"virus", "other"},
                                                                                             {"", "other"}}));
  CAPTURE(type);
  Complaint complaint;
  complaint.feedback = type;
  CHECK(heard(complaint.text()) == (std::string_view(expected) == "complaint" ? kComplained : expected));
}

TEST_CASE("a report is about the mail whose mark it carries, the nearest first", "[smtp][bounce]") {
  Bounce bounce;
  SECTION("the address that it came to") { bounce.to = "x@y.test"; }
  SECTION("that address, in capitals") {
    for (char& c : bounce.delivered_to) c = static_cast<char>(std::toupper(c));
    bounce.to = "x@y.test";
  }
  SECTION("that address, rewritten on the way") {
    bounce.delivered_to = "SRS0=abcd=XY=example.test=bounce+" + envelope_mark() + "@relay.test";
    bounce.to = "x@y.test";
  }
  SECTION("what its sender wrote as the address") { bounce.delivered_to = "catch-all@example.test"; }
  SECTION("the envelope id") {
    bounce.delivered_to = bounce.to = "catch-all@example.test";
    bounce.envelope_id = envelope_mark();
  }
  SECTION("the reverse path of what is returned") {
    bounce.delivered_to = bounce.to = "catch-all@example.test";
    bounce.return_path = "bounce+" + envelope_mark() + "@example.test";
  }
  SECTION("the address stands above the envelope id") { bounce.envelope_id = kMarks.envelope("another", kAddress); }
  CHECK(heard(bounce.text()) == kDead);
}

TEST_CASE("a Message-ID alone ends the message, never the address", "[smtp][bounce]") {
  Bounce bounce;
  bounce.delivered_to = bounce.to = "catch-all@example.test";
  CHECK(heard(bounce.text()) == "failed it permanent");
  bounce.groups = Bounce::group("delivered", "2.0.0");
  CHECK(heard(bounce.text()) == "unproven");
  bounce.groups = Bounce::group("failed", "5.1.3");
  RefusalBook book;
  for (const std::int64_t now : {kReportNow, kReportNow + std::int64_t{24} * 3600 * 1'000'000}) {
    bounce.arrival = bounce.date = "";
    CHECK(shown(hear(read_report(bounce.text()), kMarks, book, now)) == "failed it permanent");
  }
  Complaint complaint;
  complaint.mail_from.clear();
  CHECK(heard(complaint.text()) == "unproven");
}

TEST_CASE("what nobody signed ends nothing", "[smtp][bounce]") {
  Bounce bounce;
  const mail::MailMarks others("fedcba9876543210-not-ours");
  SECTION("no mark at all") { bounce.delivered_to = bounce.to = "bounce+0123@example.test"; }
  SECTION("an opaque id without a sign") {
    bounce.delivered_to = bounce.to = "bounce+5f4dcc3b5aa765d61d8327deb882cf99@example.test";
  }
  SECTION("another's sign") {
    bounce.delivered_to = bounce.to = "bounce+" + others.envelope(kKey, kAddress) + "@example.test";
    bounce.envelope_id = others.envelope(kKey, kAddress);
  }
  SECTION("a mark of the Message-ID in the address") {
    bounce.delivered_to = bounce.to = "bounce+" + message_mark() + "@example.test";
  }
  SECTION("one letter of the mark is another") {
    const std::size_t at = GENERATE(range<std::size_t>(0, mail::MailMarks::kSize));
    char& c = bounce.delivered_to[7 + at];
    c = c == 'q' ? 'r' : 'q';
    bounce.to = bounce.delivered_to;
  }
  bounce.message_id = "<" + others.message(kKey, kAddress) + "@example.test>";
  CHECK(heard(bounce.text()) == "unproven");
}

TEST_CASE("a doubtful address is dead by its second bounce within 7 days, refusals at sending counted in",
          "[smtp][bounce]") {
  RefusalBook book;
  Bounce first, second;
  first.groups = second.groups = Bounce::group("failed", "5.1.3");
  second.arrival = "Fri, 16 Oct 2026 10:00:00 +0200";
  const std::string later = kMarks.envelope("the next message", kAddress);
  second.delivered_to = second.to = "bounce+" + later + "@example.test";
  const auto hear_with = [&](const Bounce& b) { return shown(hear(read_report(b.text()), kMarks, book, kReportNow)); };

  SECTION("two bounces") { CHECK(hear_with(first) == "failed it permanent"); }
  SECTION("the same bounce again is no second one") {
    CHECK(hear_with(first) == "failed it permanent");
    CHECK(hear_with(first) == "failed it permanent");
  }
  SECTION("a refusal, then a bounce") {
    const Judgement refused{Verdict::permanent("refused"), Note::doubtful_address};
    CHECK(book.enter(refused, kMarks.who("P1@example.test"), kArrived).kind() == VESTITEL_PERMANENT);
  }
  SECTION("another address' bounce does not touch it") {
    Bounce other = first;
    const std::string mark = kMarks.envelope("a third message", "p2@example.test");
    other.delivered_to = other.to = "bounce+" + mark + "@example.test";
    CHECK(hear_with(other) == "failed " + mark + " permanent");
    CHECK(hear_with(second) == "failed " + later + " permanent");
    return;
  }
  CHECK(hear_with(second) == "dead " + later + " contact_dead(" + std::to_string(kArrived) + ")");
}

TEST_CASE("what a sending ended with is settled as reports will know it", "[smtp][bounce]") {
  vestitel_host abi{};
  abi.now_us = [](const vestitel_host*) { return kArrived; };
  abi.get_service = [](const vestitel_host*, const char*) -> const void* { return nullptr; };
  const std::atomic<bool> stopping{false};
  const Host host(&abi, &stopping);
  Message message;
  message.to = kAddress, message.idem_key = kKey;
  RefusalBook book;
  const Judgement taken{Verdict::accepted("4QUEUE")}, doubted{Verdict::permanent("refused"), Note::doubtful_address};
  CHECK(settled(taken, message, &kMarks, book, host).provider_id() == envelope_mark());
  CHECK(settled(taken, message, nullptr, book, host).provider_id() == "4QUEUE");

  CHECK(settled(doubted, message, &kMarks, book, host).kind() == VESTITEL_PERMANENT);
  Bounce bounce;
  bounce.groups = Bounce::group("failed", "5.1.3");
  bounce.arrival = "Fri, 16 Oct 2026 10:00:00 +0200";
  CHECK(shown(hear(read_report(bounce.text()), kMarks, book, kReportNow)) == kDead);
}

TEST_CASE("several recipients are what an alias made of one", "[smtp][bounce]") {
  Bounce bounce;
  const std::string dead = Bounce::group("failed", "5.1.1"), full = Bounce::group("failed", "5.2.2");
  bounce.groups = dead + dead;
  CHECK(heard(bounce.text()) == kDead);
  bounce.groups = dead + full;
  CHECK(heard(bounce.text()) == "failed it permanent");
  bounce.groups = full + dead;
  CHECK(heard(bounce.text()) == "failed it permanent");
  bounce.groups = dead + Bounce::group("delayed", "4.4.1");
  CHECK(heard(bounce.text()) == "waiting");
  bounce.groups = dead + Bounce::group("delivered", "2.0.0");
  CHECK(heard(bounce.text()) == "delivered it delivered");
  bounce.groups.clear();
  CHECK(heard(bounce.text()) == "waiting");
}

TEST_CASE("an address is dead since its mail arrived, and never since later than now", "[smtp][bounce]") {
  Bounce bounce;
  bounce.arrival = "Thu, 31 Dec 2099 00:00:00 +0000";
  CHECK(heard(bounce.text()) == "dead it contact_dead(" + std::to_string(kReportNow) + ")");
  bounce.arrival = "the day before yesterday";
  CHECK(heard(bounce.text()) == "dead it contact_dead(" + std::to_string(kArrived + 1800LL * 1'000'000) + ")");
  bounce.date = "";
  CHECK(heard(bounce.text()) == "dead it contact_dead(" + std::to_string(kReportNow) + ")");
}

TEST_CASE("what is no report is none", "[smtp][bounce]") {
  Bounce bounce;
  const std::string whole = bounce.text();
  CHECK(heard("") == "other");
  CHECK(heard("\r\n") == "other");
  CHECK(heard(std::string(100'000, 'a')) == "other");
  CHECK(heard("To: bounce+" + envelope_mark() + "@example.test\r\nSubject: I am away\r\n\r\nback soon\r\n") == "other");
  CHECK(heard("Content-Type: message/rfc822\r\n\r\n" + whole) == "other");  // somebody passes one on
  bounce.type = "multipart/mixed;";
  CHECK(heard(bounce.text()) == "other");
  bounce.type = "text/plain;";
  CHECK(heard(bounce.text()) == "other");
}

TEST_CASE("a report of any size and depth is read within bounds", "[smtp][bounce]") {
  Bounce bounce;
  SECTION("the mail that it returns is endless") { CHECK(heard(bounce.text() + std::string(10 << 20, 'x')) == kDead); }
  SECTION("thousands of parts within parts") {
    const std::string type = GENERATE(as<std::string>(), "multipart/report", "multipart/digest", "message/rfc822");
    std::string deep;
    for (int i = 0; deep.size() < kMostOfReport; ++i) {
      const std::string boundary = "b" + std::to_string(i);
      deep += "Content-Type: " + type + "; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    CHECK(heard(deep) == "other");
  }
  SECTION("thousands of parts beside each other") {
    std::string wide = bounce.headers();
    while (wide.size() < kMostOfReport) wide += "--4ABC.1/mx.example.test\r\n\r\n";
    CHECK(heard(wide) == "other");
  }
  SECTION("thousands of recipients") {
    bounce.groups.clear();
    for (int i = 0; i < 1000; ++i) bounce.groups += Bounce::group("failed", "5.1.1");
    CHECK(read_report(bounce.text()).recipients.size() < kMostGroups);
    CHECK(heard(bounce.text()) == kDead);
  }
  SECTION("what it has to say stands behind the first part") {
    bounce.type += " x=" + std::string(kMostOfReport, 'x') + ";";
    CHECK(heard(bounce.text()) == "other");
  }
  SECTION("a field without end") {
    bounce.groups = "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 " + std::string(200'000, 'a');
    CHECK(heard(bounce.text()) == kDead);
  }
}

TEST_CASE("no reason tells what the report quotes", "[smtp][bounce]") {
  Bounce bounce;
  bounce.groups = Bounce::group("failed", "5.7.1", "550 5.7.1 <p1@example.test>: no");
  RefusalBook book;
  CHECK(hear(read_report(bounce.text()), kMarks, book, kReportNow).verdict->reason() ==
        "came back with 5.7.1: refused");
}

TEST_CASE("marks stand for one mail and one address, and show neither", "[smtp][bounce]") {
  CHECK(envelope_mark().size() == mail::MailMarks::kSize);
  CHECK(envelope_mark() == kMarks.envelope(kKey, "P1@Example.test"));
  CHECK(envelope_mark() != message_mark());
  CHECK(envelope_mark() != kMarks.envelope(kKey, "p2@example.test"));
  CHECK(envelope_mark() != kMarks.envelope("another", kAddress));
  CHECK(envelope_mark().find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
  const auto found = kMarks.find_message("<" + message_mark() + "@example.test>");
  REQUIRE(found);
  CHECK(found->envelope == envelope_mark());
  CHECK(found->who == kMarks.who(kAddress));
  CHECK(kMarks.find_envelope("bounce" + envelope_mark() + "x@example.test"));  // no separator beside it
  CHECK_FALSE(kMarks.find_envelope(message_mark()));
  CHECK_FALSE(kMarks.find_message(envelope_mark()));
}

TEST_CASE("a mail carries its marks where its reports come back, and nowhere else", "[smtp][bounce]") {
  mail::MailPolicy policy;
  policy.from = "no-reply@example.test";
  policy.envelope_from = "bounce+{id}@example.test";
  policy.unsubscribe = {"https://example.test/end/{id}", "end+{id}@example.test"};
  auto maker = mail::MailMaker::create(policy);
  REQUIRE(maker);
  maker.value->mark_with(kMarks);
  const auto made = maker.value->make({kAddress, "Title", "text", "<p>text</p>", kKey, "bg"}, kReportNow);
  REQUIRE(made);
  CHECK(made.value->envelope_from == "bounce+" + envelope_mark() + "@example.test");
  CHECK(made.value->id == envelope_mark());
  CHECK(made.value->message_id == "<" + message_mark() + "@example.test>");
  // Who is shown the mail without its envelope cannot forge what the envelope proves.
  CHECK(made.value->wire.find(envelope_mark()) == std::string::npos);
}

TEST_CASE("a report damaged in any way says nothing about another mail", "[smtp][bounce][fuzz]") {
  std::vector<std::string> whole{Bounce().text(), Complaint().text()};
  Bounce by_id;
  by_id.delivered_to = by_id.to = "catch-all@example.test";
  by_id.envelope_id = envelope_mark();
  whole.push_back(by_id.text());
  by_id.envelope_id.clear();
  whole.push_back(by_id.text());
  std::mt19937 random(20261123);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t verdicts = 0;
  for (int i = 0; i < 12'000; ++i) {
    std::string mail = whole[below(whole.size())];
    for (std::size_t changes = below(8) + 1; changes > 0 && !mail.empty(); --changes) {
      const std::size_t at = below(mail.size()), size = 1 + below(std::min<std::size_t>(200, mail.size() - at));
      switch (below(6)) {
        case 0: mail[at] = static_cast<char>(below(256)); break;
        case 1: mail.erase(at, size); break;
        case 2: mail.insert(at, mail.substr(below(mail.size()), size)); break;
        case 3: mail.insert(at, std::string(size, "\r\n\0=\"-;: "[below(9)])); break;
        case 4: std::swap(mail[at], mail[below(mail.size())]); break;
        default: mail.resize(at);
      }
    }
    RefusalBook book;
    const Hearing hearing = hear(read_report(mail), kMarks, book, kReportNow);
    if (!hearing.provider_id.empty() && hearing.provider_id != envelope_mark()) FAIL("wrong match at " << i);
    if (hearing.verdict.has_value() == hearing.provider_id.empty()) FAIL("a verdict without a mail at " << i);
    if (hearing.verdict) ++verdicts;
  }
  CHECK(verdicts > 1000);  // most damage leaves a report a report: the rest of it was tried too
}

}  // namespace vestitel::smtp::test
