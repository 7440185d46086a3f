#include "reply.hpp"

#include <string>

namespace nap {

using sources::Checks, sources::Node, sources::Value;
using namespace sources::literals;

namespace {

constexpr std::size_t kMostMonths = 60;  // of five years; an event has room for 64 attributes

bool is_month(std::string_view text) {
  if (!vestitel::is_digits(text, text.size()) || text.empty() || text.size() > 2) return false;
  const int month = text.size() == 1 ? text[0] - '0' : (text[0] - '0') * 10 + text[1] - '0';
  return month >= 1 && month <= 12;
}

bool is_year(std::string_view text) { return vestitel::is_digits(text, 4) && text >= "1990" && text <= "2100"; }

// Months without a contribution, each a PeriodDetails; "4" of "2026" as "2026-04".
void check_months(Node person, Checks& checks) {
  std::size_t months = 0;
  for (Node node = person.child("PeriodDetails"_n); node; node = node.next("PeriodDetails"_n)) {
    if (!is_month(node.attr("Mnt"_n))) checks.bad(node, "Mnt"_n, "is not a month from 1 to 12");
    if (!is_year(node.attr("Yr"_n))) checks.bad(node, "Yr"_n, "is not a year of four digits");
    if (++months > kMostMonths) checks.bad(node, "PeriodDetails"_n, "stands more than 60 times");
  }
}

Reply read_error(Node error, Checks& checks) {
  for (Node node = error.next(); node; node = node.next()) {
    checks.bad(node, "Error"_n, "does not stand alone");
  }
  const Value code = checks.of(error.first(), "Error"_n);
  return {Said::refusal, code.text, {}};
}

Said said(std::string_view status) {
  if (status == "1") return Said::insured;
  return status == "2" ? Said::interrupted : Said::nothing;
}

}  // namespace

Reply read_reply(Node root, std::string_view pin, Checks& checks) {
  Reply reply;
  if (root.is("html"_n) || root.is("HTML"_n)) checks.bad(root, "reply"_n, "is a page in HTML");
  if (root.mixed()) checks.bad(root, "reply"_n, "holds text, where a person or an Error belongs");
  const Node person = root.first();
  if (!person) checks.bad(root, "reply"_n, "holds neither a person nor an Error");
  if (!checks.ok()) return reply;
  if (person.is("Error"_n)) return read_error(person, checks);
  if (person.next()) checks.bad(person.next(), "reply"_n, "holds more than one person");
  const Node status = person.first();
  if (!status || status.is("PeriodDetails"_n)) {
    checks.bad(person, "status"_n, "is missing");
  } else {
    reply.said = said(checks.of(status, "status"_n).text);
  }
  const Node echo = root.find("PIN"_n);
  if (echo && echo.text() != pin) checks.bad(echo, "PIN"_n, "is not of whom was asked about");
  check_months(person, checks);
  reply.person = person;
  return reply;
}

void write_status(const Asked& asked, const Reply& reply, vestitel::Emit& out, vestitel_place place) {
  if (reply.said != Said::insured && reply.said != Said::interrupted) return;
  auto& event = out.event("insurance.status-changed", place);
  event.key("nap", "status").subject(asked.subject.kind, asked.subject.id).on(asked.day);
  event.code("nap-status", reply.said == Said::insured ? "1" : "2");
  std::string month;
  for (Node node = reply.person.child("PeriodDetails"_n); node; node = node.next("PeriodDetails"_n)) {
    const std::string_view number = node.attr("Mnt"_n);
    month.assign(node.attr("Yr"_n)).append(number.size() == 1 ? "-0" : "-").append(number);
    event.code("nap-missing-month", month);
  }
}

}  // namespace nap
