// The messages of one call, as the pool asks for them: each made into a mail, signed, in its domain's turn, and settled
// once.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/dkim.hpp"
#include "plugins/sinks/common/mail.hpp"
#include "plugins/sinks/smtp/paced_batch.hpp"
#include "plugins/sinks/smtp/pool.hpp"
#include "plugins/sinks/smtp/verdicts.hpp"

namespace vestitel::smtp {

constexpr std::uint64_t kMaxBody = 1 << 20;

// What mails are made and judged with. Borrowed.
struct Workshop {
  mail::MailMaker& maker;
  const mail::DkimSigner* signer;  // null: nothing is signed
  const mail::MailMarks* marks;    // null: nothing comes back
  RefusalBook& book;
  DomainPace& pace;
  Network& network;
  const Host& host;
};

class MailJobs final : public Jobs {
 public:
  // How long a call keeps a mail back for its domain's turn; the next call, with mails of others, waits behind it.
  static constexpr std::int64_t kLongestKeep = 1'000'000;

  MailJobs(const MessageBatch& batch, Delivery& delivery, const Workshop& workshop);

  std::size_t left() const override { return order_.left(); }
  bool next(Transaction& transaction, std::uint32_t& number) override;
  std::int64_t kept_until() const override { return order_.due(); }
  void begin(std::uint32_t number) override { delivery_.begin(number); }
  void ended(std::uint32_t number, const Ending& ending) override;
  bool cancelled() override { return delivery_.cancelled(); }

 private:
  bool refuse(std::uint32_t number, const Verdict& verdict);
  bool make(std::uint32_t number, Transaction& transaction);

  const MessageBatch& batch_;
  Delivery& delivery_;
  const Workshop& shop_;
  const std::int64_t to_monotonic_;
  std::vector<std::string> message_ids_;
  PacedBatch order_;
};

}  // namespace vestitel::smtp
