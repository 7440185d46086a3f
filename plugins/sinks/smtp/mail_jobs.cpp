#include "plugins/sinks/smtp/mail_jobs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "plugins/sinks/smtp/settled.hpp"

namespace vestitel::smtp {
namespace {

// Of each message; empty where nothing is paced, or where it will turn out to be no address.
std::vector<std::string> domains_of(const MessageBatch& batch, bool paced) {
  std::vector<std::string> out(batch.size());
  for (std::uint32_t i = 0; paced && i < batch.size(); ++i) {
    auto to = mail::parse_mailbox(batch[i].to);
    if (!to) continue;
    out[i] = std::move(to->domain);
    std::transform(out[i].begin(), out[i].end(), out[i].begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return out;
}

}  // namespace

MailJobs::MailJobs(const MessageBatch& batch, Delivery& delivery, const Workshop& workshop)
    : batch_(batch),
      delivery_(delivery),
      shop_(workshop),
      to_monotonic_(workshop.network.now_us() - workshop.host.now_us()),
      message_ids_(batch.size()),
      order_(workshop.pace, domains_of(batch, workshop.pace.limits().any()), workshop.network.now_us() + kLongestKeep) {
}

bool MailJobs::next(Transaction& transaction, std::uint32_t& number) {
  for (;;) {
    const PacedBatch::Next next = order_.next(shop_.network.now_us());
    number = next.number;
    switch (next.kind) {
      case PacedBatch::Next::Kind::none: return false;
      case PacedBatch::Next::Kind::later: {
        const auto after = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(next.after_us));
        refuse(number, Verdict::retry("its domain has had its share for now", Scope::message, after));
        break;
      }
      case PacedBatch::Next::Kind::go:
        if (make(number, transaction)) return true;
        order_.ended(number);
        break;
    }
  }
}

void MailJobs::ended(std::uint32_t number, const Ending& ending) {
  order_.ended(number);
  const std::int64_t now = shop_.host.now_us();
  const Judgement judgement = judge(ending, message_ids_[number], now);
  if (ending.step > Step::auth) shop_.book.greeted();
  if (judgement.note == Note::our_fault) {
    shop_.host.log(VESTITEL_LOG_ERROR, "smtp_command_refused",
                   {{"step", step_name(ending.step)}, {"reply", ending.reply.summary()}});
  }
  delivery_.settle(number, settled(judgement, batch_[number], shop_.marks, shop_.book, shop_.host));
}

bool MailJobs::refuse(std::uint32_t number, const Verdict& verdict) {
  delivery_.settle(number, verdict);
  return false;
}

bool MailJobs::make(std::uint32_t number, Transaction& transaction) {
  const Message message = batch_[number];
  const std::int64_t now = shop_.host.now_us();
  if (message.expires_us != 0 && now >= message.expires_us) {
    return refuse(number, Verdict::permanent("expired before it could be sent"));
  }
  if (message.deadline_us != 0 && now >= message.deadline_us) {
    return refuse(number, Verdict::retry("its turn came after its deadline"));
  }
  if (message.body.size() + message.body_html.size() > kMaxBody) {
    return refuse(number, Verdict::permanent("the body is larger than 1 MiB"));
  }
  auto made = shop_.maker.make(
      {message.to, message.title, message.body, message.body_html, message.idem_key, message.locale}, now);
  if (!made) return refuse(number, Verdict::permanent(made.error));
  mail::Mail& mail = *made.value;
  if (shop_.signer != nullptr) {
    const std::string signatures = shop_.signer->sign(mail.wire, now / 1'000'000);
    if (signatures.empty()) return refuse(number, Verdict::config_error("signing a mail: the key does not sign"));
    mail.wire.insert(0, signatures);
  }
  message_ids_[number] = mail.message_id;
  transaction.from = std::move(mail.envelope_from);
  transaction.to = std::move(mail.recipient);
  transaction.envelope_id = std::move(mail.id);
  transaction.data = std::move(mail.wire);
  transaction.needs_utf8 = mail.needs_utf8;
  transaction.deadline = message.deadline_us == 0 ? 0 : message.deadline_us + to_monotonic_;
  return true;
}

}  // namespace vestitel::smtp
