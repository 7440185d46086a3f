// T5, the store's part: which messages wait for a receipt under which provider's id, and receipts that came before the
// provider's own answer. On the writer's thread.
//
//   accepted under an id --> awaited --receipt--> ended; for two weeks a complaint finds whose address it ends, and for
//                               |                  a day at least what comes again is known as a repeat
//                               |--- its time over --> said once; what comes within two weeks still counts
//   receipt without a message --> kept a day, taken by the message that is accepted under its id
//
// The text of a message is kept while its receipt is awaited: it may become a dead letter.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/model/message.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

class ReceiptBook {
 public:
  // Receipts without a message that are kept at most: a provider's flood fills no disk.
  static constexpr std::int64_t kMostEarly = 100'000;
  // Messages whose end is known that are kept at most, beside those of the last day: about 150 bytes each. Where more
  // end in two weeks, the time in which a complaint is heard is that much shorter.
  static constexpr std::int64_t kMostEnded = 1'000'000;

  explicit ReceiptBook(Database& store, std::int64_t most_ended = kMostEnded);

  // How long `sink` waits for a receipt, 0: it has none; and whether that nothing comes is no news.
  // While the hub did not run no receipt could come: what is awaited has an hour more, or all its time if that is less.
  void expect(std::int64_t sink, std::chrono::seconds within, bool silence_is_fine, Instant now);

  // Whether a message that `sink` accepted under `id` waits for a receipt.
  [[nodiscard]] bool expects(std::int64_t sink, std::string_view id) const;
  // The message was accepted under this id. The receipt that was there before it, if one was; else it is awaited.
  std::optional<Verdict> accepted(std::int64_t sink, std::string_view id, std::int64_t outbox, Instant now);

  enum class Stage : std::uint8_t { waiting = 0, overdue = 1, ended = 2 };  // stored
  // The message that a receipt speaks of. Nothing: none is known under this id, and the receipt was kept.
  struct Awaited {
    std::int64_t outbox = 0;
    Stage stage = Stage::waiting;
  };
  // kBusy: nor was there room to keep it.
  Result<std::optional<Awaited>> message_of(std::int64_t sink, std::string_view id, const Verdict& verdict,
                                            Instant now);
  // How many messages of the sink a receipt may still speak of.
  std::int64_t awaited(std::int64_t sink) { return count_awaited_.number(sink).value_or(0); }
  // Its end is known.
  void ended(std::int64_t sink, std::string_view id, Instant now);

  // Messages, at most `limit`, whose receipt should have come by now; each is named once. Forgets what is too old.
  std::vector<std::int64_t> overdue(Instant now, std::size_t limit);

 private:
  std::optional<Verdict> take_early(std::int64_t sink, std::string_view id);
  void forget_most_ended(Instant now);

  struct Expected {
    std::chrono::seconds within{0};
    bool silence_is_fine = false;
  };
  const std::int64_t most_ended_;
  std::map<std::int64_t, Expected> expected_;  // by sink
  Statement await_, find_, waiting_, end_, drop_body_, keep_early_, find_early_, drop_early_, count_early_, put_off_,
      count_awaited_, due_, forget_, forget_early_, count_ended_, forget_ended_;
  std::int64_t early_ = 0;
  Instant count_again_{};
};

}  // namespace vestitel::sqlite
