#include "plugins/sinks/smtp/report_verdict.hpp"

#include <algorithm>

namespace vestitel::smtp {
namespace {

// A date names a second. An address that was entered earlier in that second is older than its mail.
constexpr std::int64_t kRestOfSecond = 999'999;

std::string text_of(const Enhanced& x) {
  return std::to_string(x.cls) + '.' + std::to_string(x.subject) + '.' + std::to_string(x.detail);
}

// The status that says most: many servers write 5.0.0 and leave the rest to what their peer answered.
Enhanced status_of(const RecipientStatus& r) {
  const bool vague = r.status.subject == 0 && r.status.detail == 0;
  if (vague && r.diagnostic.enhanced.cls != 0 && (r.status.cls == 0 || r.status.cls == r.diagnostic.enhanced.cls)) {
    return r.diagnostic.enhanced;
  }
  return r.status;
}

// "failed" of one recipient, as if its server had said so at RCPT.
Judgement judge_failed(const RecipientStatus& r, std::int64_t since_us) {
  const Enhanced status = status_of(r);
  const std::string why = "came back" + (status.cls == 0 ? std::string() : " with " + text_of(status));
  if (status.cls == 4) return {Verdict::permanent(why + ": nobody took it in time")};
  Ending ending;
  ending.step = Step::rcpt;
  ending.reply = r.diagnostic;
  if (ending.reply.code < 500) ending.reply.code = 550;
  ending.reply.enhanced = status.cls == 5 && status.subject != 0 ? status : Enhanced{};
  const Judgement judgement = judge(ending, {}, since_us);
  if (judgement.verdict.kind() == VESTITEL_CONTACT_DEAD) {
    return {Verdict::contact_dead(why + ": no such address", since_us)};
  }
  // Refusals of us as the sender are counted where they are answered; of a report nobody can say when it was written.
  const bool doubtful = judgement.note == Note::doubtful_address;
  return {Verdict::permanent(why + (doubtful ? ": address refused" : ": refused")),
          doubtful ? Note::doubtful_address : Note::none};
}

// A mail of ours has one recipient; several groups are what an alias made of it. It arrived when it arrived anywhere,
// and the address is dead only when all ways ended so.
struct Summary {
  const char* word = "waiting";
  std::optional<Judgement> judgement;
};
Summary summed(const std::vector<RecipientStatus>& recipients, std::int64_t since_us) {
  const auto any = [&](Action action) {
    return std::any_of(recipients.begin(), recipients.end(), [&](const auto& r) { return r.action == action; });
  };
  if (any(Action::delivered)) return {"delivered", Judgement{Verdict::delivered()}};
  for (const Action action : {Action::delayed, Action::relayed, Action::expanded, Action::other})
    if (any(action)) return {};
  Summary out;
  for (const RecipientStatus& r : recipients) {
    Judgement one = judge_failed(r, since_us);
    const bool dead = one.verdict.kind() == VESTITEL_CONTACT_DEAD;
    if (!out.judgement || !dead) out = {dead ? "dead" : "failed", std::move(one)};
  }
  return out;
}

struct Match {
  Proof proof = Proof::none;
  mail::MailMarks::Found mark;
};
Match matched(const Report& report, const mail::MailMarks& marks) {
  for (const std::string& place : report.places)
    if (auto found = marks.find_envelope(place)) return {Proof::envelope, std::move(*found)};
  if (auto found = marks.find_message(report.message_id)) return {Proof::message, std::move(*found)};
  return {};
}

}  // namespace

Hearing hear(const Report& report, const mail::MailMarks& marks, RefusalBook& book, std::int64_t now_us) {
  if (report.kind == Report::Kind::none || report.kind == Report::Kind::other) return {};
  const Match match = matched(report, marks);
  if (match.proof == Proof::none) return {"unproven", {}, {}};
  const std::int64_t since = report.arrived_us == 0 ? now_us : std::min(report.arrived_us + kRestOfSecond, now_us);
  const bool complaint = report.kind == Report::Kind::complaint;
  Summary sum = complaint ? Summary{"complaint", Judgement{Verdict::unwanted("complaint", since)}}
                          : summed(report.recipients, since);
  if (!sum.judgement) return {sum.word, {}, {}};
  if (match.proof == Proof::message) {
    // Whoever was shown the mail could have written this. At most another channel tells the same person once more.
    if (complaint || sum.judgement->verdict.kind() == VESTITEL_DELIVERED) return {"unproven", {}, {}};
    return {"failed", match.mark.envelope, Verdict::permanent(sum.judgement->verdict.reason())};
  }
  Verdict verdict = book.enter(*sum.judgement, match.mark.who, since);
  const char* word = verdict.kind() == VESTITEL_CONTACT_DEAD && !complaint ? "dead" : sum.word;
  return {word, match.mark.envelope, std::move(verdict)};
}

}  // namespace vestitel::smtp
