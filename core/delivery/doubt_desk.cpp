#include "core/delivery/doubt_desk.hpp"

#include <utility>

namespace vestitel {
namespace {

constexpr Micros kLookAgain = std::chrono::seconds(1);

}  // namespace

DoubtDesk::DoubtDesk(Sink& sink, DeliveryStore& store, std::string name, const DeliveryPolicy& policy,
                     const Clock& clock, Random& random, LogWriter log)
    : sink_(sink),
      store_(store),
      name_(std::move(name)),
      policy_(policy),
      clock_(clock),
      random_(random),
      log_(std::move(log)),
      most_(sink.limits().max_ask),
      next_(clock.monotonic()) {}

bool DoubtDesk::due() const { return most_ > 0 && clock_.monotonic() >= next_.load(); }

void DoubtDesk::work() {
  if (!due()) return;
  next_ = clock_.monotonic() + kLookAgain;
  const auto doubts = store_.doubts(name_, most_);
  if (!doubts)
    return log_(log::Level::kWarning, "doubts_not_read", {{"sink", name_}, {"reason", doubts.error().message}});
  if (doubts->empty()) return;
  if (const auto settled = settle(*doubts); !settled)
    return log_(log::Level::kError, "doubts_not_settled", {{"sink", name_}, {"reason", settled.error().message}});
  if (doubts->size() == most_) next_ = clock_.monotonic();  // there may be more
}

// A sink that cannot ask now leaves them in doubt: they grow old all the same.
Result<SettleOutcome> DoubtDesk::settle(const std::vector<Doubt>& doubts) {
  const auto asked = sink_.ask(doubts);
  if (!asked && !failing_)
    log_(asked.error().failure == Failure::kConfig ? log::Level::kError : log::Level::kWarning, "ask_failed",
         {{"sink", name_}, {"reason", asked.error().message}});
  failing_ = !asked;
  std::vector<DoubtAnswer> answers;
  answers.reserve(doubts.size());
  for (std::size_t i = 0; i < doubts.size(); ++i) {
    Verdict verdict;  // unknown
    if (asked && i < asked->size())
      verdict = (*asked)[i];
    else
      verdict.reason = "it could not be asked about" + (asked ? std::string() : ": " + asked.error().message);
    answers.push_back(answer_for(doubts[i], verdict, clock_.now(), policy_, random_));
  }
  auto settled = store_.answer(answers);
  if (settled) told(answers);
  return settled;
}

void DoubtDesk::told(const std::vector<DoubtAnswer>& answers) {
  std::size_t found = 0, absent = 0, refused = 0, held = 0, dead = 0;
  for (const DoubtAnswer& one : answers) {
    switch (one.verdict.kind) {
      case VerdictKind::kAccepted:
      case VerdictKind::kDelivered: ++found; break;
      case VerdictKind::kRetry: ++(one.give_up ? dead : absent); break;
      case VerdictKind::kUnknown: held += one.give_up ? 1 : 0; break;
      default: ++refused;
    }
  }
  if (found + absent + refused + held + dead == 0) return;  // nothing is new
  log_(log::Level::kInfo, "doubts_settled",
       {{"sink", name_}, {"found", found}, {"absent", absent}, {"refused", refused}, {"held", held}, {"dead", dead}});
}

}  // namespace vestitel
