// Reports as postfix writes them, with knobs.
#pragma once
#include <string>

#include <vestitel/testing/render.hpp>

#include "plugins/sinks/common/mail_marks.hpp"
#include "plugins/sinks/smtp/report_verdict.hpp"

namespace vestitel::smtp::test {

inline constexpr std::int64_t kReportNow = 1'800'000'000'000'000;
inline constexpr std::int64_t kArrived = 1'791'964'800'999'999;  // Wed, 14 Oct 2026 08:00:00 +0000, to its end
inline const mail::MailMarks kMarks("0123456789abcdef-a-secret");
inline const std::string kKey = "the message", kAddress = "p1@example.test";

inline std::string envelope_mark() { return kMarks.envelope(kKey, kAddress); }
inline std::string message_mark() { return kMarks.message(kKey, kAddress); }

struct Bounce {
  std::string delivered_to = "bounce+" + envelope_mark() + "@example.test";  // empty: not said
  std::string to = delivered_to;
  std::string envelope_id;
  std::string message_id = "<" + message_mark() + "@example.test>";
  std::string return_path;
  std::string arrival = "Wed, 14 Oct 2026 10:00:00 +0200";
  std::string date = "Wed, 14 Oct 2026 10:30:00 +0200";
  std::string type = "multipart/report; report-type=delivery-status;";
  // The groups of recipients, as they stand in the report.
  std::string groups = group("failed", "5.1.1", "550 5.1.1 no such user");

  static std::string group(const std::string& action, const std::string& status, const std::string& answer = "") {
    std::string out = "Final-Recipient: rfc822; p1@example.test\r\nOriginal-Recipient: rfc822;p1@example.test\r\n";
    out += "Action: " + action + "\r\nStatus: " + status + "\r\nRemote-MTA: dns; mx.example.test\r\n";
    if (!answer.empty()) out += "Diagnostic-Code: smtp; " + answer + "\r\n";
    return out + "\r\n";
  }
  std::string headers() const {
    std::string out = "Return-Path: <>\r\n";
    if (!delivered_to.empty()) out += "X-Original-To: " + delivered_to + "\r\nDelivered-To: " + delivered_to + "\r\n";
    out += "Date: " + date + "\r\nFrom: MAILER-DAEMON@mx.example.test (Mail Delivery System)\r\n";
    out += "Subject: Undelivered Mail Returned to Sender\r\nTo: " + to + "\r\nAuto-Submitted: auto-replied\r\n";
    out += "MIME-Version: 1.0\r\nContent-Type: " + type + "\r\n\tboundary=\"4ABC.1/mx.example.test\"\r\n\r\n";
    return out + "This is a MIME-encapsulated message.\r\n\r\n";
  }
  std::string returned() const {
    std::string out = "--4ABC.1/mx.example.test\r\nContent-Description: Undelivered Message Headers\r\n";
    out += "Content-Type: text/rfc822-headers\r\n\r\n";
    if (!return_path.empty()) out += "Return-Path: <" + return_path + ">\r\n";
    out += "Received: from hub\r\nMessage-ID: " + message_id + "\r\nFrom: no-reply@example.test\r\n";
    return out + "To: p1@example.test\r\nSubject: x\r\n\r\n--4ABC.1/mx.example.test--\r\n";
  }
  std::string text() const {
    std::string out = headers() + "--4ABC.1/mx.example.test\r\nContent-Description: Notification\r\n";
    out += "Content-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you\r\n\r\n";
    out += "--4ABC.1/mx.example.test\r\nContent-Description: Delivery report\r\n";
    out += "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.test\r\n";
    if (!envelope_id.empty()) out += "Original-Envelope-Id: " + envelope_id + "\r\n";
    out += "X-Postfix-Queue-ID: 4ABC\r\n";
    if (!arrival.empty()) out += "Arrival-Date: " + arrival + "\r\n";
    return out + "\r\n" + groups + returned();
  }
};

// RFC 5965, appendix B.2, with what our mails carry.
struct Complaint : Bounce {
  std::string feedback = "abuse";
  std::string mail_from = "bounce+" + envelope_mark() + "@example.test";
  Complaint() {
    delivered_to = to = "abuse@example.test";
    type = "multipart/report; report-type=feedback-report;";
  }
  std::string text() const {
    std::string out = headers() + "--4ABC.1/mx.example.test\r\nContent-Type: text/plain\r\n\r\nan abuse report\r\n\r\n";
    out +=
        "--4ABC.1/mx.example.test\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: " + feedback + "\r\n";
    out += "User-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n";
    if (!mail_from.empty()) out += "Original-Mail-From: <" + mail_from + ">\r\n";
    if (!arrival.empty()) out += "Arrival-Date: " + arrival + "\r\n";
    return out + "Reported-Domain: example.test\r\n\r\n" + returned();
  }
};

// "word id verdict", each where there is one; the id as "envelope" where it is the one of kKey. Reasons are left out.
inline std::string shown(const Hearing& hearing) {
  std::string out = hearing.word;
  if (!hearing.provider_id.empty()) out += hearing.provider_id == envelope_mark() ? " it" : " " + hearing.provider_id;
  if (!hearing.verdict) return out;
  const std::string verdict = testing::render_verdict(hearing.verdict->abi());
  return out + ' ' + verdict.substr(0, verdict.find(": "));
}

inline std::string heard(const std::string& mail, std::int64_t now = kReportNow) {
  RefusalBook book;
  return shown(hear(read_report(mail), kMarks, book, now));
}

}  // namespace vestitel::smtp::test
