// What the hub is told: every way a transaction can end becomes one of the seven verdicts. judge() is pure and knows
// one ending; RefusalBook adds what only several endings together can say. The table is in docs/sinks/smtp.md.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include <vestitel/sink.hpp>

#include "plugins/sinks/smtp/session.hpp"

namespace vestitel::smtp {

// What an ending adds to the memory of the sink.
enum class Note {
  none,
  doubtful_address,  // not surely dead: the second time, an hour to 7 days later, is
  sender_refused,    // 5.7.x, most at MAIL: they refuse us, not the recipient; many of them are a matter of settings
  greeting_refused,  // 554 instead of a greeting; for an hour it may pass
  our_fault          // the peer did not understand a command of ours
};

struct Judgement {
  Verdict verdict;
  Note note = Note::none;
};

// `message_id` stands in for the peer's queue id where it names none; `wall_us` dates a dead address. No reason quotes
// the peer's text: it may hold the address.
Judgement judge(const Ending& ending, std::string_view message_id, std::int64_t wall_us);

// Remembers refusals over a time. Bounded; holds hashes of addresses, and forgets when the process ends.
class RefusalBook {
 public:
  static constexpr std::int64_t kDoubtWindow = 7LL * 24 * 3600 * 1'000'000;
  // Nearer refusals are one: two messages of one batch meet the same passing trouble.
  static constexpr std::int64_t kDoubtDistance = 3600LL * 1'000'000;
  static constexpr std::int64_t kSenderWindow = 5LL * 60 * 1'000'000;
  static constexpr std::size_t kSenderLimit = 10;
  static constexpr std::int64_t kGreetingWindow = 3600LL * 1'000'000;
  static constexpr std::size_t kMaxDoubts = 100'000;

  // The verdict to settle with. `recipient`: the address; empty for an ending of a whole session.
  Verdict enter(const Judgement& judgement, std::string_view recipient, std::int64_t wall_us);

  // A greeting was friendly: earlier refusals of it count no more.
  void greeted() { greeting_since_ = 0; }

 private:
  Verdict doubt(const Verdict& verdict, std::string_view recipient, std::int64_t wall_us);

  std::unordered_map<std::size_t, std::int64_t> doubts_;  // hash of the address -> first time
  std::deque<std::int64_t> sender_refusals_;
  std::int64_t greeting_since_ = 0;
};

// "RCPT", "the final dot": for reasons.
std::string_view step_name(Step step);

}  // namespace vestitel::smtp
