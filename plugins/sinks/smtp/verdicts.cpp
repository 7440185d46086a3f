#include "plugins/sinks/smtp/verdicts.hpp"

#include <algorithm>
#include <functional>

namespace vestitel::smtp {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

std::string why(const Ending& e, std::string_view words) {
  std::string out(words);
  out.append(" at ").append(step_name(e.step));
  if (e.reply.code != 0) out += ": peer answered " + e.reply.summary();
  return out;
}

// The wait that the peer asks for, at most an hour; `least` where it names less or none.
milliseconds stated(const Reply& reply, milliseconds least) {
  const milliseconds asked(stated_delay_ms(reply.text).value_or(0));
  return std::max(least, std::min<milliseconds>(asked, hours(1)));
}

bool is_setup(Step step) {
  return step == Step::connect || step == Step::handshake || step == Step::greeting || step == Step::ehlo ||
         step == Step::starttls || step == Step::auth;
}

Judgement judge_fault(const Ending& e) {
  // Behind the final dot silence proves nothing; before it nothing has been sent.
  if (e.step == Step::dot && e.fault != Fault::too_big && e.fault != Fault::utf8_missing) {
    return {Verdict::unknown(why(e, "no usable answer"))};
  }
  switch (e.fault) {
    case Fault::lost: return {Verdict::retry(why(e, "connection lost or refused"), Scope::link)};
    case Fault::timeout: return {Verdict::retry(why(e, "no answer in time"), Scope::link)};
    case Fault::garbage: return {Verdict::retry(why(e, "the answer is not SMTP"), Scope::link)};
    case Fault::injected:
      return {Verdict::retry(why(e, "plaintext behind the answer, possibly injected"), Scope::link)};
    case Fault::tls_failed: return {Verdict::retry(why(e, "TLS handshake failed"), Scope::link)};
    case Fault::tls_missing: return {Verdict::config_error("tls is required and the peer does not offer STARTTLS")};
    case Fault::bad_certificate: return {Verdict::config_error("the peer's certificate does not prove its name")};
    case Fault::auth_missing: return {Verdict::config_error("the peer offers no AUTH mechanism that may be used here")};
    case Fault::too_big: return {Verdict::permanent("larger than the peer takes (SIZE)")};
    case Fault::utf8_missing: return {Verdict::permanent("the address needs SMTPUTF8, which the peer does not offer")};
    case Fault::onward_missing:
      return {Verdict::config_error("tls_onward is set and the peer does not offer REQUIRETLS over TLS")};
    case Fault::cancelled: return {Verdict::retry("stopped before it was sent")};
    case Fault::none: break;
  }
  return {Verdict::retry(why(e, "ended"), Scope::link)};
}

// Before any message: what the peer says holds for all of them.
Judgement judge_setup(const Ending& e) {
  if (e.step == Step::greeting && e.reply.code >= 500) {
    return {Verdict::retry(why(e, "service refused"), Scope::link), Note::greeting_refused};
  }
  if (e.reply.code < 500) return {Verdict::retry(why(e, "not now"), Scope::link, stated(e.reply, {}))};
  return {Verdict::config_error(why(e, e.step == Step::auth ? "credentials refused" : "refused"))};
}

Judgement judge_later(const Ending& e) {
  const Reply& r = e.reply;
  const bool at_rcpt = e.step == Step::rcpt;
  const Enhanced& x = r.enhanced;
  if (r.code == 454 && x == Enhanced{4, 7, 0}) return {Verdict::retry(why(e, "not now"), Scope::link)};
  if (at_rcpt && (x == Enhanced{4, 7, 1} || says_greylisted(r.text))) {
    return {Verdict::retry(why(e, "greylisted"), Scope::recipient, stated(r, minutes(5)))};
  }
  if (x == Enhanced{4, 2, 2}) return {Verdict::retry(why(e, "mailbox full"), Scope::recipient, hours(2))};
  if ((x.cls == 4 && x.subject == 3) || (r.code == 452 && x.cls == 0)) {
    return {Verdict::retry(why(e, "the peer lacks resources"), Scope::sink, stated(r, minutes(5)))};
  }
  return {Verdict::retry(why(e, "refused for now"), Scope::message, stated(r, {}))};
}

bool is_any(const Enhanced& x, std::initializer_list<Enhanced> codes) {
  return std::find(codes.begin(), codes.end(), x) != codes.end();
}

// MAIL names nobody but the sender: whatever it is refused for, apart from the size and the letters of this mail, is
// the sender's.
bool refuses_sender(const Ending& e) {
  const Reply& r = e.reply;
  if (r.enhanced.subject == 7 || (r.code == 550 && r.text.find("spam") != std::string::npos)) return true;
  if (e.step != Step::mail) return false;
  const bool plain = r.enhanced.cls == 0 && (r.code == 550 || r.code == 553 || r.code == 554);
  return plain || r.enhanced.subject == 1 || r.enhanced == Enhanced{5, 2, 1};
}

Judgement judge_never(const Ending& e, std::int64_t wall_us) {
  const Reply& r = e.reply;
  const Enhanced& x = r.enhanced;
  const bool at_rcpt = e.step == Step::rcpt;
  if (r.code == 530 || r.code == 534 || r.code == 535 || r.code == 538) {
    return {Verdict::config_error(why(e, "the peer wants other credentials or encryption"))};
  }
  if (at_rcpt && is_any(x, {{5, 1, 1}, {5, 1, 2}, {5, 1, 10}})) {
    return {Verdict::contact_dead(why(e, "no such address"), wall_us)};
  }
  const bool of_recipient = at_rcpt || e.step == Step::dot;  // one recipient a mail: the dot's answer is about it
  if ((of_recipient && is_any(x, {{5, 1, 3}, {5, 1, 6}, {5, 2, 1}})) ||
      (at_rcpt && r.code == 550 && x.cls == 0 && says_no_such_user(r.text))) {
    return {Verdict::permanent(why(e, "address refused")), Note::doubtful_address};
  }
  if (is_any(x, {{5, 2, 2}, {5, 2, 3}, {5, 3, 4}}) || r.code == 552) {
    return {Verdict::permanent(why(e, "mailbox full or message too big"))};
  }
  if (is_any(x, {{5, 6, 7}, {5, 6, 9}})) return {Verdict::permanent(why(e, "SMTPUTF8 is not supported ahead"))};
  if (x == Enhanced{5, 7, 30}) return {Verdict::permanent(why(e, "no way on over TLS alone (REQUIRETLS)"))};
  if (refuses_sender(e)) {
    return {Verdict::permanent(why(e, "the sender is refused")), Note::sender_refused};
  }
  if (r.code == 500 || r.code == 501 || r.code == 503 || r.code == 555) {
    return {Verdict::permanent(why(e, "the peer did not understand us, a fault of this sink")), Note::our_fault};
  }
  return {Verdict::permanent(why(e, "refused"))};
}

}  // namespace

