#include "record.hpp"

namespace nap {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Subject, sources::Tree, sources::Value,
    sources::Within;
using namespace sources::literals;

namespace {

constexpr Name kRoots[] = {"statuses"_n};
constexpr std::string_view kNamespaces[] = {"urn:vestitel:nap-status:1"};
constexpr Within kRecords[] = {{"statuses"_n, "record"_n}, {"statuses"_n, "exchange"_n}};
constexpr Name kKnown[] = {"PIS_Request"_n, "Patient"_n,  "PIN"_n,          "PINType"_n,       "ChkDt"_n,
                           "ReqDate"_n,     "RespType"_n, "RCZNo"_n,        "RCZEik"_n,        "Error"_n,
                           "Code"_n,        "Message"_n,  "PIS_Response"_n, "PeriodDetails"_n, "Mnt"_n,
                           "Yr"_n,          "Status"_n,   "html"_n,         "HTML"_n};

// What a record says of whom was asked about: as attributes of its own, or as the request that the reply follows.
struct Question {
  Value type, pin, day;
  Node reply;
};

Question of_record(Node record, Checks& checks) {
  const Node reply = record.first();
  return {checks.attr(record, "PINType"_n), checks.attr(record, "PIN"_n), checks.attr(record, "ChkDt"_n), reply};
}

Question of_exchange(Node exchange, Checks& checks) {
  const Node request = exchange.first();
  if (!request.is("PIS_Request"_n)) {
    checks.bad(exchange, "PIS_Request"_n, "does not stand before the reply");
    return {};
  }
  const Node patient = request.child("Patient"_n);
  if (!patient) checks.bad(request, "Patient"_n, "is missing");
  if (const Node again = patient.next("Patient"_n)) checks.bad(again, "Patient"_n, "stands twice");
  return {checks.leaf(patient, "PINType"_n), checks.leaf(patient, "PIN"_n), checks.leaf(patient, "ChkDt"_n),
          request.next()};
}

}  // namespace

// A record may hold a request as it was sent, with the password of a practice.
const sources::Format kFormat = {kRoots,           kNamespaces,     {}, kRecords, kKnown, {}, sources::Tree::kText,
                                 /*foreign=*/true, /*secrets=*/true};

Subject subject_of(const Value& type, const Value& pin, Checks& checks) {
  if (!checks.required(pin)) return {};
  if (type.text == "0") return checks.egn(pin);
  if (type.text == "1") return checks.lnch(pin);
  if (type.text == "2") return checks.nap(pin);
  checks.bad(type, "is none of 0, 1 and 2");
  return {};
}

Fault Statuses::record(Tree& record, vestitel::Emit& out) {
  Checks checks(record, today_);
  const Node root = record.root();
  const Question question = root.is("record"_n) ? of_record(root, checks) : of_exchange(root, checks);
  if (!checks.ok()) return checks.fault();
  Asked asked{subject_of(question.type, question.pin, checks), checks.past_day_or_time(question.day)};
  if (!question.reply) checks.bad(root, "reply"_n, "is missing");
  if (const Node more = question.reply.next()) checks.bad(more, "reply"_n, "is followed by something else");
  if (!checks.ok()) return checks.fault();
  const Reply reply = read_reply(question.reply, question.pin.text, checks);
  if (asked.day < last_) checks.bad(question.day, "lies before the day of the record before it");
  if (!checks.ok()) return checks.fault();
  last_ = asked.day;
  count(reply.said);
  write_status(asked, reply, out, root.place());
  return {};
}

void Statuses::count(Said said) {
  if (said == Said::nothing) ++without_data_;
  if (said == Said::refusal) ++refusals_;
}

}  // namespace nap