std::string_view step_name(Step step) {
  switch (step) {
    case Step::connect: return "connect";
    case Step::handshake: return "the TLS handshake";
    case Step::greeting: return "the greeting";
    case Step::ehlo: return "EHLO";
    case Step::starttls: return "STARTTLS";
    case Step::auth: return "AUTH";
    case Step::idle: return "rest";
    case Step::reset: return "RSET";
    case Step::mail: return "MAIL";
    case Step::rcpt: return "RCPT";
    case Step::data: return "DATA";
    case Step::body: return "the body";
    case Step::dot: return "the final dot";
    case Step::quit: return "QUIT";
  }
  return "an unknown step";
}

Judgement judge(const Ending& e, std::string_view message_id, std::int64_t wall_us) {
  if (e.fault != Fault::none) return judge_fault(e);
  if (e.step == Step::dot && e.reply.positive()) {
    std::string id = queue_id(e.reply.text);
    return {Verdict::accepted(id.empty() ? std::string(message_id) : std::move(id))};
  }
  if (e.reply.code == 421) return {Verdict::retry(why(e, "service closing"), Scope::link, stated(e.reply, {}))};
  if (is_setup(e.step)) return judge_setup(e);
  if (e.reply.code >= 500) return judge_never(e, wall_us);
  if (e.reply.code >= 400) return judge_later(e);
  return judge_fault({e.step, Fault::garbage, e.reply});
}

Verdict RefusalBook::doubt(const Verdict& verdict, std::string_view recipient, std::int64_t wall_us) {
  const std::size_t key = std::hash<std::string_view>{}(recipient);
  const auto known = doubts_.find(key);
  const std::int64_t distance = known == doubts_.end() ? -1 : wall_us - known->second;
  if (distance >= 0 && distance < kDoubtDistance) return verdict;
  if (distance >= 0 && distance <= kDoubtWindow) {
    return Verdict::contact_dead(verdict.reason() + ", for the second time within 7 days", known->second);
  }
  if (doubts_.size() >= kMaxDoubts) doubts_.clear();
  doubts_[key] = wall_us;
  return verdict;
}

Verdict RefusalBook::enter(const Judgement& judgement, std::string_view recipient, std::int64_t wall_us) {
  switch (judgement.note) {
    case Note::none:
    case Note::our_fault: return judgement.verdict;
    case Note::doubtful_address: return doubt(judgement.verdict, recipient, wall_us);
    case Note::sender_refused:
      while (!sender_refusals_.empty() && wall_us - sender_refusals_.front() > kSenderWindow) {
        sender_refusals_.pop_front();
      }
      sender_refusals_.push_back(wall_us);
      if (sender_refusals_.size() < kSenderLimit) return judgement.verdict;
      sender_refusals_.pop_front();
      return Verdict::config_error("10 refusals of the sender within 5 minutes; the last: " +
                                   judgement.verdict.reason());
    case Note::greeting_refused:
      if (greeting_since_ == 0) greeting_since_ = wall_us;
      if (wall_us - greeting_since_ < kGreetingWindow) return judgement.verdict;
      return Verdict::config_error("the peer has refused its service for an hour");
  }
  return judgement.verdict;
}

}  // namespace vestitel::smtp
